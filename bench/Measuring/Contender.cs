using System;
using System.Collections.Generic;
using System.Linq;

namespace NsModule.Bench.Measuring;

/// <summary>Somebody who does the work: us or a peer.</summary>
/// <param name="Name">As it stands in the table.</param>
/// <param name="Measure">Does the work once and says what it took; what it does before and after does not count.</param>
internal sealed record Contender(string Name, Func<double> Measure);

/// <summary>Runs contenders in turn, so that whatever else the machine does hits all of them alike.</summary>
internal static class Interleaved
{
    /// <summary>One round is one run of each, and each round begins with another one. Rounds of the warm-up do not count.</summary>
    public static Dictionary<string, Samples> Run(IReadOnlyList<Contender> contenders, int rounds, int warmUp)
    {
        var values = contenders.ToDictionary(c => c.Name, _ => new List<double>());
        for (int round = -warmUp; round < rounds; round++)
        {
            for (int i = 0; i < contenders.Count; i++)
            {
                Contender contender = contenders[(i + round + warmUp) % contenders.Count];
                double value = contender.Measure();
                if (round >= 0)
                {
                    values[contender.Name].Add(value);
                }
            }
        }

        return values.ToDictionary(v => v.Key, v => new Samples(v.Value));
    }
}

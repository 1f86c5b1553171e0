using System;
using System.Globalization;
using System.Linq;

namespace NsModule.Soak;

/// <summary>
/// Starts, attaches to, types into, resizes, leaves, stops and kills sessions at random, for a while; afterwards everything on the
/// host must be as before. <c>NsModule.Soak [seconds] [seed]</c>, or <c>NsModule.Soak crowd [count]</c> for very many at once.
/// </summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is ["launch", string store])
        {
            return Launches.RunAsVictim(store);
        }

        if (args is ["nested", string shared])
        {
            return Launches.RunNested(shared);
        }

        if (args is ["crowd", ..])
        {
            Traces empty = Traces.Take();
            using var crowd = new Crowd(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 500);
            return Judge([.. crowd.Run(), .. Traces.LeftSince(empty)]);
        }

        double seconds = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 30;
        int seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Random.Shared.Next();
        Console.WriteLine($"seed {seed}, {seconds} seconds");

        Traces before = Traces.Take();
        using var storm = new Storm(seed);
        storm.Run(TimeSpan.FromSeconds(seconds));
        string[] left = [.. storm.CleanUp(), .. Traces.LeftSince(before)];
        Console.WriteLine(storm.Summary);
        return Judge(left);
    }

    private static int Judge(string[] left)
    {
        foreach (string trace in left)
        {
            Console.WriteLine("LEFT BEHIND: " + trace);
        }

        return left.Length == 0 ? 0 : 1;
    }
}

using System;
using System.Collections.Generic;
using System.Linq;

namespace NsModule.Bench.Measuring;

/// <summary>What was measured of one contender.</summary>
internal sealed class Samples
{
    private readonly double[] _sorted;

    public Samples(IEnumerable<double> values) => _sorted = [.. values.Order()];

    public int Count => _sorted.Length;

    public double Median => Quantile(0.5);

    /// <summary>The value that this part (0 to 1) of the samples does not exceed; nearest rank.</summary>
    public double Quantile(double part) => _sorted[Math.Clamp((int)Math.Ceiling(part * _sorted.Length) - 1, 0, _sorted.Length - 1)];
}

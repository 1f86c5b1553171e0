using System;
using System.Globalization;
using Xunit.Sdk;

namespace NsModule.Testing;

/// <summary>Checks something for many random inputs, and says which one it failed for.</summary>
internal static class Property
{
    /// <summary>
    /// Runs <paramref name="check"/> with a new seed each round. <c>NSMODULE_TEST_SEED</c> runs the one seed that failed.
    /// </summary>
    public static void Holds(int rounds, Action<Random> check)
    {
        string? chosen = Environment.GetEnvironmentVariable("NSMODULE_TEST_SEED");
        int first = chosen is null ? Random.Shared.Next() / 2 : int.Parse(chosen, CultureInfo.InvariantCulture);
        for (int seed = first; seed < first + (chosen is null ? rounds : 1); seed++)
        {
            try
            {
                check(new Random(seed));
            }
            catch (Exception e)
            {
                throw new XunitException($"Failed for NSMODULE_TEST_SEED={seed}: {e.Message}", e);
            }
        }
    }
}

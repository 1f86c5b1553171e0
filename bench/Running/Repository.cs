using System;
using System.IO;

namespace NsModule.Bench.Running;

/// <summary>Where this was built.</summary>
internal static class Repository
{
    /// <summary>The module folder of the working tree.</summary>
    public static string Module { get; } = FindModule();

    private static string FindModule()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Module.sln")))
            {
                return Path.Combine(directory.FullName, "out", "NsModule");
            }
        }

        throw new BenchmarkException("The benchmarks run from the working tree they were built in.");
    }
}

using System;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.Bench.Benchmarks;
using NsModule.Bench.Measuring;
using NsModule.Bench.Running;

namespace NsModule.Bench;

/// <summary>Side by side with the peers: <c>dotnet run -c Release --project bench -- [names] [--rounds N]</c>.</summary>
internal static class Program
{
    private static readonly IBenchmark[] s_all =
    [
        new LaunchBenchmark(),
        new ConfinedBenchmark(),
        new PwshBenchmark(),
        new ThroughputBenchmark(),
        new EchoBenchmark(),
        new IdleBenchmark(),
        new UnreadBenchmark(),
        new StoreBenchmark(),
    ];

    private static int Main(string[] args)
    {
        int option = Array.IndexOf(args, "--rounds");
        int rounds = 0;
        if (option >= 0
            && !(option + 1 < args.Length
                && int.TryParse(args[option + 1], NumberStyles.None, CultureInfo.InvariantCulture, out rounds)
                && rounds > 0))
        {
            return Usage();
        }

        string[] names = [.. option < 0 ? args : args[..option].Concat(args[(option + 2)..])];
        if (names.Except(s_all.Select(b => b.Name)).Any())
        {
            return Usage();
        }

        if (PrivateMounts.Enter(args) is int code)
        {
            return code;
        }

        Report.Text(string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} processors, {Environment.OSVersion.VersionString}, load"
                + $" {File.ReadAllText("/proc/loadavg").Split(' ')[0]}, .NET {Environment.Version},"
                + $" {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC"));
        foreach (IBenchmark benchmark in s_all.Where(b => names.Length == 0 || names.Contains(b.Name)))
        {
            try
            {
                benchmark.Run(option < 0 ? null : rounds);
            }
            catch (BenchmarkException e)
            {
                Console.Error.WriteLine($"{benchmark.Name}: {e.Message}");
                return 1;
            }
        }

        return 0;
    }

    private static int Usage()
    {
        string names = string.Join(", ", s_all.Select(b => b.Name));
        Console.Error.WriteLine($"Names to choose from: {names}. Without a name, all. --rounds N says how often.");
        return 2;
    }
}

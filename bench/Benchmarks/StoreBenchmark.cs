using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using NsModule.Bench.Measuring;
using NsModule.Bench.Running;
using NsModule.Native;
using NsModule.Sessions;
using NsModule.Specs;

namespace NsModule.Bench.Benchmarks;

/// <summary>What many sessions, half of them ended, do to a listing of all and to the start of one more.</summary>
internal sealed class StoreBenchmark : IBenchmark
{
    private const int Few = 10;
    private const int Many = 10_000;
    private static readonly string[] s_kinds = ["pid", "mnt", "uts", "ipc"];

    public string Name => "store";

    public void Run(int? rounds)
    {
        Report.Heading(string.Create(CultureInfo.InvariantCulture, $"A store of {Many:N0} sessions"));
        using var engine = new Engine();
        engine.Store.Prepare();
        int count = rounds ?? 40;
        var results = new Dictionary<string, Samples>();
        foreach ((int from, int to) in ((int, int)[])[(0, Few), (Few, Many)])
        {
            for (int i = from; i < to; i++)
            {
                Add(engine.Store, i);
            }

            var options = new LaunchOptions { FilePath = "/bin/true", Name = "one-more", WorkingDirectory = "/" };
            results[string.Create(CultureInfo.InvariantCulture, $"named start and end at {to:N0}")] = Repeat(() => engine.Time(options));
            results[string.Create(CultureInfo.InvariantCulture, $"listing of {to:N0}")] = Repeat(() => TimeListing(engine.Store, to));
        }

        string few = results.Keys.First();
        Report.Table("ms", results, few, []);
        Report.Target("start among many / among few", results.ElementAt(2).Value.Median / results[few].Median, 1.1);
        Report.Target("listing of all", results.Last().Value.Median, 500, " ms");

        Samples Repeat(Func<double> measure) => new(Enumerable.Range(0, count).Select(_ => measure()));
    }

    /// <summary>The sessions that run are this process's, to whom looks at their supervisor.</summary>
    private static void Add(SessionStore store, int number)
    {
        bool ended = number % 2 == 0;
        var record = new SessionRecord
        {
            Id = number.ToString("x12", CultureInfo.InvariantCulture),
            Name = string.Create(CultureInfo.InvariantCulture, $"sleep-{number}"),
            FilePath = "/usr/bin/sleep",
            Arguments = ["1000"],
            Supervisor = ProcessIdentity.Of(Environment.ProcessId),
            State = ended ? NsSessionState.Exited : NsSessionState.Running,
            ExitCode = ended ? 0 : null,
            StartTime = DateTimeOffset.UtcNow,
            ExitTime = ended ? DateTimeOffset.UtcNow : null,
            TerminalSize = NsTerminalSize.Default,
            Namespaces = Enumerable.Range(0, s_kinds.Length).ToDictionary(i => s_kinds[i], i => 4026532000ul + (ulong)i),
        };
        store.Create(record.Id);
        store.Write(record);
    }

    private static double TimeListing(SessionStore store, int expected)
    {
        long start = Stopwatch.GetTimestamp();
        int count = store.List().Count;
        return count == expected ? Stopwatch.GetElapsedTime(start).TotalMilliseconds
            : throw new BenchmarkException($"{count} sessions are listed, and there are {expected}");
    }
}

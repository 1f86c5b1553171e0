using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using NsModule.Bench.Measuring;
using NsModule.Bench.Running;

namespace NsModule.Bench.Benchmarks;

/// <summary>From the launch of /bin/true in new PID, mount, UTS and IPC namespaces to the news of its exit.</summary>
internal sealed class LaunchBenchmark : IBenchmark
{
    private const string Ours = "NsModule (PTY, supervisor)";
    private const string Crun = "crun run";
    private const string Runc = "runc run";
    private const string Bwrap = "bwrap";

    public string Name => "launch";

    public void Run(int? rounds)
    {
        using var engine = new Engine();
        using var bundle = new OciBundle();
        using var terminal = new BenchPty();
        using NsModule.Native.FileDescriptor none = Descriptors.Null();
        var drain = new Thread(() => Drain(terminal)) { IsBackground = true };
        drain.Start();

        var contenders = new List<Contender> { new(Ours, () => TimeOurs(engine)) };
        var missing = new List<string>();
        foreach ((string name, string program) in ((string, string)[])[(Crun, "crun"), (Runc, "runc")])
        {
            if (Spawn.Find(program) is not string runtime)
            {
                missing.Add(name);
                continue;
            }

            contenders.Add(new Contender(name, () => bundle.Time(none.Value, runtime, bundle.Plain)));
            contenders.Add(new Contender($"{name}, terminal", () => bundle.Time(terminal.Slave.Value, runtime, bundle.Terminal)));
        }

        if (Spawn.Find("bwrap") is string bwrap)
        {
            contenders.Add(new Contender(Bwrap, () => Spawn.Time(none.Value, bwrap, "--unshare-pid", "--unshare-uts", "--unshare-ipc", "--dev-bind", "/", "/", "--proc", "/proc", "/bin/true")));
        }
        else
        {
            missing.Add(Bwrap);
        }

        if (Spawn.Find("unshare") is string unshare)
        {
            contenders.Add(new Contender("unshare", () => Spawn.Time(none.Value, unshare, "-mpuif", "--mount-proc", "/bin/true")));
        }
        else
        {
            missing.Add("unshare");
        }

        contenders.Add(new Contender("/bin/true alone", () => Spawn.Time(none.Value, "/bin/true")));

        Report.Heading("Launch to exit of /bin/true, from a warm process");
        Dictionary<string, Samples> results = Interleaved.Run(contenders, rounds ?? 100, warmUp: 10);
        Report.Table("ms", results, Ours, missing);
        double ours = results[Ours].Median;
        foreach ((string peer, double limit) in ((string, double)[])[(Crun, 1.0), (Runc, 0.4), (Bwrap, 1.0)])
        {
            if (results.TryGetValue(peer, out Samples? samples))
            {
                Report.Target($"ours / {peer}{(peer == Bwrap ? " (a hope)" : "")}", ours / samples.Median, limit);
            }
        }
    }

    private static double TimeOurs(Engine engine)
    {
        long start = Stopwatch.GetTimestamp();
        NsSession session = engine.Start("/bin/true");
        Engine.AwaitExit(session);
        double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (session.ExitCode != 0)
        {
            throw new BenchmarkException($"/bin/true: exit code {session.ExitCode}");
        }

        engine.Clean(session);
        return elapsed;
    }

    private static void Drain(BenchPty terminal)
    {
        byte[] buffer = new byte[4096];
        while (Descriptors.Read(terminal.Master.Value, buffer) > 0)
        {
        }
    }
}

using System.Collections.Generic;
using NsModule.Bench.Measuring;
using NsModule.Bench.Running;
using NsModule.Specs;

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
        using var bundles = new OciBundles();
        string plain = bundles.Write("plain", OciConfig.Plain(bundles.Rootfs));
        string withTerminal = bundles.Write("terminal", OciConfig.Terminal(bundles.Rootfs));
        using var terminal = new BenchPty();
        using NsModule.Native.FileDescriptor none = Descriptors.Null();
        terminal.Drain();

        var contenders = new List<Contender>
        {
            new(Ours, () => engine.Time(new LaunchOptions { FilePath = "/bin/true", WorkingDirectory = "/" })),
        };
        var missing = new List<string>();
        foreach ((string name, string program) in ((string, string)[])[(Crun, "crun"), (Runc, "runc")])
        {
            if (Spawn.Find(program) is not string runtime)
            {
                missing.Add(name);
                continue;
            }

            contenders.Add(new Contender(name, () => bundles.Time(none.Value, runtime, plain)));
            contenders.Add(new Contender($"{name}, terminal", () => bundles.Time(terminal.Slave.Value, runtime, withTerminal)));
        }

        if (Spawn.Find("bwrap") is string bwrap)
        {
            contenders.Add(new Contender(
                Bwrap,
                () => Spawn.Time(
                    none.Value,
                    bwrap,
                    "--unshare-pid",
                    "--unshare-uts",
                    "--unshare-ipc",
                    "--dev-bind",
                    "/",
                    "/",
                    "--proc",
                    "/proc",
                    "/bin/true")));
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
}

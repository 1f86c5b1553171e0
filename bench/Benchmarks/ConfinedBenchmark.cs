using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.Bench.Measuring;
using NsModule.Bench.Running;
using NsModule.Bundles;
using NsModule.Native;
using NsModule.Seccomp;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Bench.Benchmarks;

/// <summary>
/// From the launch of /bin/true in a root of its own, with /dev, masked paths, few capabilities, a seccomp filter and
/// limits, to the news of its exit.
/// </summary>
internal sealed class ConfinedBenchmark : IBenchmark
{
    private const string Ours = "NsModule";
    private const string Crun = "crun run";

    private static readonly CgroupSpec s_limits = new() { Memory = 256 << 20, Cpus = 1.5, Processes = 100 };

    public string Name => "confined";

    public void Run(int? rounds)
    {
        Report.Heading("Launch to exit of /bin/true, confined: root, /dev, masked paths, capabilities, seccomp, limits");
        if ((uint)geteuid() != 0)
        {
            Report.Skipped("limits and mounts as crun makes them take root");
            return;
        }

        using var engine = new Engine();
        using var bundles = new OciBundles();
        using var terminal = new BenchPty();
        terminal.Drain();
        string bundle = bundles.Write("confined", OciConfig.Confined(bundles.Rootfs, s_limits));
        LaunchOptions common = new() { FilePath = "/bin/true", WorkingDirectory = "/" };
        LaunchOptions options = common with { FileSystem = new FileSystemOptions { RootPath = bundles.Rootfs }, Limits = s_limits };
        var contenders = new List<Contender>
        {
            new(Ours, () => engine.Time(options, SeccompFilter.Default)),
            new($"{Ours}, the same bundle", () => engine.Time(() => BundleReader.Read(bundle, geteuid(), common))),
            new($"{Ours}, no limits", () => engine.Time(options with { Limits = CgroupSpec.None }, SeccompFilter.Default)),
        };
        var missing = new List<string>();
        foreach ((string name, string program) in ((string, string)[])[(Crun, "crun"), ("runc run", "runc")])
        {
            if (Spawn.Find(program) is string runtime)
            {
                contenders.Add(new Contender(name, () => bundles.Time(terminal.Slave.Value, runtime, bundle)));
            }
            else
            {
                missing.Add(name);
            }
        }

        if (Spawn.Find("bwrap") is string bwrap)
        {
            (ReadOnlyMemory<byte> filter, _) = SeccompFilter.Compile(
                SeccompFilter.Default,
                Capabilities.DefaultInRoot,
                inUserNamespace: false);
            string file = Path.Combine(bundle, "filter");
            File.WriteAllBytes(file, filter.Span);
            string[] arguments = BubblewrapArguments(bundles.Rootfs);
            contenders.Add(new Contender("bwrap (no limits)", () => TimeBubblewrap(terminal.Slave.Value, bwrap, file, arguments)));
        }
        else
        {
            missing.Add("bwrap");
        }

        Dictionary<string, Samples> results = Interleaved.Run(contenders, rounds ?? 100, warmUp: 10);
        Report.Table("ms", results, Ours, missing);
        if (results.TryGetValue(Crun, out Samples? crun))
        {
            Report.Target($"ours / {Crun}", results[Ours].Median / crun.Median, 1.0);
            Report.Target($"ours / {Crun}, the same bundle", results[$"{Ours}, the same bundle"].Median / crun.Median, 1.0);
        }
    }

    /// <summary>It reads the filter from a descriptor, which it must inherit.</summary>
    private static double TimeBubblewrap(int streams, string bwrap, string file, string[] arguments)
    {
        using var filter = FileDescriptor.Open(file, O_RDONLY);
        _ = NativeException.Check(fcntl(filter.Value, F_SETFD, 0), "fcntl");
        return Spawn.Time(streams, bwrap, ["--seccomp", FormattableString.Invariant($"{filter.Value}"), .. arguments]);
    }

    private static string[] BubblewrapArguments(string rootfs)
    {
        IEnumerable<string> masked = SessionFiles.MaskedPaths.SelectMany<string, string>(
            p => Directory.Exists(p) ? ["--tmpfs", p] : File.Exists(p) ? ["--ro-bind", "/dev/null", p] : []);
        IEnumerable<string> readOnly = SessionFiles.ReadOnlyPaths.SelectMany<string, string>(p => ["--ro-bind-try", p, p]);
        IEnumerable<string> capabilities = Capabilities.NamesOf(Capabilities.DefaultInRoot)
            .SelectMany<string, string>(n => ["--cap-add", "CAP_" + n]);
        return
        [
            "--unshare-pid", "--unshare-uts", "--unshare-ipc", "--bind", rootfs, "/", "--proc", "/proc", "--ro-bind", "/sys", "/sys",
            "--dev", "/dev", "--tmpfs", "/dev/shm", "--mqueue", "/dev/mqueue",
            .. masked, .. readOnly, "--cap-drop", "ALL", .. capabilities, "/bin/true",
        ];
    }
}

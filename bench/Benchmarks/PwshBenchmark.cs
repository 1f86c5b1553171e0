using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.Bench.Measuring;
using NsModule.Bench.Running;

namespace NsModule.Bench.Benchmarks;

/// <summary><c>Start-NsProcess /bin/true | Wait-NsProcess</c> against <c>crun run</c>, both called in one warm pwsh.</summary>
internal sealed class PwshBenchmark : IBenchmark
{
    public string Name => "pwsh";

    public void Run(int? rounds)
    {
        Report.Heading("Start-NsProcess /bin/true | Wait-NsProcess in warm pwsh");
        if (Spawn.Find("pwsh") is not string pwsh)
        {
            Report.Skipped("there is no pwsh on this machine.");
            return;
        }

        using var bundles = new OciBundles();
        var start = new ProcessStartInfo(pwsh, [
            "-NoProfile",
            "-File", Path.Combine(AppContext.BaseDirectory, "Scripts", "WarmPwsh.ps1"),
            Repository.Module,
            (rounds ?? 60).ToString(CultureInfo.InvariantCulture),
            bundles.Write("plain", OciConfig.Plain(bundles.Rootfs)),
            bundles.State])
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        Spawn.AwaitSuccess(process);

        var results = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Trim().Split('\t'))
            .GroupBy(f => f[0], f => double.Parse(f[1], CultureInfo.InvariantCulture))
            .ToDictionary(g => g.Key, g => new Samples(g));
        bool crun = results.ContainsKey("crun");
        Report.Table("ms", results, "ours", crun ? [] : ["crun"]);
        if (crun)
        {
            Report.Target("ours / crun run", results["ours"].Median / results["crun"].Median, 1.0);
        }
    }
}

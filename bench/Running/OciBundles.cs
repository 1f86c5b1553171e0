using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;

namespace NsModule.Bench.Running;

/// <summary>A root directory with the machine's own /bin/true, and OCI bundles that run it.</summary>
internal sealed class OciBundles : IDisposable
{
    private readonly string _root = Path.Combine(
        "/dev/shm",
        string.Create(CultureInfo.InvariantCulture, $"nsbench-oci-{Environment.ProcessId}"));
    private int _runs;

    public OciBundles()
    {
        string rootfs = Path.Combine(_root, "rootfs");
        foreach (string directory in (string[])["proc", "dev/pts"])
        {
            _ = Directory.CreateDirectory(Path.Combine(rootfs, directory));
        }

        foreach (string file in Libraries("/bin/true").Append("/bin/true"))
        {
            string copy = Path.Join(rootfs, file);
            _ = Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        Rootfs = rootfs;
    }

    /// <summary>The root directory: the machine's own /bin/true with its libraries.</summary>
    public string Rootfs { get; }

    /// <summary>Where the runtimes keep their state, in memory like our own.</summary>
    public string State => Path.Combine(_root, "state");

    /// <summary>Runs the bundle once with an OCI runtime (crun, runc); in milliseconds.</summary>
    public double Time(int streams, string runtime, string bundle, params string[] options) => Spawn.Time(
        streams,
        runtime,
        [
            .. options,
            "--root",
            State,
            "run",
            "--bundle",
            bundle,
            string.Create(CultureInfo.InvariantCulture, $"nsbench-{Environment.ProcessId}-{_runs++}"),
        ]);

    /// <summary>Makes a bundle of a configuration.</summary>
    /// <returns>Its directory.</returns>
    public string Write(string name, JsonObject config)
    {
        string directory = Path.Combine(_root, name);
        _ = Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, "config.json"), config.ToJsonString());
        return directory;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static string[] Libraries(string program)
    {
        using Process ldd = Process.Start(new ProcessStartInfo("ldd", [program]) { RedirectStandardOutput = true })!;
        string output = ldd.StandardOutput.ReadToEnd();
        ldd.WaitForExit();
        return [.. output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(w => w.StartsWith('/'))];
    }
}

using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace NsModule.Bench.Running;

/// <summary>The smallest OCI bundle that runs the machine's own /bin/true in the four namespaces with a fresh /proc.</summary>
internal sealed class OciBundle : IDisposable
{
    private readonly string _root = Path.Combine("/dev/shm", string.Create(CultureInfo.InvariantCulture, $"nsbench-oci-{Environment.ProcessId}"));
    private int _runs;

    public OciBundle()
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

        // Without a terminal, and with one, which needs a devpts.
        WriteConfig(Plain, terminal: false, rootfs, new Mount("/proc", "proc", "proc", []));
        WriteConfig(Terminal, terminal: true, rootfs, new Mount("/proc", "proc", "proc", []), new Mount("/dev/pts", "devpts", "devpts", ["newinstance", "ptmxmode=0666", "mode=0620"]));
    }

    public string Plain => Path.Combine(_root, "plain");

    public string Terminal => Path.Combine(_root, "terminal");

    /// <summary>Where the runtimes keep their state, in memory like our own.</summary>
    public string State => Path.Combine(_root, "state");

    /// <summary>Runs the bundle once with an OCI runtime (crun, runc); in milliseconds.</summary>
    public double Time(int streams, string runtime, string bundle, params string[] options) => Spawn.Time(
        streams,
        runtime,
        [.. options, "--root", State, "run", "--bundle", bundle, string.Create(CultureInfo.InvariantCulture, $"nsbench-{Environment.ProcessId}-{_runs++}")]);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static string[] Libraries(string program)
    {
        using Process ldd = Process.Start(new ProcessStartInfo("ldd", [program]) { RedirectStandardOutput = true })!;
        string output = ldd.StandardOutput.ReadToEnd();
        ldd.WaitForExit();
        return [.. output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(w => w.StartsWith('/'))];
    }

    private static void WriteConfig(string directory, bool terminal, string rootfs, params Mount[] mounts)
    {
        _ = Directory.CreateDirectory(directory);
        using FileStream file = File.Create(Path.Combine(directory, "config.json"));
        using var json = new Utf8JsonWriter(file);
        json.WriteStartObject();
        json.WriteString("ociVersion", "1.0.2");
        json.WriteStartObject("process");
        json.WriteBoolean("terminal", terminal);
        json.WriteStartObject("user");
        json.WriteNumber("uid", 0);
        json.WriteNumber("gid", 0);
        json.WriteEndObject();
        WriteStrings(json, "args", "/bin/true");
        WriteStrings(json, "env", "PATH=/bin", "TERM=xterm");
        json.WriteString("cwd", "/");
        json.WriteEndObject();
        json.WriteStartObject("root");
        json.WriteString("path", rootfs);
        json.WriteEndObject();
        json.WriteStartArray("mounts");
        foreach (Mount mount in mounts)
        {
            json.WriteStartObject();
            json.WriteString("destination", mount.Destination);
            json.WriteString("type", mount.Type);
            json.WriteString("source", mount.Source);
            WriteStrings(json, "options", mount.Options);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("linux");
        json.WriteStartArray("namespaces");
        foreach (string kind in (string[])["pid", "mount", "uts", "ipc"])
        {
            json.WriteStartObject();
            json.WriteString("type", kind);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, params string[] values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private sealed record Mount(string Destination, string Type, string Source, string[] Options);
}

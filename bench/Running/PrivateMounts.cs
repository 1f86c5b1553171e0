using System;
using System.Diagnostics;
using System.Linq;
using static Tmds.Linux.LibC;

namespace NsModule.Bench.Running;

/// <summary>Runs the whole benchmark again in a mount namespace of its own.</summary>
/// <remarks>
/// There /sys/fs/cgroup/unified can be unmounted, without which Debian's crun refuses the hybrid cgroup layout, and
/// /run/nsmodule is empty, so that nobody's sessions are touched. Only root can, and only root needs it.
/// </remarks>
internal static class PrivateMounts
{
    private const string Marker = "NSBENCH_PRIVATE_MOUNTS";

    private const string Script = """
        umount /sys/fs/cgroup/unified 2>/dev/null
        mkdir -p /run/nsmodule && mount -t tmpfs -o mode=700 none /run/nsmodule || exit 1
        exec "$0" "$@"
        """;

    /// <summary>The exit code of the run inside; null where this is it.</summary>
    public static int? Enter(string[] args)
    {
        if ((uint)geteuid() != 0 || Environment.GetEnvironmentVariable(Marker) is not null || Spawn.Find("unshare") is not string unshare)
        {
            return null;
        }

        // `dotnet run` starts the apphost; `dotnet NsModule.Bench.dll` is dotnet with the assembly as its first argument.
        string[] self = [.. Environment.GetCommandLineArgs().Take(Environment.GetCommandLineArgs().Length - args.Length)];
        string host = Environment.ProcessPath!;
        string[] program = System.IO.Path.GetFileNameWithoutExtension(host) == "dotnet" ? [host, .. self] : [host];
        string[] words = ["--mount", "--propagation", "private", "/bin/sh", "-c", Script, .. program, .. args];
        var start = new ProcessStartInfo(unshare, words) { UseShellExecute = false };
        start.Environment[Marker] = "1";
        using Process inside = Process.Start(start)!;
        inside.WaitForExit();
        return inside.ExitCode;
    }
}

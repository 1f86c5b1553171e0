using System;
using System.Diagnostics;
using System.Threading;
using NsModule.Launching;
using NsModule.Sessions;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Soak;

/// <summary>Launches of all shapes.</summary>
internal static class Launches
{
    private static readonly NsNamespaceKind Usual = NsNamespaceKind.Pid | NsNamespaceKind.Mount | NsNamespaceKind.Uts | NsNamespaceKind.Ipc;

    private static readonly string[] Commands =
    [
        "exec sleep 1000",
        "cat",
        "exec bash --norc -i",
        "while :; do echo noise; sleep 0.01; done",
        "trap '' TERM HUP; sleep 1000 & wait; sleep 1000",
        "(sleep 1000 &) ; (setsid sleep 1000 &); sleep 1000",
        "yes | head -c 3000000; sleep 1000",
        "printf '\\033[?1049h\\033[?2004h'; sleep 1000",
        "exit 3",
        "kill -9 $$",
    ];

    public static NsSession Start(SessionStore store, Random random)
    {
        LaunchOptions options = new()
        {
            FilePath = "/bin/sh",
            Arguments = ["-c", Commands[random.Next(Commands.Length)]],
            WorkingDirectory = "/",
            NoInit = random.Next(5) == 0,
            Timeout = TimeSpan.FromSeconds(random.Next(4) == 0 ? random.NextDouble() * 3 : 0),
            Namespaces = random.Next(6) switch
            {
                0 => NsNamespaceKind.Mount | NsNamespaceKind.Uts,
                1 => Usual | NsNamespaceKind.User | NsNamespaceKind.Net,
                _ => Usual,
            },
            Limits = geteuid() == 0 && random.Next(4) == 0 ? new ResourceLimits { Memory = 256 << 20, Processes = 500 } : ResourceLimits.None,
        };
        using LaunchedSession launched = Launcher.Create(new AgentSpawner(store), _ => { })(options.ToSpec(geteuid(), getegid()), CancellationToken.None);
        launched.Commit();
        return launched.Session;
    }

    /// <summary>A process whose only purpose is to be killed while it launches: what pwsh is when its terminal is closed.</summary>
    public static int RunAsVictim(string store)
    {
        var random = new Random();
        while (true)
        {
            _ = Start(new SessionStore(store), random);
        }
    }

    public static Process StartVictim(string store)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["launch", store]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        return Process.Start(start)!;
    }
}

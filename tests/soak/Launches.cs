using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using NsModule.Launching;
using NsModule.Sessions;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Soak;

/// <summary>Launches of all shapes.</summary>
internal static class Launches
{
    private static readonly NsNamespaceKind s_usual =
        NsNamespaceKind.Pid | NsNamespaceKind.Mount | NsNamespaceKind.Uts | NsNamespaceKind.Ipc;

    private static readonly LaunchOptions s_idle = new() { FilePath = "sleep", Arguments = ["infinity"], WorkingDirectory = "/" };

    private static readonly string[] s_commands =
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

    public static NsSession Start(SessionStore store, Random random) => Start(store, AnyCommand(random) with
    {
        NoInit = random.Next(5) == 0,
        Timeout = TimeSpan.FromSeconds(random.Next(4) == 0 ? random.NextDouble() * 3 : 0),
        Namespaces = random.Next(6) switch
        {
            0 => NsNamespaceKind.Mount | NsNamespaceKind.Uts,
            1 => s_usual | NsNamespaceKind.User | NsNamespaceKind.Net,
            _ => s_usual,
        },
        Limits = geteuid() == 0 && random.Next(4) == 0 ? new CgroupSpec { Memory = 256 << 20, Processes = 500 } : CgroupSpec.None,
    });

    /// <summary>A command in the namespaces of a session; null where that has ended before it could be joined.</summary>
    public static NsSession? Join(SessionStore store, NsSession session, Random random)
    {
        try
        {
            return Start(store, AnyCommand(random) with { Join = session.Id });
        }
        catch (NsException e) when (e.ErrorId is NsErrorId.SessionEnded or NsErrorId.SessionNotFound or NsErrorId.SessionSuspended)
        {
            return null;
        }
    }

    /// <summary>Sessions that only sleep.</summary>
    public static NsSession StartIdle(SessionStore store) => Start(store, s_idle);

    /// <summary>What <see cref="StartTalker"/>'s command ends with.</summary>
    public const int TalkersExitCode = 7;

    /// <summary>A session that has more to say when a line was typed than fits on a full disk, and then ends.</summary>
    public static NsSession StartTalker(SessionStore store) => Start(store, new LaunchOptions
    {
        FilePath = "/bin/sh",
        Arguments = ["-c", $"read -r _; seq 1 100000; exit {TalkersExitCode}"],
        WorkingDirectory = "/",
    });

    /// <summary>A session in which this program starts another one, in the same store.</summary>
    public static NsSession StartNested(SessionStore store) => Start(store, new LaunchOptions
    {
        FilePath = "/bin/sh",
        Arguments = ["-c", "\"$0\" nested \"$1\"; exec sleep 1000", Environment.ProcessPath!, store.Path],
        WorkingDirectory = "/",
    });

    /// <summary>What runs inside: starts one session, which goes on without it.</summary>
    public static int RunNested(string path)
    {
        var store = new SessionStore(path);
        LaunchSpec spec = Compile(store, s_idle);

        // The namespace around it may take all of the launch away, the supervisor that would clean up as well.
        File.AppendAllText(NestedList(store), spec.Id + "\n");
        _ = Start(store, spec);
        return 0;
    }

    /// <summary>The ids of the sessions that were launched inside others.</summary>
    public static IReadOnlyList<string> Nested(SessionStore store) =>
        File.Exists(NestedList(store)) ? File.ReadAllLines(NestedList(store)) : [];

    /// <summary>The file that has them, a line each.</summary>
    public static string NestedList(SessionStore store) => store.Path + ".nested";

    /// <summary>A command without a terminal, read to its end, or left before.</summary>
    /// <returns>What is wrong with what it put out; null for nothing.</returns>
    public static string? Invoke(SessionStore store, Random random)
    {
        const int Bytes = 300_000;
        LaunchOptions options = new()
        {
            FilePath = "/bin/sh",
            Arguments = ["-c", $"yes | head -c {Bytes}; exit 7"],
            WorkingDirectory = "/",
            Streams = StandardStreams.Pipes,
        };
        using LaunchedSession launched = Launch(store, Compile(store, options));
        using var command = RunningCommand.Open(launched, CancellationToken.None);
        command.EndInput();
        bool leave = random.Next(3) == 0;
        int count = 0;
        while (command.Next(wait: true) is var what and not CommandEvent.Ended)
        {
            count += what == CommandEvent.Output ? command.Data.Length : 0;
            if (leave && count > 0)
            {
                return null;
            }
        }

        return count == Bytes && command.ExitCode == 7
            ? null
            : $"{count} of {Bytes} bytes came from a command that ended with {command.ExitCode}";
    }

    private static LaunchOptions AnyCommand(Random random) => new()
    {
        FilePath = "/bin/sh",
        Arguments = ["-c", s_commands[random.Next(s_commands.Length)]],
        WorkingDirectory = "/",
    };

    private static NsSession Start(SessionStore store, LaunchOptions options) => Start(store, Compile(store, options));

    private static NsSession Start(SessionStore store, LaunchSpec spec)
    {
        using LaunchedSession launched = Launch(store, spec);
        launched.Commit();
        return launched.Session;
    }

    /// <summary>Every process of the session can be told by its environment.</summary>
    private static LaunchSpec Compile(SessionStore store, LaunchOptions options) =>
        (options with { Environment = new Dictionary<string, string?> { ["NSMODULE_SOAK"] = store.Path } }).ToSpec(geteuid(), getegid());

    private static LaunchedSession Launch(SessionStore store, LaunchSpec spec) =>
        Launcher.Create(new AgentSpawner(store), _ => { })(spec, CancellationToken.None);

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
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["launch", store])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        return Process.Start(start)!;
    }
}

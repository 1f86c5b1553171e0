using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using NsModule.Launching;
using NsModule.Native;
using NsModule.Seccomp;
using NsModule.Sessions;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Bench.Running;

/// <summary>Sessions by engine calls, in a store of the benchmark's own.</summary>
internal sealed class Engine : IDisposable
{
    private readonly Handler<LaunchSpec, LaunchedSession> _launch;

    public Engine()
    {
        // A short path in memory, as /run/nsmodule is.
        Store = new SessionStore(Path.Combine("/dev/shm", $"nsbench-{Environment.ProcessId}"));
        _launch = Launcher.Create(new AgentSpawner(Store), _ => { });
    }

    public SessionStore Store { get; }

    /// <summary>
    /// Starts a command with the default namespaces: PID, mount, UTS and IPC, and a user namespace where we are not root.
    /// </summary>
    public NsSession Start(string file, params string[] arguments) =>
        Start(new LaunchOptions { FilePath = file, Arguments = arguments, WorkingDirectory = "/" });

    private NsSession Start(LaunchOptions options, string? seccompProfile = null)
    {
        LaunchSpec spec = SeccompFilter.AddTo(options.ToSpec(geteuid(), getegid()), seccompProfile);
        using LaunchedSession launched = _launch(spec, CancellationToken.None);
        launched.Commit();
        return launched.Session;
    }

    /// <summary>The milliseconds from a launch, its spec included, to the news of its successful exit.</summary>
    public double Time(LaunchOptions options, string? seccompProfile = null) => Time(() => options, seccompProfile);

    /// <summary>The same, with the making of the options.</summary>
    public double Time(Func<LaunchOptions> options, string? seccompProfile = null)
    {
        long start = Stopwatch.GetTimestamp();
        NsSession session = Start(options(), seccompProfile);
        AwaitExit(session);
        double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        int? code = session.ExitCode;
        Clean(session);
        return code == 0 ? elapsed : throw new BenchmarkException($"A session ended with {code}");
    }

    /// <summary>Waits for the end of the command, as Wait-NsProcess does.</summary>
    public static void AwaitExit(NsSession session)
    {
        using var watch = ExitWatch.Open(session);
        if (!watch.Ended)
        {
            _ = ExitWatch.WaitAny([watch], -1, CancellationToken.None);
        }
    }

    /// <summary>Waits until the supervisor is gone as well, and deletes the record.</summary>
    public void Clean(NsSession session)
    {
        using (FileDescriptor? supervisor = session.Record.Supervisor.OpenPidfd())
        {
            if (supervisor is not null)
            {
                Descriptors.AwaitReadable(supervisor.Value);
            }
        }

        Store.Delete(session.Id);
    }

    /// <summary>Ends sessions at once, and waits until nothing of them is left.</summary>
    public void Kill(IEnumerable<NsSession> sessions)
    {
        foreach (NsSession session in sessions)
        {
            using (var watch = ExitWatch.Open(session))
            {
                watch.Stop(0, -1);
                _ = ExitWatch.WaitAny([watch], -1, CancellationToken.None);
            }

            Clean(session);
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(Store.Path))
        {
            Directory.Delete(Store.Path, recursive: true);
        }
    }
}

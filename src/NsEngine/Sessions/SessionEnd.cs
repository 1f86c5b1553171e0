using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Sessions;

/// <summary>Ends sessions and waits until they have ended, whether or not their supervisors do as they are told.</summary>
internal static unsafe class SessionEnd
{
    /// <summary>How long a supervisor may take to do what it is told, on the busiest machine.</summary>
    public const long SupervisorTimeoutMilliseconds = 10_000;

    /// <summary>
    /// Asks the command, kills everything after the grace period, and the supervisor where that does not do as it is told.
    /// </summary>
    /// <exception cref="NsException">It cannot be ended.</exception>
    public static void Stop(NsSession session, int signal, int graceMilliseconds)
    {
        using ExitWatch watch = ExitWatch.Open(session);
        watch.Stop(signal, graceMilliseconds);
        _ = Await([watch], graceMilliseconds, CancellationToken.None).Count == 0 ? 0 : throw SessionErrors.NotResponding(session);
    }

    /// <summary>
    /// Waits for the end of sessions that were asked to end. A supervisor that is stopped at the end of the grace period is killed then,
    /// any other that does nothing a while later.
    /// </summary>
    /// <param name="watches">What watches them.</param>
    /// <param name="graceMilliseconds">How long they may take.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <param name="progress">Is called whenever one has ended.</param>
    /// <returns>Those that cannot be ended.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static IReadOnlyList<ExitWatch> Await(
        IReadOnlyList<ExitWatch> watches, int graceMilliseconds, CancellationToken cancellation, Action? progress = null)
    {
        if (AwaitAll(watches, Math.Max(graceMilliseconds, 0), progress, cancellation))
        {
            return [];
        }

        foreach (ExitWatch watch in watches.Where(w => !w.Ended && IsStopped(w.Session.SupervisorProcessId)))
        {
            Kill(watch.Session);
        }

        if (AwaitAll(watches, SupervisorTimeoutMilliseconds, progress, cancellation))
        {
            return [];
        }

        foreach (ExitWatch watch in watches.Where(w => !w.Ended))
        {
            Kill(watch.Session);
        }

        _ = AwaitAll(watches, SupervisorTimeoutMilliseconds, progress, cancellation);
        return [.. watches.Where(w => !w.Ended)];
    }

    /// <summary>Kills everything in a session, and its supervisor, without asking that.</summary>
    public static void Kill(NsSession session)
    {
        using FileDescriptor? supervisor = session.OpenSupervisor();
        if (supervisor is null)
        {
            return;
        }

        // The supervisor last: orphans come to it, so that none gets away. One that works is told of init's end, and says its last word.
        var limit = TimeLimit.In(SupervisorTimeoutMilliseconds);
        while (!limit.HasPassed && Living(session) is { Length: > 0 } processes)
        {
            FileDescriptor[] pidfds = [.. processes.Select(p => p.Identity.OpenPidfd()).OfType<FileDescriptor>()];
            foreach (FileDescriptor pidfd in pidfds)
            {
                _ = Sys.pidfd_send_signal(pidfd.Value, SIGKILL);
            }

            foreach (FileDescriptor pidfd in pidfds)
            {
                pollfd ended = new() { fd = pidfd.Value, events = (short)POLLIN };
                _ = Sys.poll(&ended, 1, limit.PollTimeout);
                pidfd.Dispose();
            }
        }

        _ = Sys.pidfd_send_signal(supervisor.Value, SIGKILL);
    }

    private static bool IsStopped(int supervisor) => supervisor > 0 && SessionProcesses.IsStopped(supervisor);

    private static SessionProcesses.Entry[] Living(NsSession session) =>
        [.. session.Processes().Values.Where(p => p.State is not ('Z' or 'X'))];

    private static bool AwaitAll(
        IReadOnlyList<ExitWatch> watches, long milliseconds, Action? progress, CancellationToken cancellation)
    {
        var limit = TimeLimit.In(milliseconds);
        while (watches.Any(w => !w.Ended))
        {
            if (ExitWatch.WaitAny(watches, limit.Left, cancellation).Count > 0)
            {
                progress?.Invoke();
            }
            else if (limit.HasPassed)
            {
                return watches.All(w => w.Ended);
            }
        }

        return true;
    }
}

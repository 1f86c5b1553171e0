using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using NsModule.Native;
using static Tmds.Linux.LibC;

namespace NsModule.Sessions;

/// <summary>Waits for the end of sessions, by descriptor: the supervisor's word where it can be had, its pidfd otherwise.</summary>
internal sealed class ExitWatch : IDisposable
{
    private SessionConnection? _connection;
    private FileDescriptor? _pidfd;

    private ExitWatch(NsSession session) => Session = session;

    /// <summary>The session that is watched.</summary>
    public NsSession Session { get; }

    /// <summary>Whether it has ended.</summary>
    public bool Ended => _connection is null && _pidfd is null;

    private int Descriptor => _connection?.Descriptor ?? _pidfd?.Value ?? -1;

    /// <summary>Starts watching; one that has ended already is seen at once.</summary>
    public static ExitWatch Open(NsSession session)
    {
        var watch = new ExitWatch(session);
        if (session.Record.IsFinal)
        {
            return watch;
        }

        watch._connection = session.TryConnect();
        if (watch._connection is null && !session.Refresh().IsFinal)
        {
            // It runs but takes no connection now: its process tells.
            watch._pidfd = session.Record.Supervisor.OpenPidfd();
        }

        return watch;
    }

    /// <summary>Asks the session to end; see <see cref="SessionConnection.Stop"/>.</summary>
    public void Stop(int signal, int graceMilliseconds)
    {
        if (_connection is not null)
        {
            _connection.Stop(signal, graceMilliseconds);
        }
        else if (_pidfd is not null)
        {
            // A supervisor that does not listen is killed, and takes everything with it.
            KillSupervisor();
        }
    }

    /// <summary>Kills the supervisor, which takes everything in the session with it.</summary>
    public void KillSupervisor()
    {
        using FileDescriptor? supervisor = Ended ? null : Session.Record.Supervisor.OpenPidfd();
        if (supervisor is not null)
        {
            _ = Sys.pidfd_send_signal(supervisor.Value, SIGKILL);
        }
    }

    /// <summary>Waits until at least one more of <paramref name="watches"/> has ended, and returns those; nothing when the time is over.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static IReadOnlyList<ExitWatch> WaitAny(IReadOnlyList<ExitWatch> watches, long timeoutMilliseconds, CancellationToken cancellation)
    {
        using var wakeup = new Wakeup(cancellation);
        long deadline = timeoutMilliseconds < 0 ? -1 : Environment.TickCount64 + timeoutMilliseconds;
        ExitWatch[] open = [.. watches.Where(w => !w.Ended)];
        while (open.Length > 0)
        {
            // Anew each time: a connection that breaks is replaced by a pidfd.
            int[] descriptors = [.. open.Select(w => w.Descriptor)];
            long left = deadline < 0 ? -1 : Math.Max(0, deadline - Environment.TickCount64);
            int ready = wakeup.WaitAny(descriptors, left);
            if (ready < 0)
            {
                return [];
            }

            if (open[ready].Look())
            {
                return [open[ready]];
            }
        }

        return [];
    }

    public void Dispose()
    {
        _connection?.Dispose();
        _pidfd?.Dispose();
        (_connection, _pidfd) = (null, null);
    }

    private bool Look()
    {
        if (_connection is not null && !_connection.ReadEnd())
        {
            return false;
        }

        if (!Session.Refresh().IsFinal && _connection is not null)
        {
            // The connection broke before the supervisor did: wait for the process itself.
            _connection.Dispose();
            _connection = null;
            _pidfd = Session.Record.Supervisor.OpenPidfd();
            return Ended;
        }

        Dispose();
        return true;
    }
}

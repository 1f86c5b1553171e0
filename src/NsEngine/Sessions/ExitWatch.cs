using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using NsModule.Native;
using NsModule.Protocol;
using static Tmds.Linux.LibC;

namespace NsModule.Sessions;

/// <summary>Waits for the end of sessions, by descriptor: the supervisor's word where it can be had, its pidfd otherwise.</summary>
internal sealed class ExitWatch : IDisposable
{
    private SupervisorClient? _client;
    private FileDescriptor? _pidfd;

    private ExitWatch(NsSession session) => Session = session;

    /// <summary>The session that is watched.</summary>
    public NsSession Session { get; }

    /// <summary>Whether it has ended.</summary>
    public bool Ended => _client is null && _pidfd is null;

    private int Descriptor => _client?.Descriptor ?? _pidfd?.Value ?? -1;

    /// <summary>Starts watching; one that has ended already is seen at once.</summary>
    /// <exception cref="NsException">The session runs, but nothing can be seen of it from this PID namespace.</exception>
    public static ExitWatch Open(NsSession session) => Open(session, SessionEnd.SupervisorTimeoutMilliseconds);

    /// <param name="session">The session.</param>
    /// <param name="timeoutMilliseconds">How long its supervisor may take to let us in.</param>
    /// <inheritdoc cref="Open(NsSession)"/>
    public static ExitWatch Open(NsSession session, long timeoutMilliseconds)
    {
        var watch = new ExitWatch(session);
        if (session.Record.IsFinal)
        {
            return watch;
        }

        try
        {
            watch._client = SupervisorClient.TryOpen(session, ClientRole.Control, CancellationToken.None, timeoutMilliseconds);
        }
        catch (NsException e) when (e.ErrorId == NsErrorId.SupervisorNotResponding)
        {
            // Its process tells.
        }

        if (watch._client is null && !session.Refresh().IsFinal)
        {
            // It runs but takes no connection now: its process tells.
            watch.WatchProcess();
        }

        return watch;
    }

    /// <summary>Asks the session to end; see <see cref="SupervisorClient.Stop"/>.</summary>
    public void Stop(int signal, int graceMilliseconds)
    {
        if (_client is not null)
        {
            _client.Stop(signal, graceMilliseconds);
        }
        else if (_pidfd is not null)
        {
            // A supervisor that does not listen is killed, with everything in the session.
            SessionEnd.Kill(Session);
        }
    }

    /// <summary>
    /// Waits until at least one more of <paramref name="watches"/> has ended, and returns those; nothing when the time is over.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static IReadOnlyList<ExitWatch> WaitAny(
        IReadOnlyList<ExitWatch> watches, long timeoutMilliseconds, CancellationToken cancellation)
    {
        using var wakeup = new Wakeup(cancellation);
        var limit = TimeLimit.In(timeoutMilliseconds);
        ExitWatch[] open = [.. watches.Where(w => !w.Ended)];
        while (open.Length > 0)
        {
            // Anew each time: a connection that breaks is replaced by a pidfd.
            int[] descriptors = [.. open.Select(w => w.Descriptor)];
            int ready = wakeup.WaitAny(descriptors, limit.Left);
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
        _client?.Dispose();
        _pidfd?.Dispose();
        (_client, _pidfd) = (null, null);
    }

    /// <exception cref="NsException">The session runs, but its supervisor is out of sight from this PID namespace.</exception>
    private void WatchProcess()
    {
        _pidfd = Session.OpenSupervisor();
        if (_pidfd is null && !Session.Refresh().IsFinal)
        {
            throw SessionErrors.NoAnswer(Session);
        }
    }

    private bool Look()
    {
        if (_client is not null && !_client.ReadEnd())
        {
            return false;
        }

        if (_client?.ExitCode is int code)
        {
            Session.NoteEnd(code);
        }

        if (!Session.Refresh().IsFinal && _client is not null)
        {
            // The connection broke before the supervisor did: wait for the process itself.
            _client.Dispose();
            _client = null;
            WatchProcess();
            return Ended;
        }

        Dispose();
        return true;
    }
}

using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using NsModule.Native;
using NsModule.Sessions;

namespace NsModule.Cmdlets;

/// <summary>What the cmdlets that end, or wait for the end of, sessions share: all are watched at the same time.</summary>
public abstract class ExitCmdlet : SessionCmdlet
{
    private readonly List<ExitWatch> _watches = [];

    /// <summary>How long a supervisor may take, in milliseconds, to let us in; when it does not, its process is watched.</summary>
    private protected virtual long ConnectTimeoutMilliseconds => SessionEnd.SupervisorTimeoutMilliseconds;

    /// <summary>The sessions that are being waited for.</summary>
    private protected IReadOnlyList<ExitWatch> Watches => _watches;

    private protected ExitWatch Watch(NsSession session)
    {
        // Named twice is meant once.
        ExitWatch? known = _watches.Find(w => w.Session.Id == session.Id);
        if (known is not null)
        {
            return known;
        }

        ExitWatch watch = ExitWatch.Open(session, ConnectTimeoutMilliseconds);
        _watches.Add(watch);
        return watch;
    }

    /// <summary>
    /// Waits for the sessions that were asked to end within <paramref name="graceMilliseconds"/>, then calls
    /// <paramref name="ended"/> for each.
    /// </summary>
    /// <remarks>A supervisor that does not do as it is told (one that is stopped itself) is killed, and everything with it.</remarks>
    private protected void AwaitEnd(int graceMilliseconds, Action<NsSession> ended)
    {
        IReadOnlyList<ExitWatch> left = Guard(() => SessionEnd.Await(_watches, graceMilliseconds, StopToken, () => Tell()));
        Tell(done: true);
        foreach (ExitWatch watch in _watches)
        {
            Try(() =>
            {
                _ = !left.Contains(watch) ? true : throw SessionErrors.NotResponding(watch.Session);
                ended(watch.Session);
            });
        }
    }

    /// <summary>
    /// Waits for the first <paramref name="count"/> watched sessions that end, calling <paramref name="ended"/> for each as it ends.
    /// </summary>
    /// <returns>Whether as many have ended in time.</returns>
    private protected bool WaitFor(int count, long timeoutMilliseconds, Action<NsSession> ended) => Guard(() =>
    {
        var limit = TimeLimit.In(timeoutMilliseconds);
        foreach (ExitWatch watch in _watches)
        {
            if (watch.Ended && count-- > 0)
            {
                ended(watch.Session);
            }
        }

        bool inTime = true;
        Tell();
        while (count > 0 && inTime)
        {
            IReadOnlyList<ExitWatch> now = ExitWatch.WaitAny(_watches, limit.Left, StopToken);
            inTime = now.Count > 0;
            foreach (ExitWatch watch in now)
            {
                count--;
                ended(watch.Session);
            }

            Tell();
        }

        Tell(done: true);
        return inTime;
    });

    /// <summary>Shows how far it is, where there are several.</summary>
    private void Tell(bool done = false)
    {
        int all = _watches.Count;
        if (all > 1)
        {
            int ended = _watches.Count(w => w.Ended);
            WriteProgress(new ProgressRecord(0, MyInvocation.MyCommand.Name, $"{ended} of {all} sessions have ended.")
            {
                PercentComplete = 100 * ended / all,
                RecordType = done ? ProgressRecordType.Completed : ProgressRecordType.Processing,
            });
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _watches.ForEach(w => w.Dispose());
        base.Dispose(disposing);
    }
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.Native;

namespace NsModule.Sessions;

/// <summary>
/// Keeps the store from growing without end: of the sessions that have ended, those go that the policy does not keep, oldest first.
/// </summary>
/// <remarks>
/// Every launch applies it, in the shell that launches, which knows whom it still has in a variable. What that costs follows from what is
/// kept, not from what runs: only the index of ended sessions is read, and of a long one not at every launch.
/// </remarks>
internal static class Retention
{
    /// <summary>So that no launch waits long. Each adds one session, so there is progress all the same.</summary>
    public const int MostAtOnce = 32;

    /// <summary>A part of so much may be there beyond the policy before the index is read again.</summary>
    private const int Slack = 64;

    private static readonly TimeSpan s_scanInterval = TimeSpan.FromHours(1);
    private static readonly object s_lock = new();
    private static (string Store, RetentionPolicy Policy)? s_last;
    private static int s_launchesToSkip;

    /// <summary>Applies the policy before a launch, unless that has been done a moment ago.</summary>
    /// <param name="store">The store.</param>
    /// <param name="policy">What is kept.</param>
    public static void BeforeLaunch(SessionStore store, RetentionPolicy policy)
    {
        lock (s_lock)
        {
            if (s_last == (store.Path, policy) && s_launchesToSkip-- > 0)
            {
                return;
            }

            store.Check();
            s_last = (store.Path, policy);
            s_launchesToSkip = Apply(store, policy, LiveSessions.Ids, DateTimeOffset.UtcNow) / Slack;
        }
    }

    /// <summary>Removes what the policy does not keep.</summary>
    /// <param name="store">The store.</param>
    /// <param name="policy">What is kept.</param>
    /// <param name="watched">Ids of sessions that stay, however old: asked where something is to go.</param>
    /// <param name="now">The time.</param>
    /// <returns>How many ended sessions were there.</returns>
    public static int Apply(SessionStore store, RetentionPolicy policy, Func<IReadOnlySet<string>> watched, DateTimeOffset now)
    {
        EndedSession[] ended = [.. store.Ended().OrderByDescending(e => e.EndTime)];
        long? mostBytes = ended.Length == 0 ? null : policy.SizeIn(store.Path);
        long bytes = 0;
        var excess = new Stack<EndedSession>();
        for (int i = 0; i < ended.Length; i++)
        {
            bytes += ended[i].Bytes;
            if (i >= policy.MaximumCount || now - ended[i].EndTime > policy.MaximumAge || bytes > mostBytes)
            {
                excess.Push(ended[i]);
            }
        }

        if (excess.Count > 0)
        {
            IReadOnlySet<string> stay = watched();
            foreach (EndedSession session in excess.Where(e => !stay.Contains(e.Id)).Take(MostAtOnce))
            {
                store.DeleteEnded(session.Id);
            }
        }

        return ended.Length;
    }

    /// <summary>
    /// Looks, once an hour, for what the index has missed: sessions whose supervisor was killed, and what else such a death leaves.
    /// </summary>
    /// <remarks>The supervisor does this at its end, when nobody waits for it any more.</remarks>
    public static void ScanWhenDue(SessionStore store, DateTimeOffset now)
    {
        try
        {
            if (now - store.LastScan > s_scanInterval)
            {
                store.Scan();
                store.LastScan = now;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NativeException or NsException)
        {
            // The next one has another try.
        }
    }
}

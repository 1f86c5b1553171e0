using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Threading;
using NsModule.Failures;
using NsModule.Native;

namespace NsModule.Sessions;

/// <summary>
/// Tells subscribers of the end of sessions: one thread for all of them, which waits on descriptors, and none without them.
/// </summary>
/// <remarks>
/// Every subscription hears of the end once; one that comes after the end, at once. So none is missed, and none told twice.
/// </remarks>
internal static class ExitNotifier
{
    private static readonly object s_lock = new();
    private static readonly List<Subscription> s_subscriptions = [];
    private static CancellationTokenSource s_changed = new();
    private static bool s_isRunning;

    /// <exception cref="NsException">The session cannot be watched: no descriptor is left.</exception>
    public static void Add(NsSession session, EventHandler<NsSessionExitedEventArgs> handler)
    {
        try
        {
            // Here and not on the thread: whoever subscribes learns what fails, and from now on no end is missed.
            var subscription = new Subscription(session, handler, ExitWatch.Open(session));
            lock (s_lock)
            {
                s_subscriptions.Add(subscription);
                Change();
                if (!s_isRunning)
                {
                    s_isRunning = true;
                    new Thread(Run) { IsBackground = true, Name = "NsModule session exits" }.Start();
                }
            }
        }
        catch (NativeException e)
        {
            throw LaunchErrors.Explain(e);
        }
    }

    public static void Remove(NsSession session, EventHandler<NsSessionExitedEventArgs> handler)
    {
        lock (s_lock)
        {
            int index = s_subscriptions.FindLastIndex(s => s.Session == session && s.Handler == handler);
            if (index >= 0)
            {
                // The thread closes its descriptor: it may be waiting on it just now.
                s_subscriptions[index].IsCancelled = true;
                Change();
            }
        }
    }

    private static void Change() => s_changed.Cancel();

    private static void Run()
    {
        while (true)
        {
            Subscription[] done;
            ExitWatch[] watches;
            CancellationToken changed;
            lock (s_lock)
            {
                s_changed.Dispose();
                s_changed = new CancellationTokenSource();
                changed = s_changed.Token;
                done = [.. s_subscriptions.Where(s => s.IsCancelled || s.Watch.Ended)];
                _ = s_subscriptions.RemoveAll(done.Contains);
                watches = [.. s_subscriptions.Select(s => s.Watch)];
                if (done.Length == 0 && watches.Length == 0)
                {
                    s_isRunning = false;
                    return;
                }
            }

            foreach (Subscription subscription in done)
            {
                subscription.Watch.Dispose();
                Tell(subscription);
            }

            if (done.Length == 0)
            {
                Wait(watches, changed);
            }
        }
    }

    private static void Wait(ExitWatch[] watches, CancellationToken changed)
    {
        try
        {
            _ = ExitWatch.WaitAny(watches, -1, changed);
        }
        catch (OperationCanceledException)
        {
        }
        catch (NsException)
        {
            // Nothing more can be seen of a session from this PID namespace: its watch counts as ended.
        }
        catch (NativeException)
        {
            // No descriptor is left to wait with: the watch whose connection broke counts as ended; for the others there is another try.
            _ = changed.WaitHandle.WaitOne(TimeSpan.FromSeconds(1));
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "What a handler throws here would end pwsh.")]
    private static void Tell(Subscription subscription)
    {
        if (subscription.IsCancelled)
        {
            return;
        }

        try
        {
            subscription.Handler(subscription.Session, new NsSessionExitedEventArgs(subscription.Session));
        }
        catch (Exception)
        {
        }
    }

    private sealed class Subscription(NsSession session, EventHandler<NsSessionExitedEventArgs> handler, ExitWatch watch)
    {
        public NsSession Session => session;

        public EventHandler<NsSessionExitedEventArgs> Handler => handler;

        public ExitWatch Watch => watch;

        public volatile bool IsCancelled;
    }
}

using System;
using System.Threading;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Native;

/// <summary>Blocking waits on descriptors that a <see cref="CancellationToken"/> can end (poll(2) beside an eventfd(2)).</summary>
internal sealed unsafe class Wakeup : IDisposable
{
    private readonly FileDescriptor _event;
    private readonly CancellationTokenRegistration _registration;

    public Wakeup(CancellationToken cancellation)
    {
        _event = new FileDescriptor(NativeException.Check(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"));
        _registration = cancellation.Register(Signal);
    }

    /// <summary>
    /// Waits until one of <paramref name="fds"/> is readable (or, where asked for, writable) or hung up; -1 entries are passed over.
    /// </summary>
    /// <returns>
    /// The index of the first one that is ready, or -1 when <paramref name="timeoutMilliseconds"/> (-1: none) has passed.
    /// </returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public int WaitAny(ReadOnlySpan<int> fds, long timeoutMilliseconds = -1, bool writable = false)
    {
        var polls = new pollfd[fds.Length + 1];
        for (int i = 0; i < fds.Length; i++)
        {
            polls[i] = new pollfd { fd = fds[i], events = (short)(writable ? POLLIN | POLLOUT : POLLIN) };
        }

        return Wait(polls, timeoutMilliseconds) ? Array.FindIndex(polls, p => p.revents != 0) : -1;
    }

    /// <summary>Waits as poll(2) does, and fills in what has happened.</summary>
    /// <param name="polls">What to wait for; the last one is left free for the token's own.</param>
    /// <param name="timeoutMilliseconds">How long; -1 for as long as it takes.</param>
    /// <returns>Whether anything has; false when the time is over.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public bool Wait(Span<pollfd> polls, long timeoutMilliseconds)
    {
        var limit = TimeLimit.In(timeoutMilliseconds);
        polls[^1] = new pollfd { fd = _event.Value, events = (short)POLLIN };
        while (true)
        {
            int ready;
            fixed (pollfd* p = polls)
            {
                ready = Sys.poll(p, (nuint)polls.Length, limit.PollTimeout);
            }

            if (ready < 0 && errno != EINTR)
            {
                throw new NativeException("poll", errno);
            }

            if (ready > 0)
            {
                _ = polls[^1].revents == 0 ? 0 : throw new OperationCanceledException();
                return true;
            }

            if (ready == 0 && limit.HasPassed)
            {
                return false;
            }
        }
    }

    public void Dispose()
    {
        _registration.Dispose();
        _event.Dispose();
    }

    private void Signal()
    {
        ulong one = 1;
        _ = write(_event.Value, &one, 8);
    }
}

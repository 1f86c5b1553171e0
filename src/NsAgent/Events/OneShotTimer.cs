using System;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Events;

/// <summary>Calls something once after a time (timerfd_create(2), on a clock that nobody can set).</summary>
internal sealed unsafe class OneShotTimer : IDisposable
{
    private readonly EventLoop _loop;
    private readonly FileDescriptor _timer;

    public OneShotTimer(EventLoop loop, Action elapsed)
    {
        _loop = loop;
        _timer = new FileDescriptor(
            NativeException.Check(Sys.timerfd_create(Sys.CLOCK_MONOTONIC, Sys.TFD_CLOEXEC | Sys.TFD_NONBLOCK), "timerfd_create"));
        loop.Add(_timer.Value, (int)EPOLLIN, _ =>
        {
            ulong count;
            if (read(_timer.Value, &count, 8) == 8)
            {
                elapsed();
            }
        });
    }

    /// <summary>Starts it, anew where it runs already.</summary>
    public void Start(TimeSpan after)
    {
        Sys.itimerspec64 value = default;

        // All zero would stop it.
        long ticks = Math.Max(after.Ticks, 1);
        value.value_sec = ticks / TimeSpan.TicksPerSecond;
        value.value_nsec = ticks % TimeSpan.TicksPerSecond * 100;
        _ = NativeException.Check(Sys.timerfd_settime(_timer.Value, 0, &value, null), "timerfd_settime");
    }

    public void Dispose()
    {
        _loop.Remove(_timer.Value);
        _timer.Dispose();
    }
}

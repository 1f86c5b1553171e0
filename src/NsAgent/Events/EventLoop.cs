using System;
using System.Collections.Generic;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Events;

/// <summary>Waits for descriptors and calls what was registered for them (epoll(7)). One thread; no wake-up without an event.</summary>
internal sealed unsafe class EventLoop : IDisposable
{
    private const int BatchSize = 16;

    private readonly FileDescriptor _epoll = new(NativeException.Check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1"));
    private readonly Dictionary<int, (uint Events, Action<uint> Ready)> _watched = [];
    private bool _stop;

    /// <summary>Calls <paramref name="ready"/> with the events that have occurred, until <see cref="Remove"/>.</summary>
    public void Add(int fd, int events, Action<uint> ready)
    {
        _watched.Add(fd, ((uint)events, ready));
        Control(EPOLL_CTL_ADD, fd, (uint)events);
    }

    /// <summary>Changes what <paramref name="fd"/> is watched for; costs nothing where that stays the same.</summary>
    public void Modify(int fd, int events)
    {
        (uint current, Action<uint> ready) = _watched[fd];
        if (current != (uint)events)
        {
            _watched[fd] = ((uint)events, ready);
            Control(EPOLL_CTL_MOD, fd, (uint)events);
        }
    }

    /// <summary>Stops watching; to be called before the descriptor is closed. One that is not watched is no error.</summary>
    public void Remove(int fd)
    {
        if (_watched.Remove(fd))
        {
            Control(EPOLL_CTL_DEL, fd, 0);
        }
    }

    /// <summary>Ends <see cref="Run"/> after the current event.</summary>
    public void Stop() => _stop = true;

    public void Run()
    {
        epoll_event* events = stackalloc epoll_event[BatchSize];
        while (!_stop)
        {
            int count = epoll_wait(_epoll.Value, events, BatchSize, -1);
            for (int i = 0; i < count && !_stop; i++)
            {
                // An earlier event of the batch may have removed this one.
                if (_watched.TryGetValue(events[i].data.fd, out (uint Events, Action<uint> Ready) watch))
                {
                    watch.Ready((uint)events[i].events);
                }
            }
        }
    }

    public void Dispose() => _epoll.Dispose();

    private void Control(int operation, int fd, uint events)
    {
        epoll_event change = default;
        change.events = unchecked((int)events);
        change.data.fd = fd;
        _ = NativeException.Check(epoll_ctl(_epoll.Value, operation, fd, &change), "epoll_ctl");
    }
}

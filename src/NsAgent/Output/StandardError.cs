using System;
using NsModule.Agent.Events;
using NsModule.Native;
using NsModule.Protocol;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Output;

/// <summary>The command's standard error where that is a pipe beside the terminal (<c>-SeparateError</c>). It is always read, whoever listens, so the command never waits for it; the last part is kept.</summary>
internal sealed unsafe class StandardError : IDisposable
{
    private const int Capacity = 1 << 20;
    private const int ReadSize = 64 * 1024;

    private readonly EventLoop _loop;
    private readonly FileDescriptor _pipe;
    private readonly Action<long> _overwriting;

    /// <param name="loop">Where the pipe is watched.</param>
    /// <param name="pipe">Our end of it, non-blocking.</param>
    /// <param name="overwriting">Called before what lies before a position is overwritten.</param>
    /// <param name="received">Called when there is more.</param>
    public StandardError(EventLoop loop, FileDescriptor pipe, Action<long> overwriting, Action received)
    {
        (_loop, _pipe, _overwriting) = (loop, pipe, overwriting);
        loop.Add(pipe.Value, (int)EPOLLIN, _ =>
        {
            Read(ReadSize);
            received();
        });
    }

    /// <summary>The last part of it.</summary>
    public Scrollback Kept { get; } = new(Capacity);

    /// <summary>When which part came.</summary>
    public OutputMarks Marks { get; } = new();

    /// <summary>Position up to which it was written to somebody's error stream.</summary>
    public long DeliveredTo { get; set; }

    /// <summary>What readers are told first.</summary>
    public OutputState State => new(Kept.Start, Kept.End, DeliveredTo, default, Kept.LostLines);

    /// <summary>Takes what is in the pipe now, and no more: what has outlived the session's init may go on to write.</summary>
    public void End()
    {
        int left = 0;
        if (_pipe.Value >= 0 && ioctl(_pipe.Value, FIONREAD, &left) == 0)
        {
            Read(left);
        }

        Close();
    }

    public void Dispose()
    {
        Close();
        Kept.Dispose();
    }

    private void Read(int limit)
    {
        while (limit > 0 && _pipe.Value >= 0)
        {
            Span<byte> free = Kept.Free(Math.Min(limit, ReadSize));
            _overwriting(Kept.End + free.Length - Capacity);
            long count;
            fixed (byte* p = free)
            {
                count = read(_pipe.Value, p, free.Length);
            }

            if (count < 0 && (errno == EAGAIN || errno == EINTR))
            {
                return;
            }

            if (count <= 0)
            {
                Close();
                return;
            }

            Marks.Add(Kept.End, Kept.Start, DateTime.UtcNow, default);
            Kept.Advance((int)count);
            limit -= (int)count;
        }
    }

    private void Close()
    {
        if (_pipe.Value >= 0)
        {
            _loop.Remove(_pipe.Value);
            _pipe.Dispose();
        }
    }
}

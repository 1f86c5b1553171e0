using System;
using NsModule.Agent.Events;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Output;

/// <summary>The command's standard error where that is a pipe beside the terminal (<c>-SeparateError</c>).</summary>
/// <remarks>It is always read, whoever listens, so the command never waits for it; the last part is kept.</remarks>
internal sealed unsafe class StandardError : IDisposable
{
    private const int ReadSize = 64 * 1024;

    private readonly EventLoop _loop;
    private readonly FileDescriptor _pipe;

    /// <param name="loop">Where the pipe is watched.</param>
    /// <param name="pipe">Our end of it, non-blocking.</param>
    /// <param name="kept">Where what comes is kept.</param>
    /// <param name="received">Called when there is more.</param>
    public StandardError(EventLoop loop, FileDescriptor pipe, KeptOutput kept, Action received)
    {
        (_loop, _pipe, Kept) = (loop, pipe, kept);
        loop.Add(pipe.Value, (int)EPOLLIN, _ =>
        {
            Read(ReadSize);
            received();
        });
    }

    /// <summary>The last part of it.</summary>
    public KeptOutput Kept { get; }

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
            if (!Kept.TryRead(_pipe.Value, Math.Min(limit, ReadSize), out ReadOnlySpan<byte> piece))
            {
                Close();
            }
            else if (piece.IsEmpty)
            {
                return;
            }

            limit -= piece.Length;
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

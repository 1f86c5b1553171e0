using System;
using NsModule.Protocol;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Output;

/// <summary>One of the command's streams, its output or its standard error: the last part of it, and how far that has been read.</summary>
internal sealed unsafe class KeptOutput : IDisposable
{
    private readonly Action<KeptOutput, long> _overwriting;

    /// <param name="capacity">How much is kept, in bytes; a power of two.</param>
    /// <param name="overwriting">Called before what lies before a position is overwritten.</param>
    public KeptOutput(int capacity, Action<KeptOutput, long> overwriting)
    {
        (Capacity, _overwriting) = (capacity, overwriting);
        Bytes = new Scrollback(capacity);
    }

    /// <summary>How much is kept, in bytes.</summary>
    public int Capacity { get; }

    /// <summary>The bytes.</summary>
    public Scrollback Bytes { get; }

    /// <summary>When which of them came, and for which size of the terminal.</summary>
    public OutputMarks Marks { get; } = new();

    /// <summary>The size of the terminal that the stream is for; default where it is for none.</summary>
    public NsTerminalSize TerminalSize { get; set; }

    /// <summary>
    /// The position that the next reader goes on at: of the output, after what the last search has found; of the standard error, after
    /// what was written to somebody's error stream.
    /// </summary>
    public long ReadTo { get; set; }

    /// <summary>What readers are told first.</summary>
    public OutputState State => new(Bytes.Start, Bytes.End, ReadTo, TerminalSize, Bytes.LostLines);

    /// <summary>Takes what a descriptor has now, in one piece of at most <paramref name="limit"/> bytes.</summary>
    /// <param name="fd">The descriptor, which does not wait.</param>
    /// <param name="limit">How much to read at most.</param>
    /// <param name="piece">What came; empty where there is nothing now.</param>
    /// <returns>False at the end of the stream.</returns>
    public bool TryRead(int fd, int limit, out ReadOnlySpan<byte> piece)
    {
        Span<byte> free = Bytes.Free(limit);
        _overwriting(this, Bytes.End + free.Length - Capacity);
        int count;
        fixed (byte* p = free)
        {
            count = (int)read(fd, p, free.Length);
        }

        if (count <= 0)
        {
            piece = default;
            return count < 0 && (errno == EAGAIN || errno == EINTR);
        }

        Marks.Add(Bytes.End, Bytes.Start, DateTime.UtcNow, TerminalSize);
        Bytes.Advance(count);
        piece = free[..count];
        return true;
    }

    public void Dispose() => Bytes.Dispose();
}

using System;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Supervisor;

/// <summary>Input on its way to the PTY: written at once where the kernel takes it, kept in order where it does not.</summary>
internal sealed unsafe class InputQueue
{
    /// <summary>Over this, clients are not read: a paste waits in their sockets, not in our memory.</summary>
    private const int Limit = 64 * 1024;

    private readonly int _master;
    private byte[] _bytes = [];
    private int _start;
    private int _end;

    public InputQueue(int master) => _master = master;

    public bool IsEmpty => _start == _end;

    public bool IsFull => _end - _start >= Limit;

    /// <summary>Whether the last line of all input so far lacks its end.</summary>
    public bool EndsMidLine { get; private set; }

    public void Write(ReadOnlySpan<byte> input)
    {
        EndsMidLine = input.IsEmpty ? EndsMidLine : input[^1] is not ((byte)'\n' or (byte)'\r');
        if (IsEmpty)
        {
            input = input[Send(input)..];
        }

        if (!input.IsEmpty)
        {
            byte[] joined = [.. _bytes.AsSpan(_start, _end - _start), .. input];
            (_bytes, _start, _end) = (joined, 0, joined.Length);
        }
    }

    /// <summary>Writes what the kernel takes now.</summary>
    public void Flush()
    {
        _start += Send(_bytes.AsSpan(_start, _end - _start));
        if (IsEmpty)
        {
            (_bytes, _start, _end) = ([], 0, 0);
        }
    }

    /// <summary>Drops everything: the command that it was for is gone.</summary>
    public void Clear() => (_bytes, _start, _end) = ([], 0, 0);

    private int Send(ReadOnlySpan<byte> input)
    {
        int done = 0;
        fixed (byte* p = input)
        {
            while (done < input.Length)
            {
                int count = (int)write(_master, p + done, input.Length - done);
                if (count > 0)
                {
                    done += count;
                }
                else if (count == 0 || errno != EINTR)
                {
                    // EIO: nobody has the terminal open any more; what was typed then is lost, as on any terminal.
                    return count < 0 && errno == EAGAIN ? done : input.Length;
                }
            }
        }

        return done;
    }
}

using System;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Output;

/// <summary>The last part of a session's output: a ring of bytes, addressed by their position in the whole stream.</summary>
/// <remarks>Outside the managed heap: pages that were never written take no memory.</remarks>
internal sealed unsafe class Scrollback : IDisposable
{
    private readonly byte* _memory;
    private readonly int _capacity;
    private long _lines;

    /// <param name="capacity">How much is kept, in bytes; a power of two.</param>
    public Scrollback(int capacity)
    {
        _capacity = capacity;
        void* memory = mmap(null, capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        _memory = memory == MAP_FAILED ? throw new NativeException("mmap", errno) : (byte*)memory;
    }

    /// <summary>Position after the newest byte: how much output there has been.</summary>
    public long End { get; private set; }

    /// <summary>Position of the oldest byte that is kept.</summary>
    public long Start => Math.Max(0, End - _capacity);

    /// <summary>Where the next output goes, at most <paramref name="limit"/> bytes; follow with <see cref="Advance"/>.</summary>
    public Span<byte> Free(int limit)
    {
        int offset = (int)(End & (_capacity - 1));
        return new Span<byte>(_memory + offset, Math.Min(limit, _capacity - offset));
    }

    public void Advance(int count)
    {
        _lines += Slice(count).Count((byte)'\n');
        End += count;

        ReadOnlySpan<byte> Slice(int length) => new(_memory + (int)(End & (_capacity - 1)), length);
    }

    /// <summary>How many lines ended before <see cref="Start"/>.</summary>
    public long LostLines
    {
        get
        {
            long kept = 0;
            for (long position = Start; position < End;)
            {
                ReadOnlySpan<byte> slice = Slice(position, _capacity);
                kept += slice.Count((byte)'\n');
                position += slice.Length;
            }

            return _lines - kept;
        }
    }

    /// <summary>What is kept from <paramref name="position"/> on, in one piece of at most <paramref name="limit"/> bytes.</summary>
    public ReadOnlySpan<byte> Slice(long position, int limit)
    {
        int offset = (int)(position & (_capacity - 1));
        return new ReadOnlySpan<byte>(_memory + offset, (int)Math.Min(Math.Min(limit, End - position), _capacity - offset));
    }

    public void Dispose() => _ = munmap(_memory, _capacity);
}

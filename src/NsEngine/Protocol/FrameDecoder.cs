using System;
using System.Buffers.Binary;
using System.IO;

namespace NsModule.Protocol;

/// <summary>Cuts a byte stream into frames, however it arrives in pieces. Bounded: a frame over the limit is refused.</summary>
internal sealed class FrameDecoder
{
    private readonly int _maxPayload;
    private byte[] _buffer;
    private int _start;
    private int _end;

    /// <param name="maxPayload">The longest payload that is accepted, in bytes.</param>
    /// <param name="capacity">How much is read at once to begin with; grows to hold one whole frame.</param>
    public FrameDecoder(int maxPayload = 1 << 20, int capacity = 4096)
    {
        _maxPayload = maxPayload;
        _buffer = new byte[capacity];
    }

    /// <summary>Where the next bytes of the stream are to be put; never empty. Follow with <see cref="Advance"/>.</summary>
    public Span<byte> Free
    {
        get
        {
            if (_start == _end)
            {
                _start = _end = 0;
            }
            else if (_end == _buffer.Length)
            {
                byte[] target = _start > _buffer.Length / 2 ? _buffer : new byte[_buffer.Length * 2];
                _buffer.AsSpan(_start, _end - _start).CopyTo(target);
                (_buffer, _end, _start) = (target, _end - _start, 0);
            }

            return _buffer.AsSpan(_end);
        }
    }

    /// <summary>Says that <paramref name="count"/> bytes were put into <see cref="Free"/>.</summary>
    public void Advance(int count) => _end += count;

    /// <summary>Takes the next whole frame; false when more bytes are needed.</summary>
    /// <param name="kind">What the frame says.</param>
    /// <param name="payload">Its payload, valid until <see cref="Free"/> is next used.</param>
    /// <exception cref="InvalidDataException">The frame is longer than the limit.</exception>
    public bool TryRead(out FrameKind kind, out ReadOnlySpan<byte> payload)
    {
        kind = default;
        payload = default;
        if (_end - _start < WireWriter.HeaderLength)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(_start));
        if (length < 0 || length > _maxPayload)
        {
            throw new InvalidDataException("frame too long");
        }

        if (_end - _start - WireWriter.HeaderLength < length)
        {
            return false;
        }

        kind = (FrameKind)_buffer[_start + WireWriter.HeaderLength - 1];
        payload = _buffer.AsSpan(_start + WireWriter.HeaderLength, length);
        _start += WireWriter.HeaderLength + length;
        return true;
    }
}

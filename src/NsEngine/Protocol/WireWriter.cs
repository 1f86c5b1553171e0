using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace NsModule.Protocol;

/// <summary>Builds one frame: a 32-bit payload length, the kind, the payload. All numbers are little-endian.</summary>
internal sealed class WireWriter
{
    /// <summary>The bytes before the payload.</summary>
    public const int HeaderLength = 5;

    private readonly ArrayBufferWriter<byte> _buffer = new(64);

    public WireWriter(FrameKind kind)
    {
        _buffer.GetSpan(HeaderLength)[HeaderLength - 1] = (byte)kind;
        _buffer.Advance(HeaderLength);
    }

    /// <summary>Writes the header of a frame whose payload is somewhere else.</summary>
    public static void WriteHeader(Span<byte> header, FrameKind kind, int payloadLength)
    {
        BinaryPrimitives.WriteInt32LittleEndian(header, payloadLength);
        header[HeaderLength - 1] = (byte)kind;
    }

    public WireWriter Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.GetSpan(4), value);
        _buffer.Advance(4);
        return this;
    }

    public WireWriter Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
        return this;
    }

    public WireWriter Boolean(bool value) => Int32(value ? 1 : 0);

    public WireWriter Bytes(ReadOnlySpan<byte> value)
    {
        _ = Int32(value.Length);
        _buffer.Write(value);
        return this;
    }

    public WireWriter String(string value) => Bytes(Encoding.UTF8.GetBytes(value));

    /// <summary>The whole frame.</summary>
    public byte[] ToFrame()
    {
        byte[] frame = _buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - HeaderLength);
        return frame;
    }
}

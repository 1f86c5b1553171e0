using System;
using System.Buffers.Binary;
using System.IO;

namespace NsModule.Protocol;

/// <summary>From a position in the output on: when it came, and for which size of the terminal.</summary>
/// <param name="Position">Position in the whole stream.</param>
/// <param name="Time">When it came, UTC.</param>
/// <param name="Size">The terminal's size.</param>
internal readonly record struct OutputMark(long Position, DateTime Time, NsTerminalSize Size)
{
    /// <summary>Its bytes at the beginning of a <see cref="FrameKind.TimedOutput"/> frame.</summary>
    public const int Length = 8 + 8 + 2 + 2;

    /// <summary>Writes the header of such a frame, and itself; <paramref name="payloadLength"/> bytes of output are to follow.</summary>
    public void WriteHeader(Span<byte> header, int payloadLength)
    {
        WireWriter.WriteHeader(header, FrameKind.TimedOutput, Length + payloadLength);
        Span<byte> mark = header[WireWriter.HeaderLength..];
        BinaryPrimitives.WriteInt64LittleEndian(mark, Position);
        BinaryPrimitives.WriteInt64LittleEndian(mark[8..], Time.Ticks);
        BinaryPrimitives.WriteUInt16LittleEndian(mark[16..], Size.Columns);
        BinaryPrimitives.WriteUInt16LittleEndian(mark[18..], Size.Rows);
    }

    /// <summary>Reads it from such a frame's payload; <paramref name="output"/> is what follows.</summary>
    /// <exception cref="InvalidDataException">It is malformed.</exception>
    public static OutputMark Read(ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> output)
    {
        if (payload.Length < Length)
        {
            throw new InvalidDataException("malformed frame");
        }

        output = payload[Length..];
        long ticks = BinaryPrimitives.ReadInt64LittleEndian(payload[8..]);
        return new OutputMark(
            BinaryPrimitives.ReadInt64LittleEndian(payload),
            ticks >= 0 && ticks <= DateTime.MaxValue.Ticks
                ? new DateTime(ticks, DateTimeKind.Utc)
                : throw new InvalidDataException("malformed frame"),
            new NsTerminalSize(
                BinaryPrimitives.ReadUInt16LittleEndian(payload[16..]),
                BinaryPrimitives.ReadUInt16LittleEndian(payload[18..])));
    }
}

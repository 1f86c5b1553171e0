using System;
using System.Buffers.Binary;
using System.IO;

namespace NsModule.Systemd;

/// <summary>The kinds of messages (D-Bus specification, "Message Format").</summary>
internal enum DBusMessageKind : byte
{
    Call = 1,
    Return = 2,
    Error = 3,
    Signal = 4,
}

/// <summary>A D-Bus message: its header, and its body as bytes.</summary>
internal sealed record DBusMessage(DBusMessageKind Kind, uint Serial)
{
    /// <summary>The bytes whose lengths are known from the start, in which those of the rest are.</summary>
    public const int FixedLength = 16;

    /// <summary>More than systemd ever says here.</summary>
    private const uint MaxLength = 1 << 20;

    private const byte LittleEndian = (byte)'l';
    private const byte Version = 1;

    /// <summary>The object that is called, or signals.</summary>
    public string Path { get; init; } = "";

    public string Interface { get; init; } = "";

    /// <summary>The method or signal.</summary>
    public string Member { get; init; } = "";

    /// <summary>Of an error, its name.</summary>
    public string ErrorName { get; init; } = "";

    /// <summary>The call that this answers.</summary>
    public uint ReplySerial { get; init; }

    public string Destination { get; init; } = "";

    /// <summary>The types of the body.</summary>
    public string Signature { get; init; } = "";

    public byte[] Body { get; init; } = [];

    /// <summary>The length of the message that begins so.</summary>
    /// <exception cref="InvalidDataException">None does.</exception>
    public static int LengthOf(ReadOnlySpan<byte> start)
    {
        uint body = BinaryPrimitives.ReadUInt32LittleEndian(start[4..]);
        uint fields = BinaryPrimitives.ReadUInt32LittleEndian(start[12..]);
        return start[0] == LittleEndian && start[3] == Version && body <= MaxLength && fields <= MaxLength
            ? FixedLength + (int)((fields + 7) / 8 * 8) + (int)body
            : throw new InvalidDataException("What came is no D-Bus message.");
    }

    public static DBusMessage Parse(ReadOnlySpan<byte> bytes)
    {
        int body = (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        var message = new DBusMessage((DBusMessageKind)bytes[1], BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]));
        int end = FixedLength + (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        var reader = new DBusReader(bytes[..end]) { Position = FixedLength };
        while (reader.Position < end)
        {
            reader.Align(8);
            byte field = reader.Byte();
            string type = reader.Signature();
            (string text, uint number) = type switch
            {
                "s" or "o" => (reader.String(), 0u),
                "g" => (reader.Signature(), 0u),
                "u" => ("", reader.UInt32()),
                _ => throw new InvalidDataException($"The header of a D-Bus message has a field of type {type}."),
            };
            message = field switch
            {
                1 => message with { Path = text },
                2 => message with { Interface = text },
                3 => message with { Member = text },
                4 => message with { ErrorName = text },
                5 => message with { ReplySerial = number },
                6 => message with { Destination = text },
                8 => message with { Signature = text },
                _ => message,
            };
        }

        return message with { Body = bytes[^body..].ToArray() };
    }

    public byte[] ToArray() => new DBusWriter()
        .Byte(LittleEndian).Byte((byte)Kind).Byte(0).Byte(Version)
        .UInt32((uint)Body.Length)
        .UInt32(Serial)
        .Array(8, fields =>
        {
            Text(fields, 1, "o", Path);
            Text(fields, 2, "s", Interface);
            Text(fields, 3, "s", Member);
            Text(fields, 4, "s", ErrorName);
            if (ReplySerial != 0)
            {
                _ = fields.Align(8).Byte(5).Signature("u").UInt32(ReplySerial);
            }

            Text(fields, 6, "s", Destination);
            if (Signature.Length > 0)
            {
                _ = fields.Align(8).Byte(8).Signature("g").Signature(Signature);
            }
        })
        .Bytes(Body)
        .ToArray();

    private static void Text(DBusWriter fields, byte field, string type, string value)
    {
        if (value.Length > 0)
        {
            _ = fields.Align(8).Byte(field).Signature(type).String(value);
        }
    }
}

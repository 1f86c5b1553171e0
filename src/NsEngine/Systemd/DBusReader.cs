using System;
using System.Buffers.Binary;
using System.IO;
using System.Text;

namespace NsModule.Systemd;

/// <summary>Takes values out of a D-Bus message.</summary>
/// <param name="bytes">The message.</param>
/// <exception cref="InvalidDataException">It has not what is asked for.</exception>
internal ref struct DBusReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Position { get; set; }

    public void Align(int size) => Position = (Position + size - 1) / size * size;

    public byte Byte() => Take(1)[0];

    public uint UInt32()
    {
        Align(sizeof(uint));
        return BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
    }

    /// <summary>A string, or the path of an object.</summary>
    public string String() => Text(UInt32());

    public string Signature() => Text(Byte());

    private string Text(uint length)
    {
        string text = Encoding.UTF8.GetString(Take(length));
        _ = Take(1);
        return text;
    }

    private ReadOnlySpan<byte> Take(uint count)
    {
        if (Position > _bytes.Length || count > _bytes.Length - Position)
        {
            throw new InvalidDataException("The D-Bus message ends early.");
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }
}

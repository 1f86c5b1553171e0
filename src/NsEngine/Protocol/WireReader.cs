using System;
using System.Buffers.Binary;
using System.IO;
using System.Text;

namespace NsModule.Protocol;

/// <summary>Reads a payload that a <see cref="WireWriter"/> wrote. Trusts no length in it.</summary>
/// <remarks>Every read throws <see cref="InvalidDataException"/> where the payload does not hold what is asked for.</remarks>
internal ref struct WireReader
{
    private ReadOnlySpan<byte> _rest;

    public WireReader(ReadOnlySpan<byte> payload) => _rest = payload;

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public bool Boolean() => Int32() != 0;

    public ReadOnlySpan<byte> Bytes() => Take(Int32());

    public string String() => Encoding.UTF8.GetString(Bytes());

    /// <summary>A list's length, of elements that take at least <paramref name="elementSize"/> bytes each.</summary>
    public int Count(int elementSize)
    {
        int count = Int32();
        return count >= 0 && count <= _rest.Length / elementSize ? count : throw Malformed();
    }

    /// <summary>Whether everything was read.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>Throws unless everything was read.</summary>
    public readonly void End() => _ = _rest.IsEmpty ? 0 : throw Malformed();

    /// <summary>The payload is not what it should be.</summary>
    public static InvalidDataException Malformed() => new("malformed frame");

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length < 0 || length > _rest.Length)
        {
            throw Malformed();
        }

        ReadOnlySpan<byte> taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}

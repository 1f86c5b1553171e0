using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace NsModule.Systemd;

/// <summary>Puts values into a D-Bus message, little-endian, each at a multiple of its size (D-Bus specification, "Marshaling").</summary>
internal sealed class DBusWriter
{
    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    public DBusWriter Align(int size)
    {
        while (_bytes.Count % size != 0)
        {
            _bytes.Add(0);
        }

        return this;
    }

    public DBusWriter Byte(byte value)
    {
        _bytes.Add(value);
        return this;
    }

    public DBusWriter UInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _ = Align(sizeof(uint));
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>A string, or the path of an object.</summary>
    public DBusWriter String(string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        _ = UInt32((uint)bytes.Length);
        _bytes.AddRange(bytes);
        _bytes.Add(0);
        return this;
    }

    /// <summary>The types of what follows.</summary>
    public DBusWriter Signature(string types)
    {
        _bytes.Add((byte)types.Length);
        _bytes.AddRange(Encoding.ASCII.GetBytes(types));
        _bytes.Add(0);
        return this;
    }

    /// <summary>An array; its length is known when its elements are there.</summary>
    /// <param name="alignment">That of an element: 8 for structures.</param>
    /// <param name="write">Writes the elements.</param>
    public DBusWriter Array(int alignment, Action<DBusWriter> write)
    {
        _ = UInt32(0);
        int length = _bytes.Count - sizeof(uint);
        _ = Align(alignment);
        int start = _bytes.Count;
        write(this);
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)(_bytes.Count - start));
        for (int i = 0; i < bytes.Length; i++)
        {
            _bytes[length + i] = bytes[i];
        }

        return this;
    }

    /// <summary>A body, which begins at a multiple of 8.</summary>
    public DBusWriter Bytes(ReadOnlySpan<byte> body)
    {
        _ = Align(8);
        _bytes.AddRange(body);
        return this;
    }
}

using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace NsModule.Agent.Network;

/// <summary>
/// Builds one netlink message (netlink(7)): a header, a fixed part, attributes. Numbers are in the machine's
/// order unless it says otherwise.
/// </summary>
internal sealed class NetlinkMessage
{
    public const int HeaderLength = 16;

    public const ushort NLM_F_REQUEST = 1;
    public const ushort NLM_F_ACK = 4;
    public const ushort NLM_F_DUMP = 0x300;
    public const ushort NLM_F_EXCL = 0x200;
    public const ushort NLM_F_CREATE = 0x400;
    public const ushort NLM_F_APPEND = 0x800;

    private const ushort NLA_F_NESTED = 0x8000;

    private readonly ArrayBufferWriter<byte> _buffer = new(256);

    /// <param name="type">What is asked.</param>
    /// <param name="flags">NLM_F_* beside NLM_F_REQUEST.</param>
    public NetlinkMessage(int type, int flags)
    {
        Span<byte> header = _buffer.GetSpan(HeaderLength)[..HeaderLength];
        header.Clear();
        BitConverter.TryWriteBytes(header[4..], (ushort)type);
        BitConverter.TryWriteBytes(header[6..], (ushort)(flags | NLM_F_REQUEST));
        _buffer.Advance(HeaderLength);
    }

    /// <summary>The fixed part that follows the header, or the one inside an attribute.</summary>
    public NetlinkMessage Fixed<T>(T body)
        where T : unmanaged
    {
        _buffer.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(ref body)));
        Pad();
        return this;
    }

    public NetlinkMessage Attribute(int type, ReadOnlySpan<byte> value)
    {
        Span<byte> header = _buffer.GetSpan(4);
        BitConverter.TryWriteBytes(header, (ushort)(value.Length + 4));
        BitConverter.TryWriteBytes(header[2..], (ushort)type);
        _buffer.Advance(4);
        _buffer.Write(value);
        Pad();
        return this;
    }

    /// <summary>A string with its NUL.</summary>
    public NetlinkMessage Text(int type, string value) => Attribute(type, [.. Encoding.UTF8.GetBytes(value), 0]);

    public NetlinkMessage UInt32(int type, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BitConverter.TryWriteBytes(bytes, value);
        return Attribute(type, bytes);
    }

    /// <summary>A number in network order, as nf_tables has all of them.</summary>
    public NetlinkMessage BigEndian32(int type, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return Attribute(type, bytes);
    }

    /// <summary>An attribute made of attributes.</summary>
    public NetlinkMessage Nest(int type, Action<NetlinkMessage> content)
    {
        int start = _buffer.WrittenCount;
        _ = Attribute(type | NLA_F_NESTED, []);
        content(this);
        BitConverter.TryWriteBytes(Written(start), (ushort)(_buffer.WrittenCount - start));
        return this;
    }

    /// <summary>The whole message.</summary>
    public byte[] ToArray(uint sequence)
    {
        BitConverter.TryWriteBytes(Written(0), (uint)_buffer.WrittenCount);
        BitConverter.TryWriteBytes(Written(8), sequence);
        return _buffer.WrittenSpan.ToArray();
    }

    private Span<byte> Written(int start) => MemoryMarshal.AsMemory(_buffer.WrittenMemory)[start..].Span;

    /// <summary>Everything begins at a multiple of four bytes.</summary>
    private void Pad()
    {
        int padding = -_buffer.WrittenCount & 3;
        _buffer.GetSpan(4)[..padding].Clear();
        _buffer.Advance(padding);
    }
}

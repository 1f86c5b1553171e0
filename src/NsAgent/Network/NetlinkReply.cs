using System;
using System.Collections.Generic;
using System.IO;

namespace NsModule.Agent.Network;

/// <summary>One message from the kernel: its type, its sequence number, and what follows the header.</summary>
/// <param name="Type">NLMSG_* or what the protocol has.</param>
/// <param name="Sequence">The number of the request that it answers.</param>
/// <param name="Body">The fixed part and the attributes.</param>
internal sealed record NetlinkReply(ushort Type, uint Sequence, ReadOnlyMemory<byte> Body)
{
    public const ushort NLMSG_ERROR = 2;
    public const ushort NLMSG_DONE = 3;

    /// <summary>The error number that it reports: 0 for an acknowledgement; null where it is none of both.</summary>
    public int? Error => Type == NLMSG_ERROR && Body.Length >= 4 ? -BitConverter.ToInt32(Body.Span)
        : Type == NLMSG_DONE ? Body.Length >= 4 ? -BitConverter.ToInt32(Body.Span) : 0
        : null;

    /// <summary>Takes apart what one recvmsg(2) returned.</summary>
    /// <exception cref="InvalidDataException">A length is wrong.</exception>
    public static IEnumerable<NetlinkReply> Split(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int length = bytes.Length >= NetlinkMessage.HeaderLength ? BitConverter.ToInt32(bytes.Span) : 0;
            if (length < NetlinkMessage.HeaderLength || length > bytes.Length)
            {
                throw new InvalidDataException("malformed netlink message");
            }

            yield return new NetlinkReply(
                BitConverter.ToUInt16(bytes.Span[4..]),
                BitConverter.ToUInt32(bytes.Span[8..]),
                bytes[NetlinkMessage.HeaderLength..length]);
            bytes = bytes[Math.Min((length + 3) & ~3, bytes.Length)..];
        }
    }

    /// <summary>The value of an attribute behind a fixed part of this size; empty where there is none.</summary>
    /// <exception cref="InvalidDataException">A length is wrong.</exception>
    public ReadOnlySpan<byte> Attribute(int fixedLength, int type)
    {
        ReadOnlySpan<byte> rest = Body.Length >= fixedLength
            ? Body.Span[fixedLength..]
            : throw new InvalidDataException("malformed netlink message");
        while (rest.Length >= 4)
        {
            int length = BitConverter.ToUInt16(rest);
            if (length < 4 || length > rest.Length)
            {
                throw new InvalidDataException("malformed netlink attribute");
            }

            if ((BitConverter.ToUInt16(rest[2..]) & 0x3fff) == type)
            {
                return rest[4..length];
            }

            rest = rest[Math.Min((length + 3) & ~3, rest.Length)..];
        }

        return [];
    }
}

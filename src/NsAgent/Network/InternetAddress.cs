using System;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>The address of an Internet socket as the kernel takes it: struct sockaddr_in (ip(7)) or sockaddr_in6 (ipv6(7)).</summary>
internal unsafe struct InternetAddress : IEquatable<InternetAddress>
{
    /// <summary>The size of the longer of both.</summary>
    public const int MaxLength = 28;

    private fixed byte _bytes[MaxLength];

    public InternetAddress(IPAddress address, ushort port)
    {
        bool six = address.AddressFamily == AddressFamily.InterNetworkV6;
        Span<byte> bytes = Bytes;
        BitConverter.TryWriteBytes(bytes, (ushort)(six ? AF_INET6 : AF_INET));
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], port);
        _ = address.TryWriteBytes(bytes[(six ? 8 : 4)..], out _);
    }

    /// <summary>AF_INET or AF_INET6.</summary>
    public int Family => BitConverter.ToUInt16(Bytes);

    /// <summary>The host, without the port.</summary>
    public IPAddress Host => new(Family == AF_INET6 ? Bytes[8..24] : Bytes[4..8]);

    public int Length => Family == AF_INET6 ? MaxLength : 16;

    /// <summary>All of it, for the kernel to write to.</summary>
    public Span<byte> Bytes
    {
        [UnscopedRef]
        get => MemoryMarshal.CreateSpan(ref _bytes[0], MaxLength);
    }

    public bool Equals(InternetAddress other) => Bytes.SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => obj is InternetAddress other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }
}

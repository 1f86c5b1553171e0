using System;
using System.Net;
using System.Net.Sockets;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>TCP and UDP sockets (ip(7)), non-blocking and close-on-exec.</summary>
internal static unsafe class InternetSocket
{
    private const int Backlog = 128;

    /// <summary>A socket that takes what comes to an address of the host: listening for TCP, bound for UDP.</summary>
    /// <exception cref="NativeException">EADDRINUSE, EACCES, EADDRNOTAVAIL, EAFNOSUPPORT.</exception>
    public static FileDescriptor Open(NsPortProtocol protocol, IPAddress address, ushort port)
    {
        var local = new InternetAddress(address, port);
        FileDescriptor socket = Create(protocol, local.Family);
        try
        {
            int on = 1;
            if (protocol == NsPortProtocol.Tcp)
            {
                // Connections of an earlier session that are still in TIME_WAIT do not count.
                _ = NativeException.Check(setsockopt(socket.Value, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(int)), "setsockopt(SO_REUSEADDR)");
            }

            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                _ = NativeException.Check(setsockopt(socket.Value, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(int)), "setsockopt(IPV6_V6ONLY)");
            }

            _ = NativeException.Check(bind(socket.Value, (sockaddr*)&local, local.Length), "bind");
            if (protocol == NsPortProtocol.Tcp)
            {
                _ = NativeException.Check(listen(socket.Value, Backlog), "listen");
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A socket that is, or with TCP is about to be, connected to an address.</summary>
    /// <exception cref="NativeException">No descriptor is left, or there is no way to the address.</exception>
    public static FileDescriptor Connect(NsPortProtocol protocol, InternetAddress remote)
    {
        FileDescriptor socket = Create(protocol, remote.Family);
        if (connect(socket.Value, (sockaddr*)&remote, remote.Length) < 0 && errno != EINPROGRESS)
        {
            int error = errno;
            socket.Dispose();
            throw new NativeException("connect", error);
        }

        return socket;
    }

    /// <summary>The error that a connection attempt ended with; 0 for success.</summary>
    public static int ErrorOf(FileDescriptor socket)
    {
        int error;
        socklen_t length = sizeof(int);
        return getsockopt(socket.Value, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? errno : error;
    }

    private static FileDescriptor Create(NsPortProtocol protocol, int family) => new(NativeException.Check(
        socket(family, (protocol == NsPortProtocol.Tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
        "socket"));
}

using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>A published port, open on one address of the host.</summary>
/// <param name="Port">What was asked for.</param>
/// <param name="Socket">The socket that has it.</param>
internal sealed record HostPort(NsPublishedPort Port, FileDescriptor Socket) : IDisposable
{
    /// <summary>Opens all of them, or none.</summary>
    /// <exception cref="LaunchException">One is in use, or may not be opened.</exception>
    public static IReadOnlyList<HostPort> OpenAll(IEnumerable<NsPublishedPort> ports)
    {
        var open = new List<HostPort>();
        try
        {
            foreach (NsPublishedPort port in ports)
            {
                foreach (IPAddress address in port.Addresses)
                {
                    Open(port, address, open);
                }
            }

            return open;
        }
        catch
        {
            open.ForEach(p => p.Dispose());
            throw;
        }
    }

    public void Dispose() => Socket.Dispose();

    private static void Open(NsPublishedPort port, IPAddress address, List<HostPort> open)
    {
        try
        {
            open.Add(new HostPort(port, InternetSocket.Open(port.Protocol, address, port.HostPort)));
        }
        catch (NativeException e)
        {
            // All addresses means those that there are: a host may have no IPv6.
            bool missing = port.HostAddress.Length == 0
                && address.AddressFamily == AddressFamily.InterNetworkV6
                && (e.Errno == EAFNOSUPPORT || e.Errno == EADDRNOTAVAIL);
            if (!missing)
            {
                throw new LaunchException(LaunchStep.PublishedPort, e.Errno, port.ToString());
            }
        }
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.Native;

namespace NsModule.Sessions;

/// <summary>Which ports somebody listens on in a process's network namespace, as /proc/PID/net shows it (proc_pid_net(5)).</summary>
internal static class OpenPorts
{
    /// <summary>The state TCP_LISTEN of the kernel.</summary>
    private const string Listening = "0A";

    /// <summary>Whether a connection to the port would be taken, or for UDP, a datagram.</summary>
    /// <param name="pid">A process in the network namespace.</param>
    /// <param name="port">The port.</param>
    /// <param name="protocol">TCP or UDP.</param>
    public static bool Has(int pid, ushort port, NsPortProtocol protocol) => protocol == NsPortProtocol.Tcp
        ? IsIn(pid, "tcp", port, Listening) || IsIn(pid, "tcp6", port, Listening)
        : IsIn(pid, "udp", port, null) || IsIn(pid, "udp6", port, null);

    /// <summary>Whether a table of sockets has one with this local port.</summary>
    /// <param name="lines">The table, its heading included.</param>
    /// <param name="port">The port.</param>
    /// <param name="state">The state that the socket is to be in; null for any.</param>
    internal static bool IsIn(IEnumerable<string> lines, ushort port, string? state)
    {
        const int LocalAddress = 1;
        const int State = 3;
        string ending = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        return lines.Skip(1)
            .Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Any(f => f.Length > State
                && f[LocalAddress].EndsWith(ending, StringComparison.Ordinal)
                && (state is null || f[State] == state));
    }

    private static bool IsIn(int pid, string table, ushort port, string? state)
    {
        try
        {
            return IsIn(File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/net/{table}")), port, state);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process is gone, or there is no IPv6.
            NativeException.ThrowIfNoDescriptorIsLeft(e);
            return false;
        }
    }
}

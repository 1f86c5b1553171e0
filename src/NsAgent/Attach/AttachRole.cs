using System;
using System.Globalization;
using System.Linq;
using NsModule.Agent.Events;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Terminal;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Attach;

/// <summary>
/// <c>ns-agent attach SOCKET PARENT [--read-only] [--detach-keys=KEYS]</c>: shows a session on the terminal of descriptors 0
/// and 1 until it ends or is left.
/// </summary>
internal static class AttachRole
{
    private const string KeysOption = "--detach-keys=";

    public static int Run(string socketPath, string parentPid, string[] options)
    {
        bool readOnly = options.Contains("--read-only");
        string? keys = options.FirstOrDefault(o => o.StartsWith(KeysOption, StringComparison.Ordinal))?[KeysOption.Length..];
        SignalMask.BlockInAllThreads();
        try
        {
            using FileDescriptor parent = new(
                NativeException.Check(Sys.pidfd_open(int.Parse(parentPid, CultureInfo.InvariantCulture)), "pidfd_open"));
            using FileDescriptor socket = UnixSocket.Connect(socketPath);
            using var terminal = new UserTerminal();
            using var relay = new Relay(socket, parent, terminal, keys is null ? DetachKeys.Default : DetachKeys.Parse(keys), readOnly);
            return (int)relay.Run();
        }
        catch (NativeException e) when (e.Errno == EAGAIN)
        {
            return (int)AttachOutcome.NotResponding;
        }
        catch (NativeException)
        {
            return (int)AttachOutcome.Refused;
        }
    }
}

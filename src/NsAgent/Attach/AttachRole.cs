using System.Globalization;
using NsModule.Native;
using NsModule.Protocol;

namespace NsModule.Agent.Attach;

/// <summary><c>ns-agent attach SOCKET PARENT</c>: shows a session on the terminal of descriptors 0 and 1 until it ends.</summary>
internal static class AttachRole
{
    public static int Run(string socketPath, string parentPid)
    {
        SignalMask.BlockInAllThreads();
        try
        {
            using FileDescriptor parent = new(NativeException.Check(Sys.pidfd_open(int.Parse(parentPid, CultureInfo.InvariantCulture)), "pidfd_open"));
            using FileDescriptor socket = UnixSocket.Connect(socketPath);
            using var terminal = new UserTerminal();
            using var relay = new Relay(socket, parent, terminal);
            return (int)relay.Run();
        }
        catch (NativeException)
        {
            return (int)AttachOutcome.Refused;
        }
    }
}

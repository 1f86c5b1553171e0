using System;
using System.Globalization;
using NsModule.Native;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>The network namespace of another process, held by descriptor (network_namespaces(7)).</summary>
internal sealed class NetworkNamespace : IDisposable
{
    private readonly FileDescriptor _namespace;

    /// <exception cref="NativeException">The process may not be looked into.</exception>
    public NetworkNamespace(int pid) =>
        _namespace = FileDescriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/net"), O_RDONLY);

    /// <summary>The descriptor's number.</summary>
    public int Value => _namespace.Value;

    /// <summary>Does something as a thread of that namespace: what sockets it opens belong there, and stay there.</summary>
    /// <exception cref="NativeException">setns(2) is not permitted.</exception>
    public T Inside<T>(Func<T> act)
    {
        using FileDescriptor own = FileDescriptor.Open("/proc/thread-self/ns/net", O_RDONLY);
        _ = NativeException.Check(Sys.setns(_namespace.Value, (int)NsNamespaceKind.Net), "setns(CLONE_NEWNET)");
        try
        {
            return act();
        }
        finally
        {
            if (Sys.setns(own.Value, (int)NsNamespaceKind.Net) < 0)
            {
                // A supervisor that is lost in the session's network must not go on as if it were the host.
                Environment.FailFast("setns");
            }
        }
    }

    public void Dispose() => _namespace.Dispose();
}

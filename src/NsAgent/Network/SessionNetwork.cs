using System;
using NsModule.Agent.Events;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>The private network of a session, from the host's side.</summary>
/// <remarks>
/// All that it has is a process's own (sockets, a table with an owner, a child that dies with its parent) or the session's
/// (the pair of devices): the kernel takes it away, whatever dies first.
/// </remarks>
internal abstract class SessionNetwork : IDisposable
{
    /// <summary>The session's address; null once the network is gone.</summary>
    public abstract string? Address { get; }

    /// <summary>Opens what the session needs on the host, before it exists; null where it needs nothing.</summary>
    /// <exception cref="LaunchException">A port is in use, or a program is missing.</exception>
    public static SessionNetwork? Prepare(LaunchSpec spec, SessionStore store) =>
        spec.Network.Mode != NsNetworkMode.Private ? null
        : ProcessPrivilege.IsAdministrator ? new VethNetwork(spec.Id, HostPort.OpenAll(spec.Network.Ports))
        : new UserNetwork(UserModeHelper.Find(), spec.Network.Ports, store.HelperSocketPath(spec.Id));

    /// <summary>Connects the session's network namespace, which exists but has no command in it yet.</summary>
    /// <exception cref="LaunchException">A step failed.</exception>
    /// <param name="pid">A process in it that is the supervisor's own.</param>
    public void Connect(int pid)
    {
        try
        {
            ConnectTo(pid);
        }
        catch (NativeException e)
        {
            throw new LaunchException(LaunchStep.Network, e.Errno, e.Call);
        }
    }

    /// <summary>Begins to carry traffic for the published ports.</summary>
    /// <param name="loop">What waits for it.</param>
    /// <param name="lost">Called when the network has failed; the session goes on without it.</param>
    public abstract void Start(EventLoop loop, Action lost);

    /// <summary>Takes everything away.</summary>
    public abstract void Dispose();

    /// <exception cref="NativeException">A call failed that has no step of its own.</exception>
    protected abstract void ConnectTo(int pid);
}

using System;
using System.Linq;
using NsModule.Agent.Joining;
using NsModule.Agent.Network;
using NsModule.Agent.Processes;
using NsModule.Cgroups;
using NsModule.Sessions;
using NsModule.Specs;

namespace NsModule.Agent.Launching;

/// <summary>What the supervisor has ready for a command before there is one.</summary>
internal sealed class CommandSurroundings : IDisposable
{
    private CommandSurroundings(Pty? terminal, CommandStreams streams, JoinTarget? target, SessionCgroup? cgroup, SessionNetwork? network)
    {
        Terminal = terminal;
        Streams = streams;
        Target = target;
        Cgroup = cgroup;
        Network = network;
    }

    /// <summary>Its terminal; null for none, or for one that init opens inside.</summary>
    public Pty? Terminal { get; }

    /// <summary>Its standard streams.</summary>
    public CommandStreams Streams { get; }

    /// <summary>The namespaces that it gets; null to make new ones.</summary>
    public JoinTarget? Target { get; }

    /// <summary>The cgroup that its processes are in from the first; null for the supervisor's.</summary>
    public SessionCgroup? Cgroup { get; }

    /// <summary>The same where it ends with this session: a joined one's goes on.</summary>
    public SessionCgroup? OwnCgroup => Target is JoinedSession ? null : Cgroup;

    /// <summary>Its private network; null for none.</summary>
    public SessionNetwork? Network { get; }

    /// <summary>Makes what a launch asks for. What a failure leaves behind ends with this process, or is in the store's books.</summary>
    /// <exception cref="LaunchException">A part is not to be had.</exception>
    /// <exception cref="CgroupException">A limit cannot be applied.</exception>
    /// <param name="store">Where the session's directory is.</param>
    /// <param name="spec">The launch.</param>
    /// <param name="target">What it joins; null for nothing.</param>
    public static CommandSurroundings Prepare(SessionStore store, LaunchSpec spec, JoinTarget? target)
    {
        Pty? terminal = spec.Streams == StandardStreams.Pipes || spec.HasOwnTerminal
            ? null
            : Pty.Open(spec.TerminalSize, spec.TerminalSettings);
        return new CommandSurroundings(
            terminal,
            CommandStreams.Open(spec.Streams, terminal?.Slave.Value ?? -1),
            target,
            target is JoinedSession joined ? JoinCgroup(store, spec, joined) : MakeCgroup(store, spec),
            SessionNetwork.Prepare(spec, store));
    }

    public void Dispose()
    {
        Network?.Dispose();
        Streams.Dispose();
        Terminal?.Dispose();
    }

    /// <summary>
    /// A cgroup for limits, for a cgroup namespace to have as its root, and to be seen in a mount; without limits, only where it may be.
    /// </summary>
    private static SessionCgroup? MakeCgroup(SessionStore store, LaunchSpec spec) =>
        spec.Limits.IsEmpty && spec.CgroupPath.Length == 0 && !spec.Namespaces.HasFlag(NsNamespaceKind.Cgroup)
            && !spec.FileSystem.Mounts.Any(m => m.Type == NsMountType.Cgroup)
            ? null
            : SessionCgroup.Create(spec, spec.Limits, [], store.RuntimeDirectory, directory => store.AnnounceCgroup(spec.Id, directory));

    private static SessionCgroup? JoinCgroup(SessionStore store, LaunchSpec spec, JoinedSession joined)
    {
        SessionCgroup? cgroup = store.ReadCgroup(joined.Record.Id);
        cgroup?.Approach(spec, store.RuntimeDirectory);
        return cgroup;
    }
}

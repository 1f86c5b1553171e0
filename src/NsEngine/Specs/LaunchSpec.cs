using System;
using System.Collections.Generic;

namespace NsModule.Specs;

/// <summary>Everything a launch needs, complete: what the spawner does, and what a unit test looks at.</summary>
internal sealed record LaunchSpec
{
    /// <summary>The session's id: 12 hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>The session's name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether the user chose the name: then no other running session may have it.</summary>
    public bool NameIsReserved { get; init; }

    /// <summary>The host name inside; empty to keep the host's.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>The NIS domain name inside; empty to keep the host's.</summary>
    public string DomainName { get; init; } = "";

    /// <summary>The command as the user named it; empty for an interactive shell.</summary>
    public string FilePath { get; init; } = "";

    /// <summary>The arguments after argv[0].</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The namespaces to make: the CLONE_NEW* flags.</summary>
    public NsNamespaceKind Namespaces { get; init; }

    /// <summary>Lines of /proc/PID/uid_map; empty without a new user namespace.</summary>
    public IReadOnlyList<NsIdMap> UidMap { get; init; } = [];

    /// <summary>Lines of /proc/PID/gid_map; empty without a new user namespace.</summary>
    public IReadOnlyList<NsIdMap> GidMap { get; init; } = [];

    /// <summary>Whether <c>deny</c> goes into /proc/PID/setgroups before the gid map: what the kernel asks of an ordinary user.</summary>
    public bool DenySetgroups { get; init; }

    /// <summary>The command's working directory, absolute.</summary>
    public string WorkingDirectory { get; init; } = "/";

    /// <summary>The command's whole environment, <c>NAME=value</c>.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>After how long the session is stopped; zero for never.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>The command itself is PID 1.</summary>
    public bool NoInit { get; init; }

    /// <summary>Whether the session's terminal comes from inside.</summary>
    public bool HasOwnTerminal => FileSystem.HasOwnTerminal && Streams != StandardStreams.Pipes;

    /// <summary>The file system that the session sees.</summary>
    public FileSystemSpec FileSystem { get; init; } = new();

    /// <summary>The size of the PTY before the command starts.</summary>
    public NsTerminalSize TerminalSize { get; init; } = NsTerminalSize.Default;

    /// <summary>
    /// The settings of the user's own terminal (termios(3)), from which the PTY takes what is a matter of habit: its keys, and whether
    /// Ctrl+S holds output. Empty for the kernel's.
    /// </summary>
    public ReadOnlyMemory<byte> TerminalSettings { get; init; }

    /// <summary>The session is for a terminal that is about to attach: the launch counts as complete when it has.</summary>
    public bool AttachFirst { get; init; }

    /// <summary>Nothing is kept of the session when it has ended and all who waited for that know.</summary>
    public bool RemoveOnExit { get; init; }

    /// <summary>The session ends when the process that launched it does.</summary>
    public bool KillOnExit { get; init; }

    /// <summary>How much of the output, and of a separate standard error, is kept for readers, in bytes: a power of two.</summary>
    public int OutputBufferSize { get; init; } = OutputBuffer.DefaultSize;

    /// <summary>The command's soft limit of open files (RLIMIT_NOFILE); 0 to leave it.</summary>
    public ulong OpenFilesLimit { get; init; }

    /// <summary>
    /// The id of the running session whose namespaces, root and credentials the command gets, instead of new ones; empty for none.
    /// </summary>
    public string Join { get; init; } = "";

    /// <summary>Namespaces that exist, which the command gets and keeps for the rest those of its launcher; empty for none.</summary>
    public IReadOnlyList<NamespaceReference> JoinNamespaces { get; init; } = [];

    /// <summary>Namespaces that exist, which the session has besides those in <see cref="Namespaces"/>.</summary>
    public IReadOnlyList<NamespaceReference> SharedNamespaces { get; init; } = [];

    /// <summary>Whom the command runs as.</summary>
    public IdentitySpec Identity { get; init; } = new();

    /// <summary>What it may do.</summary>
    public PrivilegeSpec Privileges { get; init; } = new();

    /// <summary>Its limits as a process.</summary>
    public ResourceSpec Resources { get; init; } = new();

    /// <summary>The clocks of its time namespace.</summary>
    public TimeOffsetSpec TimeOffsets { get; init; } = new(TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>Programs of the host's to run at points of the session's life.</summary>
    public HookSpec Hooks { get; init; } = HookSpec.None;

    /// <summary>Where all output is kept on disk.</summary>
    public OutputLogSpec OutputLog { get; init; } = OutputLogSpec.None;

    /// <summary>What the command's standard streams are.</summary>
    public StandardStreams Streams { get; init; }

    /// <summary>How much of the machine all its processes together may use.</summary>
    public CgroupSpec Limits { get; init; } = CgroupSpec.None;

    /// <summary>
    /// The cgroup they are in, <c>/a/b</c> below the mount point of each hierarchy; empty for one that is named after the session.
    /// </summary>
    public string CgroupPath { get; init; } = "";

    /// <summary>Its network.</summary>
    public NetworkSpec Network { get; init; } = NetworkSpec.Host;
}

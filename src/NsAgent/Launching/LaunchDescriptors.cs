using System.Collections.Generic;

namespace NsModule.Agent.Launching;

/// <summary>The descriptors that init and the command find open, and what else they inherit.</summary>
internal sealed record LaunchDescriptors
{
    /// <summary>The socket to the supervisor.</summary>
    public int Channel { get; init; } = -1;

    /// <summary>A pidfd of the supervisor.</summary>
    public int Supervisor { get; init; } = -1;

    /// <summary>The slave side of the terminal; -1 for none, or for one that init opens.</summary>
    public int Terminal { get; init; } = -1;

    /// <summary>Its path on the host; null for none.</summary>
    public string? TerminalPath { get; init; }

    /// <summary>What becomes the command's descriptor 0; -1 for the terminal that init opens.</summary>
    public int Input { get; init; } = -1;

    /// <summary>What becomes its descriptor 1, in the same way.</summary>
    public int Output { get; init; } = -1;

    /// <summary>What becomes its descriptor 2, in the same way.</summary>
    public int Error { get; init; } = -1;

    /// <summary>The files called tasks of the cgroups of version 1 to enter.</summary>
    public IReadOnlyList<(string Path, int Descriptor)> Tasks { get; init; } = [];

    /// <summary>The namespaces to enter, in order; null where the session has its own.</summary>
    public IReadOnlyList<(int Descriptor, NsNamespaceKind Kind)>? Joined { get; init; }

    /// <summary>The root directory to take over with them; -1 for none.</summary>
    public int JoinedRoot { get; init; } = -1;

    /// <summary>What hooks read that run before the root changes; -1 where there are none.</summary>
    public int CreatingState { get; init; } = -1;

    /// <summary>What hooks read that run before the command; -1 where there are none.</summary>
    public int CreatedState { get; init; } = -1;

    /// <summary>The file mode creation mask.</summary>
    public uint Umask { get; init; } = 0x12;
}

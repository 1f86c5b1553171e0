using System.Collections.Generic;
using NsModule.Protocol;
using NsModule.Specs;

namespace NsModule.Agent.Init;

/// <summary>An <see cref="InitOp"/> while the supervisor makes it, with what is said when it fails.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Step">The step of the launch that it belongs to.</param>
/// <param name="Detail">What the failure is about.</param>
internal sealed record InitStep(InitOpKind Kind, LaunchStep Step, string Detail = "")
{
    public int Slot { get; init; } = Slots.None;

    public int From { get; init; } = Slots.None;

    public int Number { get; init; }

    public string? Name { get; init; }

    public IReadOnlyList<string> Names { get; init; } = [];

    public string? Text { get; init; }

    /// <summary>The same as bytes, where it is no text.</summary>
    public IReadOnlyList<byte>? Data { get; init; }

    public ulong Flags { get; init; }

    public ulong Clear { get; init; }

    public ulong Propagation { get; init; }

    public ulong Inheritable { get; init; }

    public uint Mode { get; init; }

    public uint Uid { get; init; } = InitOp.Unchanged;

    public uint Gid { get; init; } = InitOp.Unchanged;

    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Paths to try to execute, each with its argument vector.</summary>
    public IReadOnlyList<(string Path, IReadOnlyList<string> Arguments)> Candidates { get; init; } = [];

    public bool Recursive { get; init; }

    public MountPointKind Create { get; init; }

    public Tolerance Tolerance { get; init; }

    public int Skip { get; init; }

    /// <summary>The hook that it runs.</summary>
    public Hook? Hook { get; init; }
}

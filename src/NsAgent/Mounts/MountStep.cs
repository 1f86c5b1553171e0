using System.Collections.Generic;
using NsModule.Agent.Init;
using NsModule.Protocol;

namespace NsModule.Agent.Mounts;

/// <summary>A <see cref="MountOp"/> while the supervisor makes it, with what is said when it fails.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Step">The step of the launch that it belongs to.</param>
/// <param name="Detail">The call and what it is about.</param>
internal sealed record MountStep(MountOpKind Kind, LaunchStep Step, string Detail)
{
    public int Slot { get; init; } = -1;

    public int From { get; init; } = -1;

    public string? Name { get; init; }

    public IReadOnlyList<string> Names { get; init; } = [];

    public string? Text { get; init; }

    public IReadOnlyList<byte> Data { get; init; } = [];

    public ulong Flags { get; init; }

    public ulong Clear { get; init; }

    public ulong Propagation { get; init; }

    public uint Mode { get; init; }

    public bool Recursive { get; init; }

    public MountPointKind Create { get; init; }

    public MountTolerance Tolerance { get; init; }

    public int Skip { get; init; }
}

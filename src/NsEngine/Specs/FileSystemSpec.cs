using System.Collections.Generic;
using System.Linq;

namespace NsModule.Specs;

/// <summary>The file system that a session sees: its root, and all that is mounted in it, in this order.</summary>
internal sealed record FileSystemSpec
{
    /// <summary>The root directory on the host, absolute; empty for the host's own root.</summary>
    public string RootPath { get; init; } = "";

    /// <summary>Nothing in the root can be written, other than in its mounts.</summary>
    public bool ReadOnlyRoot { get; init; }

    /// <summary>The root itself stays as it is: changes go elsewhere.</summary>
    public bool Overlay { get; init; }

    /// <summary>
    /// The directory that holds the changes (in <c>upper</c>, and <c>work</c>); empty to throw them away with the session.
    /// </summary>
    public string OverlayPath { get; init; } = "";

    /// <summary>
    /// Device files mean nothing, neither in the root nor in what is bound into it, but for those that <see cref="Devices"/> makes.
    /// </summary>
    public bool NoDevices { get; init; }

    /// <summary>
    /// The root's files have the ids inside that they have on the disk, and so has what -OverlayPath keeps: they belong to the session's
    /// root, which is nobody on the host.
    /// </summary>
    public bool IdMapRoot { get; init; }

    /// <summary>Whether mounts pass between the host and the root.</summary>
    public NsMountPropagation RootPropagation { get; init; }

    /// <summary>The mounts, each in its turn.</summary>
    public IReadOnlyList<NsMount> Mounts { get; init; } = [];

    /// <summary>How many of <see cref="Mounts"/>, the first ones, are what every such session has.</summary>
    public int UsualMounts { get; init; }

    /// <summary>Fill /dev with the devices and links that programs expect.</summary>
    public bool Devices { get; init; }

    /// <summary>Paths that nothing is to be seen of.</summary>
    public IReadOnlyList<string> MaskedPaths { get; init; } = [];

    /// <summary>Paths that cannot be written.</summary>
    public IReadOnlyList<string> ReadOnlyPaths { get; init; } = [];

    /// <summary>Parameters of the kernel to set, by the session's own /proc.</summary>
    public IReadOnlyList<KernelParameter> KernelParameters { get; init; } = [];

    /// <summary>Whether the session has a root of its own.</summary>
    public bool HasRoot => RootPath.Length > 0;

    /// <summary>Whether a terminal of the session comes from a devpts of its own.</summary>
    public bool HasOwnTerminal => Devices && Mounts.Any(m => m is { Type: NsMountType.Devpts, Target: "/dev/pts" });
}

using System;
using System.Collections.Generic;
using System.Linq;

namespace NsModule.Specs;

/// <summary>The session's file system as a user asks for it.</summary>
internal sealed record FileSystemOptions
{
    public string? RootPath { get; init; }

    public bool ReadOnlyRoot { get; init; }

    public bool Overlay { get; init; }

    public string? OverlayPath { get; init; }

    public IReadOnlyList<NsMount> Mounts { get; init; } = [];

    /// <summary>The mounts are all there are to be, and so are the covered paths: nothing usual is added.</summary>
    public bool Exact { get; init; }

    /// <summary>With <see cref="Exact"/>: see <see cref="FileSystemSpec.Devices"/>.</summary>
    public bool Devices { get; init; }

    /// <summary>See <see cref="FileSystemSpec.NoDevices"/>.</summary>
    public bool NoDevices { get; init; }

    /// <summary>Paths that nothing is to be seen of.</summary>
    public IReadOnlyList<string> MaskedPaths { get; init; } = [];

    /// <summary>Paths that cannot be written.</summary>
    public IReadOnlyList<string> ReadOnlyPaths { get; init; } = [];

    /// <summary>Whether mounts pass between the host and the root.</summary>
    public NsMountPropagation RootPropagation { get; init; }

    /// <summary>Parameters of the kernel to set.</summary>
    public IReadOnlyList<KernelParameter> KernelParameters { get; init; } = [];

    /// <summary>The complete file system for a launch with these namespaces, maps and host name.</summary>
    /// <param name="spec">The launch, but for its file system.</param>
    /// <param name="nameServers">What /etc/resolv.conf must say in the session's network; null where the host's does.</param>
    /// <param name="resolver">What is in the host's /etc/resolv.conf; null where there is none.</param>
    public FileSystemSpec ToSpec(LaunchSpec spec, string? nameServers, Func<string?> resolver)
    {
        bool root = RootPath is not null;
        if (Exact)
        {
            return new FileSystemSpec
            {
                RootPath = RootPath ?? "",
                ReadOnlyRoot = ReadOnlyRoot,
                NoDevices = NoDevices,
                RootPropagation = RootPropagation,
                Mounts = Mounts,
                Devices = Devices,
                MaskedPaths = MaskedPaths,
                ReadOnlyPaths = ReadOnlyPaths,
                KernelParameters = KernelParameters,
            };
        }

        IEnumerable<NsMount> usual = root
            ? [
                .. SessionFiles.ForRoot(spec.Namespaces, spec.UidMap, spec.GidMap),
                .. SessionFiles.Names(spec, () => nameServers ?? resolver()),
            ]
            : spec.Namespaces.HasFlag(NsNamespaceKind.Mount) ? SessionFiles.WithoutRoot(spec.Namespaces, nameServers)
            : [];

        // What the user mounts somewhere takes the place of what would be there, and below it.
        NsMount[] kept =
        [
            .. usual.Where(u => !Mounts.Any(m => u.Target == m.Target || u.Target.StartsWith(m.Target + "/", StringComparison.Ordinal))),
        ];
        return new FileSystemSpec
        {
            RootPath = RootPath ?? "",
            ReadOnlyRoot = ReadOnlyRoot,
            Overlay = Overlay || OverlayPath is not null,
            OverlayPath = OverlayPath ?? "",
            Mounts = [.. kept, .. Mounts],
            UsualMounts = kept.Length,
            Devices = kept.Any(m => m.Target == "/dev"),
            MaskedPaths = [.. root ? SessionFiles.MaskedPaths.Where(IsStillHosts) : [], .. MaskedPaths],
            ReadOnlyPaths = [.. root ? SessionFiles.ReadOnlyPaths : [], .. ReadOnlyPaths],
        };

        // Control groups that were asked for are there.
        bool IsStillHosts(string path) =>
            path != SessionFiles.Cgroups || !Mounts.Any(m => m.Target == path || path.StartsWith(m.Target + "/", StringComparison.Ordinal));
    }
}

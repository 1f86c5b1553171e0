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

    /// <summary>The complete file system for a launch with these namespaces, maps and host name.</summary>
    /// <param name="spec">The launch, but for its file system.</param>
    /// <param name="resolver">What is in the host's /etc/resolv.conf; null where there is none.</param>
    public FileSystemSpec ToSpec(LaunchSpec spec, Func<string?> resolver)
    {
        bool root = RootPath is not null;
        IEnumerable<NsMount> usual = root ? [.. SessionFiles.ForRoot(spec.Namespaces, spec.UidMap, spec.GidMap), .. SessionFiles.Names(spec, resolver)]
            : spec.Namespaces.HasFlag(NsNamespaceKind.Pid | NsNamespaceKind.Mount) ? [SessionFiles.Proc(spec.Namespaces)]
            : [];

        // What the user mounts somewhere takes the place of what would be there, and below it.
        NsMount[] kept = [.. usual.Where(u => !Mounts.Any(m => u.Target == m.Target || u.Target.StartsWith(m.Target + "/", StringComparison.Ordinal)))];
        return new FileSystemSpec
        {
            RootPath = RootPath ?? "",
            ReadOnlyRoot = ReadOnlyRoot,
            Overlay = Overlay || OverlayPath is not null,
            OverlayPath = OverlayPath ?? "",
            Mounts = [.. kept, .. Mounts],
            Devices = kept.Any(m => m.Target == "/dev"),
            MaskedPaths = root ? SessionFiles.MaskedPaths : [],
            ReadOnlyPaths = root ? SessionFiles.ReadOnlyPaths : [],
        };
    }
}

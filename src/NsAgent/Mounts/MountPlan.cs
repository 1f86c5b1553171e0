using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NsModule.Agent.Init;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Mounts;

/// <summary>All that init does for the session's file system, in order.</summary>
/// <param name="Early">What comes before init becomes the mapped user.</param>
/// <param name="Made">What makes the file system, and puts everything in its place.</param>
/// <param name="Entered">What enters it, and shuts it behind the session.</param>
/// <param name="Root">The slot of its root.</param>
/// <param name="Slots">Where descriptors are.</param>
/// <param name="IdMapped">The mounts whose ids are to be others than those of their files.</param>
internal sealed record MountPlan(
    IReadOnlyList<InitStep> Early,
    IReadOnlyList<InitStep> Made,
    IReadOnlyList<InitStep> Entered,
    int Root,
    Slots Slots,
    IReadOnlyList<IdMapping> IdMapped)
{
    /// <summary>All of it.</summary>
    public IReadOnlyList<InitStep> Steps => [.. Early, .. Made, .. Entered];

    /// <summary>
    /// Gives mounts the ids of the session, or those of their own maps (mount_setattr(2)), which only root of the host may, once
    /// the session's maps are written.
    /// </summary>
    /// <param name="init">Init's pid.</param>
    /// <exception cref="LaunchException">One cannot have them.</exception>
    public void MapIds(int init)
    {
        foreach (IdMapping mapping in IdMapped)
        {
            int mount = Slots.Descriptors[mapping.Slot];
            using FileDescriptor user = mapping.UidMap.Count > 0 && mount >= 0
                ? IdMapNamespace.Make(mapping.UidMap, mapping.GidMap)
                : FileDescriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{init}/ns/user"), O_RDONLY);

            // What is mounted below a root may be of a kind that cannot have other ids, /proc for one: then its files are nobody's.
            bool orAlone = mapping is { IsRoot: true, Recursive: true };
            if (mount < 0 || !(TryMapIds(mount, user, mapping.Recursive) || (orAlone && TryMapIds(mount, user, recursive: false))))
            {
                LaunchStep step = mapping.IsRoot ? LaunchStep.IdMappedRoot : LaunchStep.IdMappedMount;
                throw new LaunchException(step, mount < 0 ? EPERM : errno, $"mount_setattr({mapping.Path}, MOUNT_ATTR_IDMAP)");
            }
        }
    }

    private static unsafe bool TryMapIds(int mount, FileDescriptor user, bool recursive)
    {
        Sys.mount_attr attributes = new() { attr_set = Sys.MOUNT_ATTR_IDMAP, userns_fd = (ulong)user.Value };
        byte empty = 0;
        return Sys.mount_setattr(mount, &empty, recursive, &attributes) == 0;
    }
}

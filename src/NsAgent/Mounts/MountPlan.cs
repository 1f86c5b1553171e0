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
/// <param name="Steps">The operations.</param>
/// <param name="EarlyCount">How many of them come before init becomes the mapped user.</param>
/// <param name="Slots">What is in each slot at the start; -1 for nothing.</param>
/// <param name="IdMapped">The mounts whose ids are to be others than those of their files.</param>
internal sealed record MountPlan(
    IReadOnlyList<MountStep> Steps,
    int EarlyCount,
    IReadOnlyList<int> Slots,
    IReadOnlyList<IdMapping> IdMapped)
{
    /// <summary>Gives mounts the ids of the session, or those of their own maps (mount_setattr(2)), which only root of the host may, once the session's maps are written.</summary>
    /// <param name="init">Init's pid.</param>
    /// <exception cref="LaunchException">One cannot have them.</exception>
    public void MapIds(int init)
    {
        foreach (IdMapping mapping in IdMapped)
        {
            int mount = Slots[mapping.Slot];
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

    /// <summary>Puts the operations where init finds them.</summary>
    public unsafe void Write(InitPlan* plan, InitPlanMemory memory)
    {
        plan->MountCount = Steps.Count;
        plan->EarlyMountCount = EarlyCount;
        plan->Mounts = (MountOp*)memory.Allocate(Steps.Count * sizeof(MountOp));
        plan->Layers = (byte*)memory.Allocate(MountProgram.MaxLayers + 1);
        plan->Slots = (int*)memory.Allocate(Slots.Count * sizeof(int));
        foreach ((int i, int descriptor) in Slots.Index())
        {
            plan->Slots[i] = descriptor;
        }

        foreach ((int i, MountStep step) in Steps.Index())
        {
            byte* data = (byte*)memory.Allocate(step.Data.Count);
            step.Data.ToArray().CopyTo(new Span<byte>(data, step.Data.Count));
            plan->Mounts[i] = new MountOp
            {
                Kind = step.Kind,
                Slot = step.Slot,
                From = step.From,
                Name = step.Name is null ? null : memory.String(step.Name),
                Names = memory.Vector(step.Names),
                Text = step.Kind is MountOpKind.File or MountOpKind.Write ? data : step.Text is null ? null : memory.String(step.Text),
                Length = step.Data.Count,
                Flags = step.Flags,
                Clear = step.Clear,
                Propagation = step.Propagation,
                Mode = step.Mode,
                Recursive = step.Recursive,
                Create = step.Create,
                Tolerance = step.Tolerance,
                Skip = step.Skip,
            };
        }
    }
}

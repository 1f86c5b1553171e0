using System.Collections.Generic;
using System.Linq;
using NsModule.Native;

namespace NsModule.Agent.Mounts;

/// <summary>A hierarchy of control groups as it is mounted (cgroups(7)).</summary>
/// <param name="Name">Its directory below <see cref="Directory"/>; empty for that itself.</param>
/// <param name="Type">cgroup, or cgroup2.</param>
/// <param name="Options">Of a cgroup, what makes it this one: controllers, or name=NAME.</param>
/// <param name="Own">The session's own cgroup in it; null where it has none.</param>
internal sealed record CgroupMount(string Name, string Type, IReadOnlyList<string> Options, string? Own)
{
    /// <summary>Where the hierarchies are.</summary>
    public const string Directory = "/sys/fs/cgroup";

    /// <summary>What a cgroup's options may have besides, and what has no meaning for another mount of it.</summary>
    private static readonly string[] s_general =
    [
        "rw", "ro", "xattr", "noprefix", "clone_children", "cpuset_v2_mode", "nsdelegate", "memory_recursiveprot", "seclabel",
    ];

    /// <summary>Those among mounts.</summary>
    /// <param name="mounts">The host's.</param>
    /// <param name="own">The session's cgroups.</param>
    public static IReadOnlyList<CgroupMount> Among(IEnumerable<MountInfo> mounts, IReadOnlyList<string> own) =>
    [
        .. mounts
            .Where(m => m.Type is "cgroup" or "cgroup2"
                && (m.MountPoint == Directory || System.IO.Path.GetDirectoryName(m.MountPoint) == Directory))
            .Select(m => new CgroupMount(
                m.MountPoint[Directory.Length..].TrimStart('/'),
                m.Type,
                [.. m.SuperOptions.Except(s_general).Where(o => !o.StartsWith("release_agent=", System.StringComparison.Ordinal))],
                own.FirstOrDefault(d => d.StartsWith(m.MountPoint + "/", System.StringComparison.Ordinal)))),
    ];
}

using System.Collections.Generic;
using System.Linq;
using NsModule.Native;

namespace NsModule.Agent.Mounts;

/// <summary>A hierarchy of control groups as it is mounted (cgroups(7)).</summary>
/// <param name="Name">Its directory below <see cref="Directory"/>; empty for that itself.</param>
/// <param name="Type">cgroup, or cgroup2.</param>
/// <param name="Options">Of a cgroup, what makes it this one: controllers, or name=NAME.</param>
internal sealed record CgroupMount(string Name, string Type, IReadOnlyList<string> Options)
{
    /// <summary>Where the hierarchies are.</summary>
    public const string Directory = "/sys/fs/cgroup";

    /// <summary>What a cgroup's options may have besides, and what has no meaning for another mount of it.</summary>
    private static readonly string[] s_general = ["rw", "ro", "xattr", "noprefix", "clone_children", "cpuset_v2_mode", "nsdelegate", "memory_recursiveprot", "seclabel"];

    /// <summary>Those among mounts.</summary>
    public static IReadOnlyList<CgroupMount> Among(IEnumerable<MountInfo> mounts) =>
    [
        .. mounts
            .Where(m => m.Type is "cgroup" or "cgroup2" && (m.MountPoint == Directory || System.IO.Path.GetDirectoryName(m.MountPoint) == Directory))
            .Select(m => new CgroupMount(m.MountPoint[Directory.Length..].TrimStart('/'), m.Type, [.. m.SuperOptions.Except(s_general).Where(o => !o.StartsWith("release_agent=", System.StringComparison.Ordinal))])),
    ];
}

using System.Collections.Generic;
using System.Linq;

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

    /// <summary>Reads /proc/self/mountinfo (proc_pid_mountinfo(5)).</summary>
    public static IReadOnlyList<CgroupMount> Parse(IEnumerable<string> mountInfo) =>
    [
        .. mountInfo
            .Select(l => l.Split(' '))
            .Select(f => (Fields: f, Dash: System.Array.IndexOf(f, "-")))
            .Where(m => m.Dash >= 6 && m.Fields.Length > m.Dash + 3)
            .Where(m => m.Fields[m.Dash + 1] is "cgroup" or "cgroup2" && (m.Fields[4] == Directory || System.IO.Path.GetDirectoryName(m.Fields[4]) == Directory))
            .Select(m => new CgroupMount(m.Fields[4][Directory.Length..].TrimStart('/'), m.Fields[m.Dash + 1], [.. m.Fields[m.Dash + 3].Split(',').Except(s_general).Where(o => !o.StartsWith("release_agent=", System.StringComparison.Ordinal))])),
    ];
}

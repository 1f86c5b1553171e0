using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.Native;

namespace NsModule.Cgroups;

/// <summary>One mounted hierarchy of cgroups(7), and where in it a process is.</summary>
/// <param name="Version">1 or 2.</param>
/// <param name="Controllers">Its controllers by their names of version 1; of version 2 each cgroup says itself which it has.</param>
/// <param name="MountPoint">The highest cgroup that can be seen.</param>
/// <param name="Own">The directory of the process's own cgroup.</param>
internal sealed record CgroupHierarchy(int Version, IReadOnlyList<string> Controllers, string MountPoint, string Own)
{
    /// <summary>The hierarchies that this process can see its own cgroup in.</summary>
    /// <param name="named">Also those without a controller, by a name: <c>name=systemd</c>.</param>
    public static IReadOnlyList<CgroupHierarchy> OfThisProcess(bool named = false) =>
        Parse(File.ReadAllText("/proc/self/mountinfo"), File.ReadAllText("/proc/self/cgroup"), named);

    /// <summary>The same from the texts of /proc/PID/mountinfo (proc_pid_mountinfo(5)) and /proc/PID/cgroup (cgroups(7)).</summary>
    public static IReadOnlyList<CgroupHierarchy> Parse(string mountinfo, string cgroup, bool named = false)
    {
        MountInfo[] mounts = [.. MountInfo.Parse(mountinfo.Split('\n')).Where(m => m.Type is "cgroup" or "cgroup2")];
        var found = new List<CgroupHierarchy>();
        foreach (string[] parts in cgroup.Split('\n').Select(l => l.Split(':', 3)).Where(p => p.Length == 3))
        {
            int version = parts[0] == "0" && parts[1].Length == 0 ? 2 : 1;
            string[] controllers = parts[1].Split(',', StringSplitOptions.RemoveEmptyEntries);
            if (!named && controllers.Any(c => c.StartsWith("name=", StringComparison.Ordinal)))
            {
                continue;
            }

            // The last mount hides what was mounted there before; in a container, some show other cgroups than ours.
            foreach (MountInfo mount in Enumerable.Reverse(mounts))
            {
                if (mount.Type == (version == 2 ? "cgroup2" : "cgroup")
                    && controllers.All(mount.SuperOptions.Contains)
                    && Below(mount.Root, parts[2]) is string own)
                {
                    found.Add(new CgroupHierarchy(version, controllers, mount.MountPoint, (mount.MountPoint + own).TrimEnd('/')));
                    break;
                }
            }
        }

        return found;
    }

    /// <summary>A cgroup's path below the one that is mounted; null when it is not below it.</summary>
    private static string? Below(string root, string path) =>
        path.EndsWith(" (deleted)", StringComparison.Ordinal) ? null
        : root == "/" ? (path.StartsWith("/..", StringComparison.Ordinal) ? null : path)
        : path == root ? ""
        : path.StartsWith(root + "/", StringComparison.Ordinal) ? path[root.Length..]
        : null;
}

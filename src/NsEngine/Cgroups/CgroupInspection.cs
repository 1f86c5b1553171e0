using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using static Tmds.Linux.LibC;

namespace NsModule.Cgroups;

/// <summary>
/// A hierarchy that nothing is changed in: what is written or made is remembered as if it were so, where the kernel would permit it.
/// </summary>
/// <remarks>So that <see cref="CgroupCreation"/> can be asked what it would do.</remarks>
/// <param name="files">The real one.</param>
/// <param name="hierarchies">What is mounted.</param>
internal sealed class CgroupInspection(CgroupFiles files, IReadOnlyList<CgroupHierarchy> hierarchies) : CgroupFiles
{
    /// <summary>The files that a controller gives every cgroup but the one at the top, where nothing can be read of them.</summary>
    private static readonly string[] s_version2Files =
    [
        "cgroup.type", "cgroup.procs", "cgroup.events", "cgroup.controllers", "cgroup.subtree_control", "memory.max", "cpu.max", "pids.max",
    ];

    private static readonly string[] s_version1Files =
        ["cgroup.procs", "memory.limit_in_bytes", "cpu.cfs_quota_us", "cpu.cfs_period_us", "pids.max"];

    private readonly HashSet<string> _made = [];
    private readonly Dictionary<string, string> _written = [];

    /// <summary>Has a cgroup with these files, as if somebody had made it.</summary>
    public void Imagine(string path, string controllers, string processes)
    {
        _ = _made.Add(path);
        _written[Path.Combine(path, "cgroup.controllers")] = controllers;
        _written[Path.Combine(path, "cgroup.procs")] = processes;
    }

    public override int MakeDirectory(string path)
    {
        int error = files.Read(Path.Combine(path, "cgroup.procs")) is not null ? EEXIST : Access(Path.GetDirectoryName(path)!);
        if (error == 0)
        {
            _ = _made.Add(path);
        }

        return error;
    }

    public override int RemoveDirectory(string path) => _made.Remove(path) ? 0 : EPERM;

    public override int Access(string path) =>
        _made.Contains(path) || (_made.Contains(Path.GetDirectoryName(path)!) && Read(path) is not null) ? 0 : files.Access(path);

    public override int Write(string path, string text)
    {
        string cgroup = Path.GetDirectoryName(path)!;
        string file = Path.GetFileName(path);
        int error = Read(path) is null ? ENOENT : Access(path);

        // In version 2 who moves a process has to have rights where both cgroups come together; that is above the new one.
        if (error == 0 && file == "cgroup.procs" && _made.Contains(cgroup) && VersionOf(cgroup) == 2)
        {
            error = Access(Path.Combine(Path.GetDirectoryName(cgroup)!, file));
        }

        if (error != 0)
        {
            return error;
        }

        if (file == "cgroup.procs")
        {
            // It leaves where it was: the caller's own cgroup, or one that is only imagined.
            foreach (string other in hierarchies
                .Select(h => h.Own)
                .Concat(_made)
                .Where(c => VersionOf(c) == VersionOf(cgroup))
                .Select(c => Path.Combine(c, file))
                .Where(f => Read(f) is not null)
                .ToArray())
            {
                _written[other] = string.Concat(Read(other)!.Split('\n').Where(l => l.Length > 0 && l != text).Select(l => l + "\n"));
            }
        }

        _written[path] = file switch
        {
            "cgroup.subtree_control" => $"{Read(path)} {text.TrimStart('+')}",
            "cgroup.procs" => $"{Read(path)}{text}\n",
            _ => text,
        };
        return 0;
    }

    public override bool Exists(string path) => _made.Contains(Path.GetDirectoryName(path)!) ? Read(path) is not null : files.Exists(path);

    public override string? Read(string path)
    {
        if (_written.TryGetValue(path, out string? written))
        {
            return written;
        }

        string cgroup = Path.GetDirectoryName(path)!;
        return !_made.Contains(cgroup) ? files.Read(path) : Has(cgroup, Path.GetFileName(path)) ? "" : null;
    }

    public override IReadOnlyList<string> Children(string path) =>
        [.. files.Children(path), .. _made.Where(m => Path.GetDirectoryName(m) == path)];

    /// <summary>Whether a cgroup that was not really made would have a file.</summary>
    private bool Has(string cgroup, string file)
    {
        string parent = Path.GetDirectoryName(cgroup)!;
        string controller = file.Split('.')[0];
        bool version2 = VersionOf(cgroup) == 2;
        string[] controllers = version2
            ? (Read(Path.Combine(parent, "cgroup.subtree_control")) ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            : [.. hierarchies.Where(h => IsBelow(cgroup, h.MountPoint)).SelectMany(h => h.Controllers)];
        return (controller == "cgroup" || controllers.Contains(controller))
            && ((version2 ? s_version2Files : s_version1Files).Contains(file)
                || files.Read(Path.Combine(parent, file)) is not null
                || HasWeights(file));
    }

    /// <summary>
    /// Weights are the one thing that not every kernel has with its controller, and the cgroup at the top does not show them.
    /// </summary>
    private bool HasWeights(string file) => file switch
    {
        "io.weight" => hierarchies.Any(h => h.Version == 2 && files.Read(Path.Combine(h.MountPoint, "io.cost.qos")) is not null),
        "io.bfq.weight" => files.DiskSchedulers().Contains("bfq", StringComparison.Ordinal),
        "blkio.bfq.weight" => hierarchies.Any(
            h => h.Controllers.Contains("blkio") && files.Read(Path.Combine(h.MountPoint, "blkio.bfq.io_service_bytes")) is not null),
        _ => false,
    };

    private int VersionOf(string path) => hierarchies.Where(h => IsBelow(path, h.MountPoint)).MaxBy(h => h.MountPoint.Length)?.Version ?? 1;

    private static bool IsBelow(string path, string directory) =>
        path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal);
}

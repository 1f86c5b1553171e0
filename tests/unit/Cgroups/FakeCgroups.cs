using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.Cgroups;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Cgroups;

/// <summary>
/// Hierarchies of cgroups in memory, with the kernel's rules: which files a cgroup has, who may write, and that in version 2 one with
/// processes hands no controller on that cannot tell threads apart.
/// </summary>
internal sealed class FakeCgroups : CgroupFiles
{
    private readonly Dictionary<string, string> _files = [];
    private readonly HashSet<string> _writable = [];

    /// <summary>Of what is in version 1, the controller.</summary>
    private readonly Dictionary<string, string> _version1 = [];

    /// <param name="root">The mount point of version 2.</param>
    /// <param name="controllers">What it has.</param>
    /// <param name="writable">Whether it is root who makes cgroups.</param>
    public FakeCgroups(string root, string controllers, bool writable = true)
    {
        Root = root;
        _ = Add(root, controllers, writable);
    }

    public string Root { get; }

    public IReadOnlyDictionary<string, string> Files => _files;

    /// <summary>Makes a cgroup that an ordinary user may, or may not, make others in.</summary>
    public string Add(string path, string controllers, bool writable = true, string processes = "", string enabled = "")
    {
        _files[path + "/cgroup.controllers"] = controllers;
        _files[path + "/cgroup.subtree_control"] = enabled;
        _files[path + "/cgroup.procs"] = processes;
        if (path != Root)
        {
            _files[path + "/cgroup.events"] = "populated 0\nfrozen 0\n";
            _files[path + "/cgroup.type"] = "domain\n";
            string[] has = controllers.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            foreach ((string controller, string file, string value) in (ReadOnlySpan<(string, string, string)>)
                [
                    ("memory", "memory.max", "max"),
                    ("memory", "memory.swap.max", "max"),
                    ("cpu", "cpu.max", "max 100000"),
                    ("cpu", "cpu.weight", "100"),
                    ("cpuset", "cpuset.cpus", ""),
                    ("cpuset", "cpuset.mems", ""),
                    ("pids", "pids.max", "max"),
                    ("io", "io.weight", "default 100"),
                ])
            {
                if (has.Contains(controller))
                {
                    _files[$"{path}/{file}"] = value;
                }
            }
        }

        if (path == Root && controllers.Contains("io", StringComparison.Ordinal))
        {
            _files[path + "/io.cost.qos"] = "";
        }

        if (writable)
        {
            _ = _writable.Add(path);
        }

        return path;
    }

    /// <summary>Makes a cgroup of version 1; the one at the top does not have all files.</summary>
    public string AddVersion1(string path, string controller, bool writable = true, bool top = false)
    {
        string[] files = controller switch
        {
            "memory" => ["memory.limit_in_bytes"],
            "cpu" => ["cpu.cfs_quota_us", "cpu.cfs_period_us"],
            "pids" => top ? [] : ["pids.max"],
            "blkio" when WithBfq => top ? ["blkio.bfq.io_service_bytes"] : ["blkio.bfq.io_service_bytes", "blkio.bfq.weight"],
            _ => [],
        };
        foreach (string file in files.Append("cgroup.procs"))
        {
            _files[$"{path}/{file}"] = "";
        }

        _version1[path] = controller;
        if (writable)
        {
            _ = _writable.Add(path);
        }

        return path;
    }

    /// <summary>Whether the kernel has the scheduler BFQ, and with it weights in version 1.</summary>
    public bool WithBfq { get; init; } = true;

    public override string DiskSchedulers() => "[none]";

    public override int Access(string path) => _writable.Contains(path) || _writable.Contains(Path.GetDirectoryName(path)!) ? 0 : EACCES;

    public override bool Exists(string path) => _files.ContainsKey(path);

    public override string? Read(string path) => _files.GetValueOrDefault(path);

    public override int MakeDirectory(string path)
    {
        string parent = Path.GetDirectoryName(path)!;
        if (_files.ContainsKey(path + "/cgroup.procs"))
        {
            return EEXIST;
        }

        if (!_writable.Contains(parent))
        {
            return EACCES;
        }

        _ = _version1.TryGetValue(parent, out string? controller)
            ? AddVersion1(path, controller)
            : Add(path, _files[parent + "/cgroup.subtree_control"]);
        return 0;
    }

    public override int Write(string path, string text)
    {
        string cgroup = Path.GetDirectoryName(path)!;
        if (!_files.TryGetValue(path, out string? now))
        {
            return ENOENT;
        }

        if (!_writable.Contains(cgroup))
        {
            return EACCES;
        }

        if (path.EndsWith("cgroup.subtree_control", StringComparison.Ordinal))
        {
            if (cgroup != Root && _files[cgroup + "/cgroup.procs"].Length > 0 && text is not ("+cpu" or "+pids"))
            {
                return EBUSY;
            }

            _files[path] = $"{now} {text[1..]}".Trim();
            return 0;
        }

        if (path.EndsWith("cgroup.procs", StringComparison.Ordinal))
        {
            string parent = Path.GetDirectoryName(cgroup)!;
            if (!_version1.ContainsKey(cgroup) && !_writable.Contains(parent))
            {
                return EACCES;
            }

            if (parent != Root
                && _files.GetValueOrDefault(parent + "/cgroup.subtree_control") is { Length: > 0 }
                && _files[parent + "/cgroup.procs"].Length > 0)
            {
                return EOPNOTSUPP;
            }

            foreach (string other in _files.Keys
                .Where(k => k.EndsWith("cgroup.procs", StringComparison.Ordinal) && Hierarchy(k) == Hierarchy(path))
                .ToArray())
            {
                _files[other] = string.Concat(_files[other].Split('\n').Where(l => l.Length > 0 && l != text).Select(l => l + "\n"));
            }

            _files[path] += text + "\n";
            return 0;
        }

        _files[path] = text;
        return 0;
    }

    public override IReadOnlyList<string> Children(string path) => [];

    /// <summary>The hierarchy that a file is in: the controller of version 1, or nothing.</summary>
    private string Hierarchy(string file) => _version1.GetValueOrDefault(Path.GetDirectoryName(file)!, "");
}

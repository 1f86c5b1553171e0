using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.Cgroups;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Cgroups;

/// <summary>A hierarchy of cgroup v2 in memory, with the kernel's rules: which files a cgroup has, who may write, and that one with processes hands no controller on.</summary>
internal sealed class FakeCgroups : CgroupFiles
{
    private readonly Dictionary<string, string> _files = [];
    private readonly HashSet<string> _writable = [];

    /// <param name="root">The mount point.</param>
    /// <param name="controllers">What the kernel has.</param>
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
            string[] has = controllers.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            foreach ((string controller, string file, string value) in (ReadOnlySpan<(string, string, string)>)
                [("memory", "memory.max", "max"), ("memory", "memory.swap.max", "max"), ("cpu", "cpu.max", "max 100000"), ("pids", "pids.max", "max"), ("io", "io.weight", "default 100")])
            {
                if (has.Contains(controller))
                {
                    _files[$"{path}/{file}"] = value;
                }
            }
        }

        if (writable)
        {
            _ = _writable.Add(path);
        }

        return path;
    }

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

        _ = Add(path, _files[parent + "/cgroup.subtree_control"]);
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
            if (cgroup != Root && _files[cgroup + "/cgroup.procs"].Length > 0)
            {
                return EBUSY;
            }

            _files[path] = $"{now} {text[1..]}".Trim();
            return 0;
        }

        if (path.EndsWith("cgroup.procs", StringComparison.Ordinal))
        {
            foreach (string other in _files.Keys.Where(k => k.EndsWith("cgroup.procs", StringComparison.Ordinal)).ToArray())
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
}

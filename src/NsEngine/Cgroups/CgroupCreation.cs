using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.Protocol;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Cgroups;

/// <summary>
/// Makes a session's cgroup: a directory of its own in each hierarchy that limits and figures need, below the caller's own cgroup, whose
/// limits hold for the session too.
/// </summary>
/// <param name="files">The file system.</param>
/// <param name="hierarchies">Where the caller is.</param>
/// <param name="processes">The processes that may be moved about, the caller's first.</param>
/// <param name="scopes">Whom to ask where the caller may not make it by itself; null for nobody.</param>
/// <param name="chosen">
/// A path of the user's own choice instead, <c>/a/b</c> below the mount point of each hierarchy; empty for none.
/// </param>
/// <param name="uses">What the session is to have of it, besides limits.</param>
internal sealed class CgroupCreation(
    CgroupFiles files,
    IReadOnlyList<CgroupHierarchy> hierarchies,
    IReadOnlyCollection<int> processes,
    CgroupScopes? scopes = null,
    string chosen = "",
    CgroupUses uses = CgroupUses.None)
{
    /// <summary>Where the caller goes to make room.</summary>
    private const string Leaf = "supervisor";

    /// <summary>Joined besides those that limits need where they may be: so that limits can be set later, and for the figures.</summary>
    private static readonly string[] s_version1 = ["memory", "cpu", "pids", "blkio"];

    private readonly CgroupHierarchy? _unified = hierarchies.FirstOrDefault(h => h.Version == 2);

    /// <summary>Makes the directories and sets the limits. What was made is left when this fails: it was announced.</summary>
    /// <param name="id">The session's id.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="announce">Is told of each directory before it is made.</param>
    /// <returns>The cgroup; null where there are no limits and none could be made.</returns>
    /// <exception cref="CgroupException">A limit cannot be applied.</exception>
    public SessionCgroup? Create(string id, CgroupSpec limits, Action<string> announce)
    {
        if (scopes is null || !CouldBeInScope(limits))
        {
            return CreateBelow(id, limits, announce, systemdIsThere: false);
        }

        try
        {
            return CreateBelow(id, limits, announce, systemdIsThere: true);
        }
        catch (CgroupException e) when (e.Failure.Step != LaunchStep.CgroupLimit)
        {
            return scopes.Move(id, processes) is IReadOnlyList<CgroupHierarchy> moved
                ? new CgroupCreation(files, moved, processes, uses: uses).CreateBelow(id, limits, announce, systemdIsThere: true)
                : CreateBelow(id, limits, announce, systemdIsThere: false);
        }
    }

    /// <summary>
    /// Whether a scope may help: a chosen cgroup is where it is, what is mounted as version 1 is not systemd's to give, and a session
    /// within a session stays there, as its limits are for all that is started in it.
    /// </summary>
    private bool CouldBeInScope(CgroupSpec limits) =>
        _unified is not null
        && chosen.Length == 0
        && !limits.IsEmpty
        && CgroupController.Of(limits).All(c => InVersion1(CgroupController.Version1(c)) is null)
        && !_unified.Own.Split('/').Any(IsSession);

    private SessionCgroup? CreateBelow(string id, CgroupSpec limits, Action<string> announce, bool systemdIsThere)
    {
        string name = CgroupScopes.Prefix + id;
        string[] needed = [.. CgroupController.Of(limits)];
        string[] fromVersion1 = [.. needed.Where(c => InVersion1(CgroupController.Version1(c)) is not null)];
        string[] fromVersion2 = [.. needed.Except(fromVersion1)];

        var made = new List<string>();
        if (_unified is not null && chosen.Length > 0)
        {
            MakeChosenUnified(_unified, fromVersion2, made, announce);
        }
        else if (_unified is not null)
        {
            MakeUnified(_unified, name, fromVersion2, made, announce, systemdIsThere);
        }
        else if (fromVersion2.Length > 0)
        {
            throw new CgroupException(LaunchStep.CgroupController, ENOENT, fromVersion2[0]);
        }

        // What version 2 does for every cgroup takes a controller each here.
        string[] instead = made.Count == 0 ? ["freezer", "cpuacct"] : [];
        foreach (string controller in s_version1.Concat(instead).Union(fromVersion1.Select(CgroupController.Version1)))
        {
            if (InVersion1(controller) is CgroupHierarchy hierarchy)
            {
                MakeVersion1(
                    hierarchy,
                    name,
                    controller,
                    required: fromVersion1.Any(c => CgroupController.Version1(c) == controller),
                    made,
                    announce);
            }
        }

        if (uses.HasFlag(CgroupUses.Shown))
        {
            // In each hierarchy that the session is to see, it sees its own.
            foreach (CgroupHierarchy hierarchy in hierarchies.Where(h => h.Version == 1))
            {
                MakeVersion1(hierarchy, name, hierarchy.Controllers[0], required: false, made, announce, optional: true);
            }
        }

        if (made.Count == 0)
        {
            return null;
        }

        var cgroup = new SessionCgroup(files, made);
        cgroup.SetLimits(limits);
        if (uses.HasFlag(CgroupUses.Mountable))
        {
            MakeInner(made);
        }

        return cgroup;
    }

    /// <summary>A cgroup in each, for the processes: the limits stand above what the session can mount, whoever owns their files.</summary>
    private void MakeInner(IEnumerable<string> directories)
    {
        foreach (string path in directories.Select(d => Path.Combine(d, SessionCgroup.Inner)))
        {
            int error = files.MakeDirectory(path);
            if (error != 0 && error != EEXIST)
            {
                throw new CgroupException(LaunchStep.CgroupCreate, error, "", path);
            }

            FillCpuset(path);
        }
    }

    private CgroupHierarchy? InVersion1(string controller) =>
        hierarchies.FirstOrDefault(h => h.Version == 1 && h.Controllers.Contains(controller));

    private void MakeVersion1(
        CgroupHierarchy hierarchy,
        string name,
        string controller,
        bool required,
        List<string> made,
        Action<string> announce,
        bool optional = false)
    {
        string path = chosen.Length > 0 ? hierarchy.MountPoint + chosen : Path.Combine(hierarchy.Own, name);
        if (made.Contains(path))
        {
            // Mounted together with another one: cpu,cpuacct.
            return;
        }

        int error = Make(path, hierarchy.MountPoint, announce);
        if (error == 0)
        {
            made.Add(path);
        }
        else if (required || (chosen.Length > 0 && (!optional || error == EEXIST)))
        {
            throw new CgroupException(LaunchStep.CgroupCreate, error, controller, path);
        }
    }

    /// <summary>
    /// Makes the session's directory. One that was chosen may be there already, but without anybody in it; what is missing
    /// above it is made, too, and stays.
    /// </summary>
    /// <returns>The error; 0 for none.</returns>
    private int Make(string path, string mountPoint, Action<string> announce)
    {
        if (chosen.Length > 0)
        {
            foreach (string above in Ancestors(path, mountPoint))
            {
                int failed = files.MakeDirectory(above);
                if (failed == 0)
                {
                    FillCpuset(above);
                }
                else if (failed != EEXIST)
                {
                    return failed;
                }
            }

            if (Words(files.Read(Path.Combine(path, "cgroup.procs"))).Length > 0 || files.Children(path).Count > 0)
            {
                return EEXIST;
            }
        }

        announce(path);
        int error = files.MakeDirectory(path);
        FillCpuset(path);
        return error == EEXIST && chosen.Length > 0 ? 0 : error;
    }

    private void MakeChosenUnified(CgroupHierarchy unified, string[] needed, List<string> made, Action<string> announce)
    {
        string path = unified.MountPoint + chosen;
        foreach (string above in Ancestors(path, unified.MountPoint).Prepend(unified.MountPoint))
        {
            _ = above == unified.MountPoint ? 0 : files.MakeDirectory(above);
            (int Error, string Controller, string Path) failed = files.Read(Path.Combine(above, "cgroup.procs")) is null
                ? default
                : Enable(above, needed);
            if (failed.Error != 0)
            {
                throw new CgroupException(
                    failed.Error == ENOENT ? LaunchStep.CgroupController : LaunchStep.CgroupCreate,
                    failed.Error,
                    failed.Controller,
                    failed.Path);
            }
        }

        int error = Make(path, unified.MountPoint, announce);
        if (error != 0)
        {
            throw new CgroupException(LaunchStep.CgroupCreate, error, needed.FirstOrDefault() ?? "", path);
        }

        made.Add(path);
    }

    /// <summary>The directories between two, the highest first.</summary>
    private static IEnumerable<string> Ancestors(string path, string top)
    {
        for (int slash = path.IndexOf('/', top.Length + 1); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            yield return path[..slash];
        }
    }

    /// <summary>A new cpuset of version 1 has no processors and no memory, and takes no process so.</summary>
    private void FillCpuset(string path)
    {
        foreach (string name in (ReadOnlySpan<string>)["cpuset.cpus", "cpuset.mems"])
        {
            if (files.Read(Path.Combine(path, name))?.Trim().Length == 0
                && files.Read(Path.Combine(Path.GetDirectoryName(path)!, name)) is string above)
            {
                _ = files.Write(Path.Combine(path, name), above.Trim());
            }
        }
    }

    /// <summary>
    /// In version 2 a cgroup that hands controllers on to its children may have no processes itself (cgroups(7)), and the caller is in
    /// its own: so this goes up from there to the first where it may be done.
    /// </summary>
    private void MakeUnified(
        CgroupHierarchy unified,
        string name,
        string[] needed,
        List<string> made,
        Action<string> announce,
        bool systemdIsThere)
    {
        (int Error, string Controller, string Path)? obstacle = null;
        for (string at = unified.Own;
            at.Length >= unified.MountPoint.Length && !(systemdIsThere && IsSystemds(at));
            at = Path.GetDirectoryName(at)!)
        {
            (int Error, string Controller, string Path) failed = Enable(at, needed);
            if (failed.Error == EBUSY && LeaveForLeaf(at))
            {
                failed = Enable(at, needed);
            }

            if (failed.Error == 0)
            {
                // Those that no limit was given for now: it may be given later.
                foreach (string other in CgroupController.All.Except(needed))
                {
                    _ = needed.Length == 0 ? default : Enable(at, [other]);
                }

                string path = Path.Combine(at, name);
                announce(path);
                int error = files.MakeDirectory(path);
                if (error == 0)
                {
                    made.Add(path);
                    return;
                }

                failed = (error, needed.FirstOrDefault() ?? "", path);
            }

            // What is missing above is missing here; what is in the way here is what the user can do something about.
            obstacle = failed.Error == ENOENT || obstacle is null || obstacle.Value.Error == ENOENT ? failed : obstacle;
            if (needed.Length == 0 || IsSession(Path.GetFileName(at)))
            {
                // Nor out of the cgroup of a session that the caller is in: its limits are for all that it starts.
                break;
            }
        }

        if (needed.Length > 0)
        {
            (int error, string controller, string path) = obstacle ?? (ENOENT, needed[0], unified.Own);
            throw new CgroupException(error == ENOENT ? LaunchStep.CgroupController : LaunchStep.CgroupCreate, error, controller, path);
        }
    }

    /// <summary>Has a cgroup hand controllers on to its children.</summary>
    /// <returns>The first failure; an error of 0 when there was none.</returns>
    private (int Error, string Controller, string Path) Enable(string path, IEnumerable<string> controllers)
    {
        string file = Path.Combine(path, "cgroup.subtree_control");
        string[] enabled = Words(files.Read(file));
        string[] available = Words(files.Read(Path.Combine(path, "cgroup.controllers")));
        foreach (string controller in controllers.Except(enabled))
        {
            int error = !available.Contains(controller) ? ENOENT
                : HasProcesses(path) ? (files.Access(file) is int denied and not 0 ? denied : EBUSY)
                : files.Write(file, "+" + controller);
            if (error != 0)
            {
                return (error, controller, error == ENOENT ? path : file);
            }
        }

        return default;
    }

    /// <summary>
    /// Whether its processes are in the way. The kernel itself lets such a cgroup hand on controllers that can tell threads apart (cpu,
    /// pids), but no process gets into the cgroups below it then. The one at the top is free of that rule.
    /// </summary>
    private bool HasProcesses(string path) =>
        files.Read(Path.Combine(path, "cgroup.type")) is not null && Words(files.Read(Path.Combine(path, "cgroup.procs"))).Length > 0;

    /// <summary>
    /// Where the caller's processes are alone in their cgroup (a scope that systemd made for them), they move down into one of their own.
    /// </summary>
    private bool LeaveForLeaf(string path)
    {
        string[] there = Words(files.Read(Path.Combine(path, "cgroup.procs")));
        if (Path.GetFileName(path) == Leaf || there.Except(processes.Select(p => p.ToString(CultureInfo.InvariantCulture))).Any())
        {
            return false;
        }

        string leaf = Path.Combine(path, Leaf);
        int error = files.MakeDirectory(leaf);
        return (error == 0 || error == EEXIST)
            && there.All(p => files.Write(Path.Combine(leaf, "cgroup.procs"), p) is var failed && (failed == 0 || failed == ESRCH));
    }

    /// <summary>
    /// Whether systemd itself divides a cgroup among its units: it may take controllers away there that none of them needs.
    /// </summary>
    private static bool IsSystemds(string path) =>
        path.EndsWith(".slice", StringComparison.Ordinal)
        || (Path.GetFileName(path).StartsWith("user@", StringComparison.Ordinal) && path.EndsWith(".service", StringComparison.Ordinal));

    /// <summary>Whether a directory is a session's; a scope only holds one.</summary>
    private static bool IsSession(string name) =>
        name.StartsWith(CgroupScopes.Prefix, StringComparison.Ordinal) && !name.EndsWith(".scope", StringComparison.Ordinal);

    private static string[] Words(string? text) => text?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.Cgroups;
using NsModule.Failures;
using NsModule.Specs;

namespace NsModule.Host;

/// <summary>Judges which limits a session of this user's can have, by asking what makes a session's cgroup what it would do.</summary>
internal static class CgroupCapabilities
{
    /// <summary>Nobody's: the caller is never the only one in its cgroup, as its shell is there, too.</summary>
    private const int Supervisor = 0;

    /// <summary>A limit for each controller, such as most sessions have.</summary>
    private static readonly (string Name, string Controller, CgroupSpec Limits)[] s_usual =
    [
        ("CgroupMemory", CgroupController.Memory, new() { Memory = 1 << 30 }),
        ("CgroupCpu", CgroupController.Cpu, new() { Cpus = 1 }),
        ("CgroupPids", CgroupController.Pids, new() { Processes = 1000 }),
        ("CgroupIO", CgroupController.IO, new() { IOWeight = 100 }),
    ];

    /// <summary>An answer for each controller, and one for delegation.</summary>
    public static IEnumerable<NsHostCapability> Judge(HostFacts facts) =>
        [.. s_usual.Select(u => Controller(facts, u.Name, u.Controller, u.Limits)), Delegation(facts)];

    private static NsHostCapability Controller(HostFacts facts, string name, string controller, CgroupSpec limits)
    {
        try
        {
            var files = new CgroupInspection(facts.CgroupFiles, facts.Hierarchies);
            CgroupScopes? scopes = facts.UserManagerCgroup is null
                ? null
                : new InspectedScopes(files, facts.Hierarchies, facts.UserManagerCgroup);
            SessionCgroup cgroup = new CgroupCreation(files, facts.Hierarchies, [Supervisor], scopes).Create("ID", limits, _ => { })!;
            cgroup.Enter(Supervisor);
            string directory = cgroup.Directories.First(d => IsFor(controller, d, facts, cgroup.Unified));
            return new NsHostCapability(
                name,
                true,
                $"{CgroupController.Parameter(controller)} makes a cgroup (version {(directory == cgroup.Unified ? 2 : 1)}) in"
                    + $" {Path.GetDirectoryName(directory)}.");
        }
        catch (CgroupException e)
        {
            CgroupObstacle obstacle = CgroupErrors.Find(e.Failure, facts.UserId == 0);
            return new NsHostCapability(name, false, obstacle.Cause, obstacle.Remedy.Length > 0 ? obstacle.Remedy : null);
        }
    }

    /// <summary>Whether a cgroup's directory is the one where the controller is.</summary>
    private static bool IsFor(string controller, string directory, HostFacts facts, string? unified) =>
        facts.Hierarchies.FirstOrDefault(
            h => h.Version == 1 && h.Controllers.Contains(CgroupController.Version1(controller))) is CgroupHierarchy hierarchy
            ? Path.GetDirectoryName(directory) == hierarchy.Own
            : directory == unified;

    /// <summary>Whether an ordinary user has cgroups to make others in.</summary>
    private static NsHostCapability Delegation(HostFacts facts)
    {
        const string Name = "CgroupDelegation";
        if (facts.UserId == 0)
        {
            return new NsHostCapability(Name, true, "Root makes cgroups wherever they can be written.");
        }

        if (facts.UserManagerCgroup is string manager && facts.Hierarchies.FirstOrDefault(h => h.Version == 2) is CgroupHierarchy unified)
        {
            string controllers = facts.CgroupFiles.Read(unified.MountPoint + manager + "/cgroup.controllers")?.Trim() ?? "";
            return new NsHostCapability(
                Name,
                true,
                $"{facts.UserName}'s own systemd makes a scope for each session that has limits, with the controllers"
                    + $" {(controllers.Length > 0 ? controllers : "that it has itself (none)")}.");
        }

        string[] delegated = [.. facts.Hierarchies.Select(h => Writable(facts.CgroupFiles, h)).OfType<string>().Distinct()];
        return delegated.Length > 0
            ? new NsHostCapability(Name, true, $"{facts.UserName} may make cgroups in {string.Join(", ", delegated)}.")
            : new NsHostCapability(
                Name,
                false,
                $"{facts.UserName} may not make cgroups, neither in the present one nor above it.",
                CgroupErrors.Delegation);
    }

    /// <summary>The directory that a new cgroup could go to; version 1 has no other than the user's own.</summary>
    private static string? Writable(CgroupFiles files, CgroupHierarchy hierarchy)
    {
        for (string at = hierarchy.Own; at.Length >= hierarchy.MountPoint.Length; at = Path.GetDirectoryName(at)!)
        {
            if (files.Access(at) == 0)
            {
                return at;
            }

            if (hierarchy.Version == 1)
            {
                break;
            }
        }

        return null;
    }
}

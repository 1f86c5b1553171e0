using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace NsModule.Cgroups;

/// <summary>The scopes that systemd would make, for <see cref="CgroupInspection"/>.</summary>
/// <param name="files">Where they would be.</param>
/// <param name="hierarchies">Where the caller is now.</param>
/// <param name="controlGroup">The cgroup that all units of the user's systemd are below, as it says; null where it does not run.</param>
internal sealed class InspectedScopes(
    CgroupInspection files,
    IReadOnlyList<CgroupHierarchy> hierarchies,
    string? controlGroup) : CgroupScopes
{
    public override IReadOnlyList<CgroupHierarchy>? Move(string id, IReadOnlyCollection<int> processes)
    {
        if (controlGroup is null)
        {
            return null;
        }

        // A scope with Delegate= gets all the controllers that the manager has.
        CgroupHierarchy unified = hierarchies.First(h => h.Version == 2);
        string manager = unified.MountPoint + controlGroup;
        string scope = $"{manager}/app.slice/{Prefix}{id}.scope";
        files.Imagine(scope, files.Read(manager + "/cgroup.controllers") ?? "", string.Concat(processes.Select(p => $"{p}\n")));
        return [.. hierarchies.Select(h => h == unified ? h with { Own = scope } : h)];
    }
}

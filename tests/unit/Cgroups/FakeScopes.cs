using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.Cgroups;

namespace NsModule.UnitTests.Cgroups;

/// <summary>A user's systemd that makes scopes on a hierarchy in memory.</summary>
/// <param name="files">The hierarchy.</param>
/// <param name="controlGroup">The cgroup that it has.</param>
internal sealed class FakeScopes(FakeCgroups files, string controlGroup) : CgroupScopes
{
    public string ControlGroup => controlGroup;

    /// <summary>The directory of the cgroup that it has.</summary>
    public string Manager => files.Root + controlGroup;

    public bool IsThere { get; set; } = true;

    /// <summary>What was asked of it: session, and processes.</summary>
    public List<(string Id, string Processes)> Moved { get; } = [];

    public override IReadOnlyList<CgroupHierarchy>? Move(string id, IReadOnlyCollection<int> processes)
    {
        if (!IsThere)
        {
            return null;
        }

        Moved.Add((id, string.Join(' ', processes)));
        string scope = files.Add(
            Path.Combine(Manager, "app.slice", $"{Prefix}{id}.scope"),
            files.Files[Manager + "/cgroup.controllers"],
            processes: string.Concat(processes.Select(p => $"{p}\n")));
        return [new CgroupHierarchy(2, [], files.Root, scope)];
    }
}

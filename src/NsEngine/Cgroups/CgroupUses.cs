using System;

namespace NsModule.Cgroups;

/// <summary>What a session has of its cgroup, besides limits.</summary>
[Flags]
internal enum CgroupUses
{
    None = 0,

    /// <summary>It sees it, in every hierarchy that is mounted: a bundle's mount of type cgroup.</summary>
    Shown = 1,

    /// <summary>
    /// It may mount the hierarchies itself, as root of a user namespace, from the cgroup on that its processes are in; and an ordinary
    /// user's cgroups are its own to write.
    /// </summary>
    Mountable = 2,
}

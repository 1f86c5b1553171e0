using System.Collections.Generic;

namespace NsModule.Agent.Mounts;

/// <summary>The host's files, for what mounts are made from.</summary>
internal interface IMountSources
{
    /// <summary>
    /// A copy of the mount at a path (open_tree(2)), for init to use; null where only init, with the rights it
    /// has in the session, can make one.
    /// </summary>
    int? Clone(string path, bool recursive);

    /// <summary>The control groups as the host has them mounted.</summary>
    IReadOnlyList<CgroupMount> Cgroups();

    /// <summary>The type and permissions of the file at a path (the st_mode of stat(2)).</summary>
    uint ModeOf(string path);
}

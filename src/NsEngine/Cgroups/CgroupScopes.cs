using System.Collections.Generic;

namespace NsModule.Cgroups;

/// <summary>
/// Where systemd looks after an ordinary user's cgroups (version 2), a session's goes into a scope of its own that systemd is asked for.
/// </summary>
internal abstract class CgroupScopes
{
    /// <summary>What the directories and units of sessions are called, with the session's id behind it.</summary>
    public const string Prefix = "nsmodule-";

    /// <summary>Makes a scope, and moves processes into it.</summary>
    /// <param name="id">The session's id.</param>
    /// <param name="processes">The processes; the caller's first.</param>
    /// <returns>Where the caller is then; null where there is no systemd after all.</returns>
    /// <exception cref="CgroupException">None could be made.</exception>
    public abstract IReadOnlyList<CgroupHierarchy>? Move(string id, IReadOnlyCollection<int> processes);
}

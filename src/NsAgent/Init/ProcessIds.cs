using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Init;

/// <summary>The ids of a process of the session, as its user namespace has them.</summary>
/// <param name="Uid">The user's.</param>
/// <param name="Gid">The group's.</param>
internal readonly record struct ProcessIds(uint Uid, uint Gid)
{
    /// <summary>Those that init takes on; null where it stays who it is, without a user namespace of its own.</summary>
    public static ProcessIds? OfInit(LaunchSpec spec) =>
        spec.UidMap.Count == 0 ? null : new ProcessIds(Inside(spec.UidMap, geteuid()), Inside(spec.GidMap, getegid()));

    /// <summary>Those that the command takes on; null where it stays whom init is.</summary>
    /// <param name="spec">The launch, with its user resolved: numbers.</param>
    public static ProcessIds? OfCommand(LaunchSpec spec)
    {
        uint[] ids = [.. spec.Identity.User.Split(':').Where(n => n.Length > 0).Select(n => uint.Parse(n, CultureInfo.InvariantCulture))];
        return ids is [uint uid, uint gid] ? new ProcessIds(uid, gid) : null;
    }

    /// <summary>Whom a session begins as in its user namespace: root where it is mapped, else ourselves, else the map's first id.</summary>
    public static uint Inside(IReadOnlyList<NsIdMap> map, uint outside) =>
        map.Count == 0 || NsIdMap.ToOutside(map, 0) is not null ? 0 : NsIdMap.ToInside(map, outside) ?? map[0].Inside;
}

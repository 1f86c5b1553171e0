using System.Collections.Generic;

namespace NsModule.Agent.Mounts;

/// <summary>A mount whose ids are to be others than those of its files (mount_setattr(2), MOUNT_ATTR_IDMAP).</summary>
/// <param name="Slot">Where it is.</param>
/// <param name="Path">What it is a mount of.</param>
/// <param name="Recursive">And of those below it.</param>
/// <param name="UidMap">Ids of the files and those that they get; empty for the session's own maps.</param>
/// <param name="GidMap">The same for groups.</param>
/// <param name="IsRoot">It is the session's root, or holds its changes.</param>
internal sealed record IdMapping(
    int Slot,
    string Path,
    bool Recursive,
    IReadOnlyList<NsIdMap> UidMap,
    IReadOnlyList<NsIdMap> GidMap,
    bool IsRoot = false);

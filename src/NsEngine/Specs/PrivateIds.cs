using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace NsModule.Specs;

/// <summary>Ids that nobody on the host has, for a session of root's in a root of its own: the host's root is nobody in it.</summary>
internal static class PrivateIds
{
    /// <summary>How many a session gets, as containers usually do.</summary>
    public const uint Count = 1 << 16;

    /// <summary>
    /// The ids that systemd sets apart for containers (UIDS-GIDS of systemd): from 0x00080000 to before 0x6fff0000 plus one range.
    /// </summary>
    private const uint First = 0x00080000;
    private const uint Last = 0x6fff0000;

    /// <summary>
    /// The maps for a session: root's own sub-ids where both files have some, else a range that follows from the session's id.
    /// </summary>
    /// <param name="sessionId">The session: 12 hex digits.</param>
    /// <param name="subIds">The host's sub-ids, for root.</param>
    public static (IReadOnlyList<NsIdMap> Uids, IReadOnlyList<NsIdMap> Gids) For(string sessionId, SubIds subIds)
    {
        if (subIds.HasAny)
        {
            return subIds.Auto(0);
        }

        const uint Ranges = ((Last - First) / Count) + 1;
        uint start = uint.Parse(sessionId.AsSpan(0, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture) % Ranges;

        // Never what a user of the host may map, who would be the owner of the session's processes then.
        IReadOnlyList<(uint Start, uint Count)> taken = subIds.OfAnybody();
        uint first = Enumerable.Range(0, (int)Ranges)
            .Select(i => First + (uint)((start + i) % Ranges * Count))
            .First(f => !taken.Any(t => t.Start < (ulong)f + Count && f < (ulong)t.Start + t.Count));
        IReadOnlyList<NsIdMap> map = [new NsIdMap(0, first, Count)];
        return (map, map);
    }
}

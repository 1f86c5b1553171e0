using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using NsModule.Native;

namespace NsModule.Specs;

/// <summary>The ids of others that a user may map into its user namespaces: /etc/subuid and /etc/subgid (subuid(5)).</summary>
/// <param name="UserName">The user's name; empty where it has none.</param>
/// <param name="Uid">The user's id, by which a line may go as well.</param>
/// <param name="SubUid">The text of /etc/subuid; null where something else than files says it (nsswitch.conf(5)).</param>
/// <param name="SubGid">The text of /etc/subgid, likewise.</param>
internal sealed record SubIds(string UserName, uint Uid, string? SubUid, string? SubGid)
{
    private const int MaxFile = 16 << 20;

    /// <summary>Those of this machine, for the user this process runs as.</summary>
    public static SubIds OfHost(uint uid)
    {
        bool files = !ReadFile("/etc/nsswitch.conf")
            .Split('\n')
            .Any(l => l.StartsWith("subid:", StringComparison.Ordinal) && l[6..].Trim() is not ("" or "files"));
        return new SubIds(Environment.UserName, uid, files ? ReadFile("/etc/subuid") : null, files ? ReadFile("/etc/subgid") : null);
    }

    /// <summary>
    /// The maps of -SubId Auto: all sub-ids in a row. An ordinary user is root inside; the host's root is nobody it knows, so that
    /// root inside is not root outside.
    /// </summary>
    /// <exception cref="NsException">There are none.</exception>
    public (IReadOnlyList<NsIdMap> Uids, IReadOnlyList<NsIdMap> Gids) Auto(uint gid) =>
        (Auto("/etc/subuid", SubUid, Uid), Auto("/etc/subgid", SubGid, gid));

    /// <summary>Refuses a map with ids that the user may not map.</summary>
    /// <exception cref="NsException">Which range, and how to allow it.</exception>
    public void RequireAllowed(string parameter, IReadOnlyList<NsIdMap> map, uint own, bool groups)
    {
        if ((groups ? SubGid : SubUid) is not string text)
        {
            return;
        }

        (ulong Start, ulong End)[] allowed = [.. Merge(Ranges(text).Append((own, 1u)))];
        foreach (NsIdMap line in map.Where(l => !allowed.Any(r => r.Start <= l.Outside && (ulong)l.Outside + l.Count <= r.End)))
        {
            string file = groups ? "/etc/subgid" : "/etc/subuid";
            throw new NsException(
                NsErrorId.IdMapNotPermitted,
                NsErrorKind.Permission,
                line,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{parameter} {line}: {file} does not give the ids {line.Outside} to {(ulong)line.Outside + line.Count - 1} to {Name}."
                        + $" An ordinary user may map its own id, and sub-ids. An administrator can give some: usermod"
                        + $" {(groups ? "--add-subgids" : "--add-subuids")} {line.Outside}-{(ulong)line.Outside + line.Count - 1} {Name}"));
        }
    }

    /// <summary>Whether the user has some of both kinds.</summary>
    public bool HasAny => Ranges(SubUid ?? "").Any() && Ranges(SubGid ?? "").Any();

    /// <summary>The ranges that any user has.</summary>
    public IReadOnlyList<(uint Start, uint Count)> OfAnybody() => [.. Ranges(SubUid ?? "", _ => true), .. Ranges(SubGid ?? "", _ => true)];

    private string Name => UserName.Length > 0 ? UserName : Uid.ToString(CultureInfo.InvariantCulture);

    private List<NsIdMap> Auto(string file, string? text, uint own)
    {
        var map = new List<NsIdMap>();
        ulong next = 0;
        if (Uid != 0)
        {
            map.Add(new NsIdMap(0, own, 1));
            next = 1;
        }

        foreach ((uint start, uint count) in Ranges(text ?? ""))
        {
            uint fits = (uint)Math.Min(count, uint.MaxValue - next);
            if (fits > 0 && map.Count < NsIdMap.MaxLines)
            {
                map.Add(new NsIdMap((uint)next, start, fits));
                next += fits;
            }
        }

        return map.Count > (Uid == 0 ? 0 : 1)
            ? map
            : throw new NsException(
                NsErrorId.SubIdNotFound,
                NsErrorKind.NotFound,
                file,
                $"{file} has no sub-ids for {Name}, so -SubId Auto has nothing to map. An administrator can give some: usermod"
                    + $" --add-subuids 100000-165535 --add-subgids 100000-165535 {Name}");
    }

    /// <summary>The well-formed lines for this user, in order.</summary>
    private IEnumerable<(uint Start, uint Count)> Ranges(string text) =>
        Ranges(text, name => (UserName.Length > 0 && name == UserName) || name == Uid.ToString(CultureInfo.InvariantCulture));

    private static IEnumerable<(uint Start, uint Count)> Ranges(string text, Func<string, bool> isWanted)
    {
        foreach (string[] fields in text.Split('\n').Select(l => l.Trim().Split(':')))
        {
            if (fields.Length == 3
                && isWanted(fields[0])
                && Specs.UserName.TryParseId(fields[1], out uint start)
                && Specs.UserName.TryParseId(fields[2], out uint count)
                && count > 0
                && (ulong)start + count <= uint.MaxValue)
            {
                yield return (start, count);
            }
        }
    }

    /// <summary>Ranges that touch, as one.</summary>
    private static IEnumerable<(ulong Start, ulong End)> Merge(IEnumerable<(uint Start, uint Count)> ranges)
    {
        (ulong Start, ulong End)? open = null;
        foreach ((uint start, uint count) in ranges.OrderBy(r => r.Start))
        {
            if (open is { } o && start <= o.End)
            {
                open = (o.Start, Math.Max(o.End, (ulong)start + count));
                continue;
            }

            if (open is { } done)
            {
                yield return done;
            }

            open = (start, (ulong)start + count);
        }

        if (open is { } last)
        {
            yield return last;
        }
    }

    private static string ReadFile(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(RegularFile.Read(path, MaxFile));
        }
        catch (NativeException)
        {
            return "";
        }
    }
}

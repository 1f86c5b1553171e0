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

    private const string SubUidFile = "/etc/subuid";
    private const string SubGidFile = "/etc/subgid";

    /// <summary>Those of this machine, for the user this process runs as.</summary>
    public static SubIds OfHost(uint uid) => Read(Environment.UserName, uid, ReadFile);

    /// <summary>
    /// Those of a user, by the files that <paramref name="readFile"/> reads; null or "" stands for one that cannot be read.
    /// </summary>
    public static SubIds Read(string userName, uint uid, Func<string, string?> readFile)
    {
        const string Database = "subid:";
        bool inFiles = (readFile("/etc/nsswitch.conf") ?? "").Split('\n')
            .Where(l => l.StartsWith(Database, StringComparison.Ordinal))
            .All(l => l[Database.Length..].Trim() is "" or "files");
        return inFiles
            ? new SubIds(userName, uid, readFile(SubUidFile) ?? "", readFile(SubGidFile) ?? "")
            : new SubIds(userName, uid, null, null);
    }

    /// <summary>
    /// The maps of -SubId Auto: all sub-ids in a row. An ordinary user is root inside; the host's root is nobody it knows, so that root
    /// inside is not root outside.
    /// </summary>
    /// <exception cref="NsException">There are none.</exception>
    public (IReadOnlyList<NsIdMap> Uids, IReadOnlyList<NsIdMap> Gids) Auto(uint gid) =>
        (Auto(SubUidFile, SubUid, Uid), Auto(SubGidFile, SubGid, gid));

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
            (string file, string option) = groups ? (SubGidFile, "--add-subgids") : (SubUidFile, "--add-subuids");
            ulong last = (ulong)line.Outside + line.Count - 1;
            throw new NsException(
                NsErrorId.IdMapNotPermitted,
                NsErrorKind.Permission,
                line,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{parameter} {line}: {file} does not give the ids {line.Outside} to {last} to {Name}. An ordinary user may map its own"
                        + $" id, and sub-ids. An administrator can give some: usermod {option} {line.Outside}-{last} {Name}"));
        }
    }

    /// <summary>Whether the user has some of both kinds.</summary>
    public bool HasAny => Ranges(SubUid ?? "").Any() && Ranges(SubGid ?? "").Any();

    /// <summary>The file in which the user has no range; null where there is none, or where files do not say it.</summary>
    public string? FileWithout =>
        SubUid is not null && !Ranges(SubUid).Any() ? SubUidFile
        : SubGid is not null && !Ranges(SubGid).Any() ? SubGidFile
        : null;

    /// <summary>What gives a user sub-ids.</summary>
    public string Remedy => $"An administrator can give some: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {Name}";

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
                $"{file} has no sub-ids for {Name}, so -SubId Auto has nothing to map. {Remedy}");
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

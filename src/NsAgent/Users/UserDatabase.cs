using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Users;

/// <summary>The users and groups of a root directory: its /etc/passwd (passwd(5)) and /etc/group (group(5)).</summary>
/// <remarks>
/// Whoever fills that root writes these files, so nothing in them is trusted: a line that is not well-formed does not count.
/// </remarks>
internal sealed class UserDatabase
{
    private const int MaxFile = 16 << 20;
    private const int MaxFields = 7;

    private readonly string _passwd;
    private readonly string _group;

    /// <param name="passwd">The text of /etc/passwd.</param>
    /// <param name="group">The text of /etc/group.</param>
    public UserDatabase(string passwd, string group)
    {
        _passwd = passwd;
        _group = group;
    }

    /// <summary>One line of passwd(5).</summary>
    public readonly record struct User(string Name, uint Uid, uint Gid, string Home, string Shell);

    /// <summary>
    /// Reads the files of a root directory, or of the layers of an overlay, the uppermost first; one that is missing is empty.
    /// </summary>
    /// <exception cref="LaunchException">One cannot be read.</exception>
    public static UserDatabase Read(params ReadOnlySpan<int> layers) =>
        new(ReadFile(layers, "etc/passwd", LaunchStep.User), ReadFile(layers, "etc/group", LaunchStep.Group));

    /// <summary>A user that there is no entry for.</summary>
    public static User Nobody(uint uid) => new("", uid, 0, "", "");

    /// <summary>The user with a number. Nobody needs an entry to be a number.</summary>
    public User Find(uint uid) => Users().Where(u => u.Uid == uid).DefaultIfEmpty(Nobody(uid)).First();

    /// <summary>
    /// What a user as written stands for: the ids by number, with the groups that the user is in, and the variables that go with it.
    /// </summary>
    /// <exception cref="LaunchException">There is no such user or group.</exception>
    public (IdentitySpec Identity, User User) Resolve(IdentitySpec identity)
    {
        var (name, group) = UserName.Parse("-User", identity.User);
        User user;
        if (UserName.TryParseId(name, out uint uid))
        {
            // The group of one without an entry is 0, as everywhere in this trade.
            user = Find(uid);
        }
        else
        {
            user = Users().Where(u => u.Name == name).Select(u => (User?)u).FirstOrDefault()
                ?? throw new LaunchException(LaunchStep.User, ENOENT, name);
        }

        uint gid = group is null ? user.Gid : GroupId(group);
        IEnumerable<uint> own = group is null && user.Name.Length > 0
            ? Groups().Where(g => IsMember(g.Members, user.Name)).Select(g => g.Gid) : [];
        IEnumerable<uint> added = identity.SupplementaryGroups.Select(GroupId);
        return (
            identity with
            {
                User = string.Create(CultureInfo.InvariantCulture, $"{user.Uid}:{gid}"),
                SupplementaryGroups =
                [
                    .. own.Concat(added).Where(g => g != gid).Distinct().Select(g => g.ToString(CultureInfo.InvariantCulture)),
                ],
            },
            user with { Gid = gid });
    }

    /// <summary>The number of a group by name or number.</summary>
    /// <exception cref="LaunchException">There is none.</exception>
    public uint GroupId(string group) =>
        UserName.TryParseId(group, out uint gid) ? gid
        : Groups().Where(g => g.Name == group).Select(g => (uint?)g.Gid).FirstOrDefault()
            ?? throw new LaunchException(LaunchStep.Group, ENOENT, group);

    private IEnumerable<User> Users()
    {
        foreach (string[] fields in Lines(_passwd))
        {
            if (fields.Length == MaxFields && UserName.TryParseId(fields[2], out uint uid) && UserName.TryParseId(fields[3], out uint gid))
            {
                yield return new User(fields[0], uid, gid, fields[5], fields[6]);
            }
        }
    }

    private IEnumerable<(string Name, uint Gid, string Members)> Groups()
    {
        foreach (string[] fields in Lines(_group))
        {
            if (fields.Length == 4 && UserName.TryParseId(fields[2], out uint gid))
            {
                yield return (fields[0], gid, fields[3]);
            }
        }
    }

    /// <summary>The fields of each line, one line at a time: the text is as large as whoever wrote it liked.</summary>
    private static IEnumerable<string[]> Lines(string text)
    {
        for (int start = 0, end; start < text.Length; start = end + 1)
        {
            end = text.IndexOf('\n', start) is var next and >= 0 ? next : text.Length;
            if (Fields(text.AsSpan(start, end - start)) is { Length: > 0 } fields)
            {
                yield return fields;
            }
        }
    }

    /// <summary>The fields of a line; none of one without a name, or with more fields than any has.</summary>
    private static string[] Fields(ReadOnlySpan<char> line)
    {
        int count = line.Count(':') + 1;
        if (count > MaxFields || line.IsEmpty || line[0] == ':')
        {
            return [];
        }

        string[] fields = new string[count];
        int field = 0;
        foreach (Range range in line.Split(':'))
        {
            fields[field++] = line[range].ToString();
        }

        return fields;
    }

    private static bool IsMember(ReadOnlySpan<char> members, string name)
    {
        foreach (Range member in members.Split(','))
        {
            if (members[member].SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The file of the first layer that has one.</summary>
    private static string ReadFile(ReadOnlySpan<int> layers, string path, LaunchStep step)
    {
        foreach (int layer in layers)
        {
            if (ReadFile(layer, path, step) is string text)
            {
                return text;
            }
        }

        return "";
    }

    /// <summary>
    /// Opened inside the root whatever links lie on the way, never waiting for a FIFO, and only if it is a file; null where there is none.
    /// </summary>
    private static unsafe string? ReadFile(int root, string path, LaunchStep step)
    {
        int opened;
        Sys.open_how how = new() { flags = (ulong)(long)(O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), resolve = Sys.RESOLVE_IN_ROOT };
        fixed (byte* p = CString.From(path))
        {
            opened = Sys.openat2(root, p, &how);
        }

        if (opened < 0)
        {
            // ENXIO: the device of a whiteout, by which an overlay remembers that the file was removed.
            return errno == ENOENT || errno == ENOTDIR ? null : errno == ENXIO ? "" : throw new LaunchException(step, errno, "/" + path);
        }

        using var file = new FileDescriptor(opened);
        try
        {
            return Encoding.UTF8.GetString(RegularFile.Read(file, path, MaxFile));
        }
        catch (NativeException e)
        {
            throw new LaunchException(step, e.Errno, "/" + path);
        }
    }
}

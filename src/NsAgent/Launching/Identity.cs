using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.Agent.Init;
using NsModule.Agent.Joining;
using NsModule.Agent.Processes;
using NsModule.Agent.Users;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Launching;

/// <summary>Turns the user and groups of a launch, as written, into numbers that the session has.</summary>
internal static class Identity
{
    /// <summary>The launch with its user resolved inside the command's root, and the variables that go with that.</summary>
    /// <param name="spec">The launch.</param>
    /// <param name="target">The session that it joins; null for none.</param>
    /// <exception cref="LaunchException">There is no such user or group, or the session's maps do not have it.</exception>
    public static LaunchSpec Resolve(LaunchSpec spec, JoinTarget? target)
    {
        // In a root of its own the caller's home means nothing; in the host's it is there.
        string? root = target is JoinedSession joined ? joined.Record.RootPath : spec.FileSystem.HasRoot ? spec.FileSystem.RootPath : null;
        bool homeless = root is not null && (root != "/" || !spec.Environment.Any(v => v.StartsWith("HOME=", StringComparison.Ordinal)));
        string[] usual = homeless && spec.Identity.UserVariables.Contains("HOME") ? ["HOME"] : [];
        bool asked = spec.Identity.User.Length > 0;
        uint self = ProcessIds.Inside(spec.UidMap, geteuid());
        if (!asked && spec.Identity.SupplementaryGroups.Count == 0)
        {
            return usual.Length == 0
                ? spec
                : spec with { Environment = [.. WithVariables(spec.Environment, usual, FindUser(spec, target, self))] };
        }

        (IdentitySpec identity, UserDatabase.User user) = Users(spec, target).Resolve(asked
            ? spec.Identity
            : spec.Identity with
            {
                User = string.Create(CultureInfo.InvariantCulture, $"{self}:{ProcessIds.Inside(spec.GidMap, getegid())}"),
            });
        RequireMapped(spec.UidMap, user.Uid, spec.Identity.User, "user");
        RequireMapped(spec.GidMap, user.Gid, spec.Identity.User, "group");
        return spec with
        {
            Identity = identity with { SupplementaryGroups = [.. Settable(spec, identity)] },
            Environment = [.. WithVariables(spec.Environment, asked ? identity.UserVariables : usual, user)],
        };
    }

    /// <summary>Whom the files know by this number; nobody where they cannot be read, which is no reason not to begin.</summary>
    private static UserDatabase.User FindUser(LaunchSpec spec, JoinTarget? target, uint uid)
    {
        try
        {
            return Users(spec, target).Find(uid);
        }
        catch (LaunchException)
        {
            return UserDatabase.Nobody(uid);
        }
    }

    /// <summary>The users that the session knows.</summary>
    private static UserDatabase Users(LaunchSpec spec, JoinTarget? target)
    {
        if (target is JoinedSession joined)
        {
            return UserDatabase.Read(joined.Root.Value);
        }

        string upper = Path.Join(spec.FileSystem.OverlayPath, "upper");
        using FileDescriptor? changes = spec.FileSystem.OverlayPath.Length > 0 && Directory.Exists(upper)
            ? FileDescriptor.Open(upper, O_PATH | O_DIRECTORY)
            : null;
        using FileDescriptor root = FileDescriptor.Open(spec.FileSystem.HasRoot ? spec.FileSystem.RootPath : "/", O_PATH | O_DIRECTORY);
        return changes is null ? UserDatabase.Read(root.Value) : UserDatabase.Read(changes.Value, root.Value);
    }

    /// <summary>Of the groups those that the session can have. What the files say is a wish; what was asked for must be.</summary>
    private static IEnumerable<string> Settable(LaunchSpec spec, IdentitySpec resolved)
    {
        if (spec.DenySetgroups)
        {
            return spec.Identity.SupplementaryGroups.Count == 0
                ? []
                : throw new LaunchException(LaunchStep.IdNotMapped, EPERM, spec.Identity.SupplementaryGroups[0]);
        }

        string[] unmapped =
        [
            .. resolved.SupplementaryGroups.Where(g => !IsMapped(spec.GidMap, uint.Parse(g, CultureInfo.InvariantCulture))),
        ];
        string[] wanted = [.. unmapped.Intersect(spec.Identity.SupplementaryGroups)];
        return wanted.Length == 0
            ? resolved.SupplementaryGroups.Except(unmapped)
            : throw new LaunchException(LaunchStep.IdNotMapped, EINVAL, "group " + wanted[0]);
    }

    private static void RequireMapped(IReadOnlyList<NsIdMap> map, uint id, string written, string kind)
    {
        if (!IsMapped(map, id))
        {
            throw new LaunchException(
                LaunchStep.IdNotMapped,
                EINVAL,
                string.Create(CultureInfo.InvariantCulture, $"{kind} {id} ({written})"));
        }
    }

    private static bool IsMapped(IReadOnlyList<NsIdMap> map, uint id) => map.Count == 0 || NsIdMap.ToOutside(map, id) is not null;

    private static IEnumerable<string> WithVariables(IEnumerable<string> environment, IReadOnlyList<string> names, UserDatabase.User user)
    {
        Dictionary<string, string> values = names.ToDictionary(n => n, n => n switch
        {
            "HOME" => user.Home.StartsWith('/') ? user.Home : "/",
            "SHELL" => user.Shell.StartsWith('/') ? user.Shell : "/bin/sh",
            _ => user.Name.Length > 0 ? user.Name : user.Uid.ToString(CultureInfo.InvariantCulture),
        });
        return environment.Where(v => !values.ContainsKey(v.Split('=')[0])).Concat(values.Select(v => $"{v.Key}={v.Value}"));
    }
}

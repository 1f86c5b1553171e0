using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.Specs;
using NsModule.Text;
using static NsModule.Native.Sys;

namespace NsModule.Bundles;

/// <summary>The <c>mounts</c> of a bundle, which take the place of our own.</summary>
internal static class MountSection
{
    private const int MaxMounts = 1024;

    /// <summary>Options of mount(8): what they set, and what they take back.</summary>
    private static readonly Dictionary<string, (uint Set, uint Clear)> s_flags = new(StringComparer.Ordinal)
    {
        ["defaults"] = (0, 0),
        ["async"] = (0, 0),
        ["ro"] = (MOUNT_ATTR_RDONLY, 0),
        ["rw"] = (0, MOUNT_ATTR_RDONLY),
        ["nosuid"] = (MOUNT_ATTR_NOSUID, 0),
        ["suid"] = (0, MOUNT_ATTR_NOSUID),
        ["nodev"] = (MOUNT_ATTR_NODEV, 0),
        ["dev"] = (0, MOUNT_ATTR_NODEV),
        ["noexec"] = (MOUNT_ATTR_NOEXEC, 0),
        ["exec"] = (0, MOUNT_ATTR_NOEXEC),
        ["noatime"] = (MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME),
        ["atime"] = (0, MOUNT_ATTR__ATIME),
        ["relatime"] = (0, MOUNT_ATTR__ATIME),
        ["norelatime"] = (0, 0),
        ["strictatime"] = (MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME),
        ["nostrictatime"] = (0, MOUNT_ATTR__ATIME),
        ["nodiratime"] = (MOUNT_ATTR_NODIRATIME, 0),
        ["diratime"] = (0, MOUNT_ATTR_NODIRATIME),
        ["nosymfollow"] = (MOUNT_ATTR_NOSYMFOLLOW, 0),
        ["symfollow"] = (0, MOUNT_ATTR_NOSYMFOLLOW),
    };

    private static readonly Dictionary<string, (NsMountPropagation Kind, bool Recursive)> s_propagations = new(StringComparer.Ordinal)
    {
        ["private"] = (NsMountPropagation.Private, false),
        ["rprivate"] = (NsMountPropagation.Private, true),
        ["slave"] = (NsMountPropagation.Slave, false),
        ["rslave"] = (NsMountPropagation.Slave, true),
        ["shared"] = (NsMountPropagation.Shared, false),
        ["rshared"] = (NsMountPropagation.Shared, true),
        ["unbindable"] = (NsMountPropagation.Unbindable, false),
        ["runbindable"] = (NsMountPropagation.Unbindable, true),
    };

    /// <summary>The types, with the options that their file systems take.</summary>
    private static readonly Dictionary<string, (NsMountType Type, string[] Options)> s_types = new(StringComparer.Ordinal)
    {
        ["proc"] = (NsMountType.Proc, ["hidepid", "gid", "subset"]),
        ["sysfs"] = (NsMountType.Sysfs, []),
        ["tmpfs"] = (NsMountType.Tmpfs, ["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "huge", "mpol", "inode32", "inode64"]),
        ["devpts"] = (NsMountType.Devpts, ["newinstance", "ptmxmode", "mode", "uid", "gid", "max"]),
        ["mqueue"] = (NsMountType.Mqueue, []),
        ["cgroup"] = (NsMountType.Cgroup, []),
        ["cgroup2"] = (NsMountType.Cgroup, []),
    };

    public static LaunchOptions Read(string directory, ConfigObject config, LaunchOptions options)
    {
        DeviceSection.RefuseMakers(options);
        IReadOnlyList<NsMount> mounts = [.. config.Objects("mounts", MaxMounts).Select(m => ReadMount(directory, m, options))];
        if (options.FileSystem.KernelParameters.Count > 0 && !mounts.Any(m => m is { Type: NsMountType.Proc, Target: "/proc" }))
        {
            throw ConfigObject.Invalid("linux.sysctl", "takes a mount of type proc on /proc");
        }

        return options with
        {
            FileSystem = options.FileSystem with
            {
                Mounts = mounts,
                Devices = !mounts.Any(m => m is { Type: NsMountType.Bind, Target: "/dev" }),
            },
        };
    }

    private static NsMount ReadMount(string directory, ConfigObject item, LaunchOptions options)
    {
        string destination = item.NeededText("destination");
        string target = Path.GetFullPath(destination, "/");
        if (!destination.StartsWith('/') || target == "/")
        {
            // Relative ones are allowed by the specification's past only, and mean below the root.
            throw ConfigObject.Invalid(item.At("destination"), "is no absolute path below the root");
        }

        string typeName = item.Text("type") ?? "";
        string? source = item.Text("source");
        IReadOnlyList<string> given = item.Texts("options");
        bool bind = typeName == "bind" || given.Contains("bind") || given.Contains("rbind");
        (NsMountType type, string[] known) = bind ? (NsMountType.Bind, [])
            : s_types.TryGetValue(typeName, out (NsMountType, string[]) found) ? found
            : throw ConfigObject.NotSupported(
                item.At("type"),
                $"a mount of type '{PrintableText.Of(typeName)}' is not made; those that are: bind, {string.Join(", ", s_types.Keys)}");
        bool recurse = given.Contains("rbind") || (typeName == "bind" && !given.Contains("bind"));
        (uint plain, uint deep, uint taken) = (0, 0, 0);
        NsMountPropagation propagation = NsMountPropagation.Private;
        IReadOnlyList<NsIdMap> uids = LinuxSection.Map(item, "uidMappings");
        IReadOnlyList<NsIdMap> gids = LinuxSection.Map(item, "gidMappings");
        if ((uids.Count == 0) != (gids.Count == 0) || (uids.Count > 0 && !bind))
        {
            throw ConfigObject.Invalid(
                item.At(uids.Count > 0 ? "uidMappings" : "gidMappings"),
                "takes the other one, and a mount of type bind");
        }

        bool idMap = uids.Count > 0;
        bool idMapBelow = false;
        var further = new List<string>();
        int? mode = null;
        foreach ((int i, string option) in given.Select((o, i) => (i, o)))
        {
            string at = FormattableString.Invariant($"{item.At("options")}[{i}]");
            string name = option.Split('=')[0];
            if (option is "bind" or "rbind")
            {
                continue;
            }

            if (s_flags.TryGetValue(option, out (uint Set, uint Clear) flag))
            {
                plain = (plain & ~flag.Clear) | flag.Set;
                taken = (taken & ~flag.Set) | flag.Clear;
            }
            else if (option.StartsWith('r') && s_flags.TryGetValue(option[1..], out flag) && bind)
            {
                deep = (deep & ~flag.Clear) | flag.Set;
            }
            else if (s_propagations.TryGetValue(option, out (NsMountPropagation Kind, bool Recursive) wanted))
            {
                propagation = wanted.Recursive || !recurse || wanted.Kind is NsMountPropagation.Private or NsMountPropagation.Slave
                    ? wanted.Kind
                    : throw ConfigObject.NotSupported(at, $"with rbind, {option} is possible for all mounts only: r{option}");
            }
            else if (bind && option is ("idmap" or "ridmap") && (idMap || options.UidMap is not null))
            {
                idMap = true;
                idMapBelow |= option == "ridmap";
            }
            else if (type == NsMountType.Tmpfs && name == "mode"
                && OctalNumber.TryParse(option["mode".Length..].TrimStart('='), OctalNumber.MaxMode, out int bits))
            {
                mode = bits;
            }
            else if (known.Contains(name))
            {
                further.Add(option);
            }
            else
            {
                throw ConfigObject.NotSupported(
                    at,
                    $"the option '{PrintableText.Of(option)}' is unknown for a mount of type {(bind ? "bind" : typeName)}");
            }
        }

        if (type == NsMountType.Cgroup && (plain & MOUNT_ATTR_RDONLY) == 0 && options.Namespaces?.HasFlag(NsNamespaceKind.Cgroup) != true)
        {
            throw ConfigObject.NotSupported(
                item.At("options"),
                "without a cgroup namespace these are the host's control groups, which are mounted read-only: add 'ro', or a"
                    + " cgroup namespace");
        }

        if ((plain & ~deep) != 0 && deep != 0 && recurse)
        {
            throw ConfigObject.NotSupported(
                item.At("options"), "with rbind, options are either for the mount itself or (rro, rnosuid, ...) for all below it, too");
        }

        bool fresh = type == NsMountType.Tmpfs;
        uint flags = plain | deep;
        return new NsMount
        {
            Target = target,
            Type = type,
            Source = !bind ? null
                : source is { Length: > 0 } ? Path.GetFullPath(source, directory)
                : throw ConfigObject.Invalid(item.At("source"), "is missing"),
            ReadOnly = (flags & MOUNT_ATTR_RDONLY) != 0,
            NoSuid = Choice(MOUNT_ATTR_NOSUID),
            NoDev = Choice(MOUNT_ATTR_NODEV),
            NoExec = Choice(MOUNT_ATTR_NOEXEC),
            Attributes = flags & ~(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC),
            Recurse = recurse,
            Shallow = recurse && deep == 0,
            Mode = mode,
            Propagation = propagation,
            IdMap = idMap,
            UidMap = uids,
            GidMap = gids,
            IdMapShallow = idMap && recurse && !idMapBelow,
            Options = further,
        };

        // The kernel's own file systems keep what is usual for them; a tmpfs is as it says.
        bool? Choice(uint flag) => (flags & flag) != 0 ? true : fresh || (taken & flag) != 0 ? false : null;
    }
}

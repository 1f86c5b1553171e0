using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Native;
using NsModule.Specs;
using NsModule.Text;

namespace NsModule.Bundles;

/// <summary>The <c>linux</c> of a bundle, but for what is about files.</summary>
internal static class LinuxSection
{
    /// <summary>Masked paths, or read-only ones: each is a mount.</summary>
    private const int MaxCovered = 1024;

    /// <summary>Each level is a directory in every hierarchy.</summary>
    private const int MaxCgroupDepth = 64;

    private static readonly Dictionary<string, NsNamespaceKind> s_kinds = new(StringComparer.Ordinal)
    {
        ["pid"] = NsNamespaceKind.Pid,
        ["network"] = NsNamespaceKind.Net,
        ["mount"] = NsNamespaceKind.Mount,
        ["ipc"] = NsNamespaceKind.Ipc,
        ["uts"] = NsNamespaceKind.Uts,
        ["user"] = NsNamespaceKind.User,
        ["cgroup"] = NsNamespaceKind.Cgroup,
        ["time"] = NsNamespaceKind.Time,
    };

    public static LaunchOptions Read(ConfigObject linux, uint uid, LaunchOptions options)
    {
        linux.Unsupported("cache and bandwidth allocation (resctrl) is not set", "intelRdt");
        linux.Unsupported("the execution domain is not changed", "personality");
        linux.Unsupported("no label of SELinux is set", "mountLabel");
        linux.Unsupported("network devices are not moved", "netDevices");
        linux.Unsupported("the memory policy of NUMA is not set", "memoryPolicy");
        (NsNamespaceKind namespaces, IReadOnlyList<NamespaceReference> shared) = Namespaces(linux, options.Administers(uid));
        if (shared.Any(n => n.Kind == NsNamespaceKind.Uts) && (options.Hostname ?? options.DomainName) is not null)
        {
            throw ConfigObject.Invalid(
                options.Hostname is null ? "domainname" : "hostname",
                "would change a uts namespace that exists. Leave it out");
        }

        bool user = namespaces.HasFlag(NsNamespaceKind.User);
        IReadOnlyList<NsIdMap> uids = Map(linux, "uidMappings", user);
        IReadOnlyList<NsIdMap> gids = Map(linux, "gidMappings", user);
        DeviceSection.Read(linux);
        options = options with
        {
            Namespaces = namespaces,
            SharedNamespaces = shared,
            UidMap = user ? uids : null,
            GidMap = user ? gids : null,
            TimeOffsets = TimeOffsets(linux, namespaces),
            CgroupPath = CgroupPath(linux),
            FileSystem = options.FileSystem with
            {
                MaskedPaths = linux.Texts("maskedPaths", MaxCovered),
                ReadOnlyPaths = linux.Texts("readonlyPaths", MaxCovered),
                RootPropagation = Propagation(linux),
                KernelParameters = SysctlSection.Read(linux, namespaces),
            },
        };
        return ResourceSection.Read(linux.Object("resources"), options);
    }

    /// <summary>Those to make, and those that exist.</summary>
    private static (NsNamespaceKind New, IReadOnlyList<NamespaceReference> Shared) Namespaces(ConfigObject linux, bool isAdministrator)
    {
        NsNamespaceKind kinds = NsNamespaceKind.None;
        var shared = new List<NamespaceReference>();
        foreach (ConfigObject item in linux.Objects("namespaces"))
        {
            string type = item.NeededText("type");
            if (!s_kinds.TryGetValue(type, out NsNamespaceKind kind))
            {
                throw ConfigObject.NotSupported(item.At("type"), $"there is no namespace '{PrintableText.Of(type)}'");
            }

            if (kinds.HasFlag(kind) || shared.Any(n => n.Kind == kind))
            {
                throw ConfigObject.Invalid(item.Path, $"is a second {type} namespace");
            }

            if (item.Text("path") is { Length: > 0 } path)
            {
                shared.Add(Shared(item, kind, path));
            }
            else
            {
                kinds |= kind;
            }
        }

        return !kinds.HasFlag(NsNamespaceKind.Mount)
            ? throw ConfigObject.NotSupported(
                linux.At("namespaces"),
                "it lists no mount namespace, without which the root would become the host's")
            : !isAdministrator && !kinds.HasFlag(NsNamespaceKind.User)
                ? throw ConfigObject.NotSupported(
                    linux.At("namespaces"),
                    "it lists no user namespace, which an ordinary user needs (and root without CAP_SYS_ADMIN), with mappings of the"
                        + " own id; 'runc spec --rootless' writes such a file")
            : (kinds, shared);
    }

    /// <summary>
    /// What is entered before init is made. The others would have to be entered by it, and then it could make none of its own.
    /// </summary>
    private static NamespaceReference Shared(ConfigObject item, NsNamespaceKind kind, string path) =>
        kind is NsNamespaceKind.User or NsNamespaceKind.Mount or NsNamespaceKind.Time
            ? throw ConfigObject.NotSupported(
                item.At("path"),
                "of user, mount and time namespaces a session gets its own; -Join enters those of another session, without a bundle")
        : !path.StartsWith('/') ? throw ConfigObject.Invalid(item.At("path"), "is no absolute path")
        : FileIdentity.Inode(path) is ulong inode ? new NamespaceReference(kind, inode, path)
        : throw ConfigObject.Invalid(item.At("path"), "is not there, or not accessible to this user");

    /// <summary>A list of mappings; empty where there is none.</summary>
    public static IReadOnlyList<NsIdMap> Map(ConfigObject owner, string name) =>
        [
            .. owner
                .Objects(name)
                .Select(l => new NsIdMap(
                    (uint)l.NeededNumber("containerID", 0, uint.MaxValue),
                    (uint)l.NeededNumber("hostID", 0, uint.MaxValue),
                    (uint)l.NeededNumber("size", 1, uint.MaxValue))),
        ];

    private static IReadOnlyList<NsIdMap> Map(ConfigObject linux, string name, bool user)
    {
        IReadOnlyList<NsIdMap> map = Map(linux, name);
        return user == map.Count > 0 ? map
            : throw ConfigObject.Invalid(
                linux.At(name),
                user ? "is missing: a user namespace takes mappings" : "stands there without a user namespace in linux.namespaces");
    }

    private static TimeOffsetSpec TimeOffsets(ConfigObject linux, NsNamespaceKind namespaces)
    {
        ConfigObject? offsets = linux.Object("timeOffsets");
        var read = new TimeOffsetSpec(Offset("monotonic"), Offset("boottime"));
        return !read.IsSet || namespaces.HasFlag(NsNamespaceKind.Time) ? read
            : throw ConfigObject.Invalid(linux.At("timeOffsets"), "stands there without a time namespace in linux.namespaces");

        // The kernel's 146 years, checked on all ways, are well within what a TimeSpan holds.
        TimeSpan Offset(string clock)
        {
            const long Most = 1L << 36;
            return offsets?.Object(clock) is ConfigObject offset
                ? TimeSpan.FromSeconds(offset.Number("secs", -Most, Most) ?? 0)
                    + TimeSpan.FromTicks((offset.Number("nanosecs", 0, 999_999_999) ?? 0) / 100)
                : TimeSpan.Zero;
        }
    }

    /// <summary>Absolute and relative paths mean the same, as for crun.</summary>
    private static string CgroupPath(ConfigObject linux)
    {
        string path = linux.Text("cgroupsPath") ?? "";
        string[] names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return path.Length > 0 && !path.StartsWith('/') && path.Count(c => c == ':') == 2
            ? throw ConfigObject.NotSupported(
                linux.At("cgroupsPath"),
                "slice:prefix:name is for systemd to make, which is not asked; a path such as /a/b can be made")
            : names.Any(n => n is "." or ".." || n.Any(char.IsControl)) || (path.Length > 0 && names.Length == 0)
                ? throw ConfigObject.Invalid(linux.At("cgroupsPath"), "is no path of a cgroup below the highest one")
            : names.Length > MaxCgroupDepth ? throw ConfigObject.Invalid(linux.At("cgroupsPath"), $"has more than {MaxCgroupDepth} levels")
            : string.Concat(names.Select(n => "/" + n));
    }

    private static NsMountPropagation Propagation(ConfigObject linux) => linux.Text("rootfsPropagation") switch
    {
        null or "" or "private" or "rprivate" => NsMountPropagation.Private,
        "slave" or "rslave" => NsMountPropagation.Slave,
        "shared" or "rshared" => NsMountPropagation.Shared,
        "unbindable" or "runbindable" => NsMountPropagation.Unbindable,
        string other =>
            throw ConfigObject.NotSupported(linux.At("rootfsPropagation"), $"there is no propagation '{PrintableText.Of(other)}'"),
    };
}

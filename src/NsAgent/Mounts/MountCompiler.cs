using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using NsModule.Agent.Init;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Mounts;

/// <summary>Makes a <see cref="FileSystemSpec"/> into the operations that init does.</summary>
/// <remarks>
/// Everything is made apart from the mount tree and then put in its place by descriptor, while the host's root is still the root:
/// its /proc is what permits a user namespace its own, and what is bound comes from there. A mount that the kernel only works with
/// when it is in the tree stands on the host's root directory meanwhile.
/// </remarks>
internal sealed class MountCompiler
{
    private static readonly (string Name, string Target)[] s_links =
    [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
    ];

    private readonly LaunchSpec _spec;
    private readonly FileSystemSpec _files;
    private readonly IMountSources _sources;
    private readonly List<InitStep> _early = [];
    private readonly List<InitStep> _late = [];
    private readonly Slots _slots;
    private readonly List<int> _scaffold = [];
    private readonly List<IdMapping> _idMapped = [];
    private readonly List<(string Target, int Slot)> _placed = [];
    private readonly int _host;
    private int _staging = -1;
    private int _stagedCount;
    private int _devpts = Slots.None;
    private int _proc = Slots.None;

    private MountCompiler(LaunchSpec spec, IMountSources sources, Slots slots)
    {
        _spec = spec;
        _files = spec.FileSystem;
        _sources = sources;
        _slots = slots;
        _host = slots.Add();
    }

    private bool IsUser => _spec.Namespaces.HasFlag(NsNamespaceKind.User);

    /// <summary>The operations for a launch.</summary>
    /// <param name="spec">The launch.</param>
    /// <param name="sources">The host's files.</param>
    /// <param name="terminalPath">The path on the host of the terminal that the session gets where it has no devpts of its own.</param>
    /// <param name="slots">Where descriptors are.</param>
    public static MountPlan Compile(LaunchSpec spec, IMountSources sources, string? terminalPath, Slots slots) =>
        spec.Namespaces.HasFlag(NsNamespaceKind.Mount)
            ? new MountCompiler(spec, sources, slots).Compile(terminalPath)
            : new MountPlan([], [], [], Slots.None, slots, []);

    private MountPlan Compile(string? terminalPath)
    {
        if (IsUser)
        {
            // In a user namespace the command may have every capability over its mounts: what holds against it is locked.
            _early.Add(Apart());
        }

        // Slave, so that what the host unmounts meanwhile is not kept busy here; without a root, nothing is let go of.
        _early.Add(new(InitOpKind.Propagation, LaunchStep.Propagation, "mount(MS_REC)")
        {
            Flags = (ulong)(MS_REC | (_files.HasRoot ? MS_SLAVE : MS_PRIVATE)),
        });
        _late.Add(new(InitOpKind.Open, LaunchStep.RootPath, "open(/)") { Slot = _host, Name = "/" });
        int[] mounts = [.. _files.Mounts.Select(Make)];
        int root = _files.HasRoot ? MakeRoot() : _host;

        // All is made: nothing may stand on the host's root directory any more, or ".." there, and the end of the pivot, would find that.
        _late.AddRange(_scaffold
            .AsEnumerable()
            .Reverse()
            .Select(slot => new InitStep(InitOpKind.Detach, LaunchStep.Mount, "umount2(MNT_DETACH)") { Slot = slot }));
        if (_files.HasRoot)
        {
            Move(root, _spec.Hooks.SeesRoot ? RootPlace() : _host, LaunchStep.RootPath, _files.RootPath);
        }

        foreach ((int i, NsMount mount) in _files.Mounts.Index())
        {
            Place(mount, mounts[i], root);
        }

        if (_files.Devices)
        {
            FillDev(root, terminalPath);
        }

        // Before /proc/sys is covered, and by the session's own /proc, wherever the root's links lead.
        _late.AddRange(_files.KernelParameters.Select(p => new InitStep(InitOpKind.KernelParameter, LaunchStep.KernelParameter, p.Path)
        {
            Slot = _proc,
            Name = "sys/" + p.Path,
            Data = Encoding.UTF8.GetBytes(p.Value),
        }));
        Cover(root);
        int made = _late.Count;
        if (_files.HasRoot)
        {
            Enter(root);
        }

        if (IsUser)
        {
            _late.Add(new(InitOpKind.Lock, LaunchStep.MountLock, "unshare(CLONE_NEWNS)") { Slot = _devpts, From = Slots.Terminal });
        }

        // Last: the copy of what was shared would only be a slave of it.
        if (_files.RootPropagation is NsMountPropagation.Shared or NsMountPropagation.Unbindable && _files.HasRoot)
        {
            ulong flags = (ulong)(MS_REC | (_files.RootPropagation == NsMountPropagation.Shared ? MS_SHARED : MS_UNBINDABLE));
            _late.Add(new(InitOpKind.Propagation, LaunchStep.RootPath, "mount(MS_REC)") { Flags = flags });
        }

        return new MountPlan(_early, _late[..made], _late[made..], root, _slots, _idMapped);
    }

    private InitStep Apart()
    {
        ProcessIds? ids = ProcessIds.OfInit(_spec);
        return new(InitOpKind.Apart, LaunchStep.MountLock, "unshare(CLONE_NEWUSER | CLONE_NEWNS)")
        {
            Uid = ids?.Uid ?? InitOp.Unchanged,
            Gid = ids?.Gid ?? InitOp.Unchanged,

            // The number that the command is to have in a PID namespace of its own, which it gets once this child is gone.
            Number = _spec.Namespaces.HasFlag(NsNamespaceKind.Pid) ? 2 : 0,
        };
    }

    private int MakeRoot()
    {
        int root = Source(_files.RootPath, recursive: !_files.Overlay, LaunchStep.RootPath);
        MapRootIds(root, _files.RootPath);
        if (_files.Overlay)
        {
            int changes = _files.OverlayPath.Length > 0 ? Source(_files.OverlayPath, recursive: false, LaunchStep.Overlay) : -1;
            MapRootIds(changes, _files.OverlayPath);
            root = Overlay([_files.RootPath], [root], changes, "upper", "work", 0, "overlay on " + _files.RootPath);
        }
        else
        {
            Attributes(
                root,
                0,
                _files.RootPropagation == NsMountPropagation.Slave ? NsMountPropagation.Slave : NsMountPropagation.Private,
                recursive: true,
                LaunchStep.RootPath,
                _files.RootPath);
            if (_files.ReadOnlyRoot)
            {
                // What is mounted below it, now; the root itself when all mount points are made.
                Attributes(root, Sys.MOUNT_ATTR_RDONLY, null, recursive: true, LaunchStep.RootPath, _files.RootPath);
                _late.Add(new(
                    InitOpKind.Attributes,
                    LaunchStep.RootPath,
                    $"mount_setattr({_files.RootPath})")
                { Slot = root, Clear = Sys.MOUNT_ATTR_RDONLY, Tolerance = Tolerance.Refused });
            }
        }

        if (_files.NoDevices || _files.IdMapRoot)
        {
            // Where the files of the host's root are the session's root's, so would be a device that lies there.
            Attributes(root, Sys.MOUNT_ATTR_NODEV, null, recursive: true, LaunchStep.RootPath, _files.RootPath);
        }

        return root;
    }

    /// <summary>
    /// The root's files, and those that hold its changes, belong to whom they belong to on the disk, by the numbers inside.
    /// </summary>
    private void MapRootIds(int slot, string path)
    {
        if (_files.IdMapRoot && slot >= 0)
        {
            _idMapped.Add(new(slot, path, Recursive: !_files.Overlay, [], [], IsRoot: true));
        }
    }

    /// <summary>Where hooks look for the root: at its path on the host.</summary>
    private int RootPlace()
    {
        int place = _slots.Add();
        _early.Add(new(InitOpKind.Open, LaunchStep.RootPath, $"open({_files.RootPath})") { Slot = place, Name = _files.RootPath });
        return place;
    }

    private void Enter(int root)
    {
        if (_files.ReadOnlyRoot)
        {
            Attributes(root, Sys.MOUNT_ATTR_RDONLY, null, recursive: false, LaunchStep.RootPath, _files.RootPath);
        }

        _late.Add(new(InitOpKind.Pivot, LaunchStep.PivotRoot, $"pivot_root({_files.RootPath})") { Slot = root });
    }

    private int Make(NsMount mount) => mount.Type switch
    {
        NsMountType.Bind => Bind(mount),
        NsMountType.Overlay => Overlay(mount),
        NsMountType.File => File(mount),
        NsMountType.Sysfs => Sysfs(mount),
        NsMountType.Cgroup => Cgroup(mount),
        _ => NewFileSystem(mount),
    };

    private void Place(NsMount mount, int slot, int root)
    {
        bool file = mount.Type == NsMountType.File
            || (mount.Type == NsMountType.Bind && (_sources.ModeOf(mount.Source!) & (uint)S_IFMT) != (uint)S_IFDIR);
        int place = Find(
            root,
            mount.Target,
            !_files.HasRoot ? MountPointKind.None : file ? MountPointKind.File : MountPointKind.Directory,
            mount.Optional);
        Move(slot, place, LaunchStep.Mount, mount.Target);
        if (!mount.Optional)
        {
            _placed.Add((Path.GetFullPath(mount.Target), slot));
        }

        if (mount.Type == NsMountType.Cgroup)
        {
            FillCgroup(mount, slot, root);
        }

        if (mount is { Type: NsMountType.Proc, Target: "/proc" })
        {
            _proc = slot;
        }

        if (mount.Type == NsMountType.Devpts && mount.Target == "/dev/pts" && _spec.HasOwnTerminal)
        {
            _devpts = slot;
            _late.Add(new(InitOpKind.Terminal, LaunchStep.Pty, "open(/dev/pts/ptmx)")
            {
                Slot = slot,
                From = Slots.Terminal,
                Uid = ProcessIds.OfCommand(_spec)?.Uid ?? InitOp.Unchanged,
            });
        }
    }

    private int Bind(NsMount mount)
    {
        int slot = Source(mount.Source!, mount.Recurse, LaunchStep.MountSource);
        if (_files.NoDevices)
        {
            Attributes(slot, Sys.MOUNT_ATTR_NODEV, null, recursive: true, LaunchStep.Mount, mount.Target);
        }

        if (mount.IdMap)
        {
            _idMapped.Add(new(slot, mount.Source!, mount.Recurse && !mount.IdMapShallow, mount.UidMap, mount.GidMap));
        }

        Finish(slot, mount, AttributesOf(mount, 0), always: true);
        return slot;
    }

    private int NewFileSystem(NsMount mount)
    {
        string type = mount.Type.ToString().ToLowerInvariant();
        uint usual = mount.Type switch
        {
            NsMountType.Tmpfs => Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NODEV,
            NsMountType.Devpts => Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NOEXEC,
            _ => Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NODEV | Sys.MOUNT_ATTR_NOEXEC,
        };
        IEnumerable<string> options = mount.Type == NsMountType.Tmpfs
            ? [
                .. mount.Size > 0 ? [Invariant($"size={mount.Size}")] : Array.Empty<string>(),
                "mode=" + Octal(mount.Mode ?? 0x3ff),
                .. mount.Options,
            ]
            : mount.Options;
        int slot = NewFileSystem(
            type,
            options,
            AttributesOf(mount, usual),
            mount.Type == NsMountType.Proc ? LaunchStep.Proc : LaunchStep.Mount,
            mount.Target);
        Finish(slot, mount, 0, always: false);
        return slot;
    }

    /// <summary>
    /// A sysfs of its own takes a network namespace of the same user namespace; otherwise the host's does, read-only,
    /// with all that is mounted below it.
    /// </summary>
    private int Sysfs(NsMount mount)
    {
        const uint Usual = Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NODEV | Sys.MOUNT_ATTR_NOEXEC;
        int slot = _slots.Add();
        string detail = $"mount({mount.Target})";
        _late.Add(new(InitOpKind.New, LaunchStep.Mount, "fsopen(sysfs)")
        {
            Slot = slot,
            Name = "sysfs",
            Tolerance = Tolerance.Refused,
            Skip = 2,
        });
        _late.Add(new(InitOpKind.Mount, LaunchStep.Mount, detail)
        {
            Slot = slot,
            Flags = AttributesOf(mount, Usual),
            Tolerance = Tolerance.Refused,
            Skip = 1,
        });
        _late.Add(new(InitOpKind.Jump, LaunchStep.Mount, detail) { Skip = 2 });
        _late.Add(new(InitOpKind.Clone, LaunchStep.MountSource, "open_tree(/sys)") { Slot = slot, Name = "/sys", Recursive = true });
        Attributes(slot, Usual | Sys.MOUNT_ATTR_RDONLY, NsMountPropagation.Private, recursive: true, LaunchStep.Mount, mount.Target);
        return slot;
    }

    /// <summary>
    /// The hierarchies that the session has a cgroup of its own in, from that on: of others it would see what belongs to its neighbours.
    /// </summary>
    private int Cgroup(NsMount mount)
    {
        IReadOnlyList<CgroupMount> own = [.. _sources.Cgroups().Where(c => c.Own is not null)];
        const uint Usual = Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NODEV | Sys.MOUNT_ATTR_NOEXEC;
        if (own is [{ Name: "" } only, ..])
        {
            return Hierarchy(mount, only, mount.Target);
        }

        uint attributes = own.Count == 0 ? Usual | Sys.MOUNT_ATTR_RDONLY : Usual;
        return NewFileSystem("tmpfs", ["mode=0755", "size=64k"], attributes, LaunchStep.Mount, mount.Target);
    }

    /// <summary>
    /// In a cgroup namespace, whose root is the session's cgroup, a mount of one's own; otherwise a part of the host's, which must not be
    /// written.
    /// </summary>
    private int Hierarchy(NsMount mount, CgroupMount hierarchy, string target)
    {
        const uint Usual = Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NODEV | Sys.MOUNT_ATTR_NOEXEC;
        if (_spec.Namespaces.HasFlag(NsNamespaceKind.Cgroup))
        {
            IReadOnlyList<string> options = hierarchy.Type == "cgroup" ? hierarchy.Options : mount.Options;
            return NewFileSystem(hierarchy.Type, options, AttributesOf(mount, Usual), LaunchStep.Mount, target);
        }

        int slot = Source(hierarchy.Own!, recursive: false, LaunchStep.MountSource);
        Attributes(slot, Usual | Sys.MOUNT_ATTR_RDONLY, NsMountPropagation.Private, recursive: false, LaunchStep.Mount, target);
        return slot;
    }

    /// <summary>Where there are several hierarchies, each in its directory.</summary>
    private void FillCgroup(NsMount mount, int directory, int root)
    {
        IReadOnlyList<CgroupMount> own = [.. _sources.Cgroups().Where(c => c.Own is not null)];
        if (own is [] or [{ Name: "" }, ..])
        {
            return;
        }

        foreach (CgroupMount hierarchy in own)
        {
            string target = mount.Target + "/" + hierarchy.Name;
            int slot = Hierarchy(mount, hierarchy, target);
            Move(slot, Find(root, target, MountPointKind.Directory), LaunchStep.Mount, target);
            foreach (string controller in hierarchy.Options.Where(o => hierarchy.Options.Count > 1 && o != hierarchy.Name))
            {
                _late.Add(new(
                    InitOpKind.Link,
                    LaunchStep.Mount,
                    $"symlink({mount.Target}/{controller})")
                { Slot = directory, Name = controller, Text = hierarchy.Name });
            }
        }

        Attributes(directory, AttributesOf(mount, 0), null, recursive: false, LaunchStep.Mount, mount.Target);
    }

    private int File(NsMount mount)
    {
        int staging = Staging();
        string name = "file" + _stagedCount++.ToString(CultureInfo.InvariantCulture);
        int slot = _slots.Add();
        _late.Add(new(InitOpKind.File, LaunchStep.Mount, $"write({mount.Target})")
        {
            Slot = staging,
            Name = name,
            Data = mount.Content,
            Mode = (uint)(mount.Mode ?? 0x1a4),
        });
        _late.Add(new(InitOpKind.Clone, LaunchStep.Mount, $"open_tree({mount.Target})") { Slot = slot, From = staging, Name = name });
        Finish(slot, mount, AttributesOf(mount, Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NODEV), always: true);
        return slot;
    }

    private int Overlay(NsMount mount)
    {
        int[] lower = [.. mount.LowerPath.Select(path => Source(path, recursive: false, LaunchStep.Overlay))];
        int slot;
        if (mount.UpperPath is null)
        {
            slot = Overlay(mount.LowerPath, lower, -1, "", "", AttributesOf(mount, 0), mount.Target);
        }
        else
        {
            // Both must be reached through the same mount.
            string common = CommonDirectory(mount.UpperPath, mount.WorkPath!);
            slot = Overlay(
                mount.LowerPath,
                lower,
                Source(common, recursive: false, LaunchStep.Overlay),
                Path.GetRelativePath(common, mount.UpperPath),
                Path.GetRelativePath(common, mount.WorkPath!),
                AttributesOf(mount, 0),
                mount.Target);
        }

        Finish(slot, mount, 0, always: false);
        return slot;
    }

    /// <summary>An overlay (overlayfs): all layers by descriptor, so that their paths may hold anything.</summary>
    /// <param name="paths">The lower directories, for their permissions.</param>
    /// <param name="lower">Their slots.</param>
    /// <param name="changes">The slot of what holds upper and work directory; -1 for a throw-away one.</param>
    /// <param name="upper">The upper directory in it.</param>
    /// <param name="work">The work directory in it.</param>
    /// <param name="attributes">The MOUNT_ATTR_* flags.</param>
    /// <param name="subject">What is overlaid, for messages.</param>
    private int Overlay(
        IReadOnlyList<string> paths,
        IReadOnlyList<int> lower,
        int changes,
        string upper,
        string work,
        uint attributes,
        string subject)
    {
        foreach (int layer in lower)
        {
            Scaffold(layer, subject);
        }

        if (changes < 0)
        {
            changes = Staging();
            string number = _stagedCount++.ToString(CultureInfo.InvariantCulture);
            (upper, work) = ("upper" + number, "work" + number);
        }
        else
        {
            Scaffold(changes, subject);
        }

        uint mode = _sources.ModeOf(paths[0]) & 0xfff;
        int slot = _slots.Add();
        foreach ((string directory, uint permissions) in ((string, uint)[])[(upper, mode), (work, 0x1c0)])
        {
            if (!directory.Contains('/', StringComparison.Ordinal))
            {
                _late.Add(new(
                    InitOpKind.Directory,
                    LaunchStep.Overlay,
                    $"mkdir({directory})")
                { Slot = changes, Name = directory, Mode = permissions });
            }
        }

        string detail = $"mount({subject})";
        _late.Add(new(InitOpKind.New, LaunchStep.Overlay, "fsopen(overlay)") { Slot = slot, Name = "overlay" });
        _late.AddRange(lower.Select(layer => new InitStep(InitOpKind.Layer, LaunchStep.Overlay, detail) { From = layer }));
        _late.Add(new(InitOpKind.LayersOption, LaunchStep.Overlay, $"fsconfig({subject}, lowerdir)") { Slot = slot, Name = "lowerdir" });
        foreach ((string option, string directory) in ((string, string)[])[("upperdir", upper), ("workdir", work)])
        {
            _late.Add(new(InitOpKind.Layer, LaunchStep.Overlay, detail) { From = changes, Text = "/" + directory });
            _late.Add(new(InitOpKind.LayersOption, LaunchStep.Overlay, $"fsconfig({subject}, {option})") { Slot = slot, Name = option });
        }

        if (IsUser)
        {
            // Ordinary users may not write trusted.* attributes.
            _late.Add(new(InitOpKind.Option, LaunchStep.Overlay, $"fsconfig({subject}, userxattr)") { Slot = slot, Name = "userxattr" });
        }

        _late.Add(new(InitOpKind.Mount, LaunchStep.Overlay, detail) { Slot = slot, Flags = attributes });
        return slot;
    }

    private void FillDev(int root, string? terminalPath)
    {
        int dev = Find(root, "/dev", MountPointKind.Directory);
        foreach (DeviceNumber device in DeviceNumber.Standard)
        {
            _late.Add(new(InitOpKind.Device, LaunchStep.Devices, $"mknod({device.Path})")
            {
                Slot = dev,
                Name = Path.GetFileName(device.Path),
                Text = device.Path,
                Mode = device.Encoded,
            });
        }

        foreach ((string name, string target) in _files.HasOwnTerminal ? [.. s_links, ("ptmx", "pts/ptmx")] : s_links)
        {
            _late.Add(new(InitOpKind.Link, LaunchStep.Devices, $"symlink(/dev/{name})") { Slot = dev, Name = name, Text = target });
        }

        if (_devpts >= 0 || terminalPath is not null)
        {
            _late.Add(new(InitOpKind.Console, LaunchStep.Devices, "mount(/dev/console)")
            {
                Slot = dev,
                From = Slots.Terminal,
                Name = "console",
                Text = _devpts >= 0 ? null : terminalPath,
            });
        }
    }

    private void Cover(int root)
    {
        if (_files.MaskedPaths.Count > 0)
        {
            int device = _slots.Add();
            _late.Add(new(InitOpKind.Open, LaunchStep.CoveredPath, "open(/dev/null)")
            {
                Slot = device,
                Name = "/dev/null",
                Mode = DeviceNumber.Null.Encoded,
            });
            foreach (string path in _files.MaskedPaths)
            {
                int place = FindToCover(root, path, skip: 1);
                _late.Add(new(InitOpKind.Mask, LaunchStep.CoveredPath, $"mount({path})") { Slot = place, From = device });
            }
        }

        foreach (string path in _files.ReadOnlyPaths)
        {
            int place = FindToCover(root, path, skip: 3);
            int copy = _slots.Add();
            _late.Add(new(InitOpKind.Clone, LaunchStep.CoveredPath, $"open_tree({path})") { Slot = copy, From = place, Recursive = true });
            Attributes(copy, Sys.MOUNT_ATTR_RDONLY, null, recursive: true, LaunchStep.CoveredPath, path);
            Move(copy, place, LaunchStep.CoveredPath, path);
        }
    }

    private int FindToCover(int root, string path, int skip)
    {
        int place = _slots.Add();
        (int from, string below) = Start(root, path);
        _late.Add(new(InitOpKind.Find, LaunchStep.CoveredPath, $"openat2({path})")
        {
            Slot = place,
            From = from,
            Names = Prefixes(below),
            Tolerance = Tolerance.Missing,
            Skip = skip,
        });
        return place;
    }

    /// <summary>
    /// Where looking for a path starts, and what is left of it: what is below a mount of the kernel's files is looked for in that mount,
    /// since its mount point may have been renamed by now, and another directory have its name.
    /// </summary>
    private (int From, string Below) Start(int root, string path)
    {
        path = Path.GetFullPath(path);
        (string target, int slot) = IsKernels(path)
            ? _placed.LastOrDefault(p => path == p.Target || path.StartsWith(p.Target + "/", StringComparison.Ordinal))
            : default;
        return target is null ? (root, path) : (slot, "/" + path[target.Length..]);
    }

    /// <summary>Whether a path of a root is where the kernel's own files are.</summary>
    private bool IsKernels(string path) => path.Split('/')[1] is "dev" or "proc" or "sys" && _files.HasRoot;

    private int Find(int root, string target, MountPointKind create, bool optional = false)
    {
        int place = _slots.Add();
        (int from, string below) = Start(root, target);
        _late.Add(new(InitOpKind.Find, LaunchStep.MountTarget, $"openat2({target})")
        {
            Slot = place,
            From = from,
            Names = Prefixes(below),
            Create = create,
            Tolerance = optional ? Tolerance.Missing | Tolerance.Refused : Tolerance.None,
            Skip = optional ? 1 : 0,

            // What the kernel provides is to be where it says: not wherever a link in the root leads.
            Flags = IsKernels(target) ? Native.Sys.RESOLVE_NO_SYMLINKS : 0,
        });
        return place;
    }

    /// <summary>
    /// The mount that something is made from: taken by the supervisor, for whom all paths of the host are open, or else by init.
    /// </summary>
    private int Source(string path, bool recursive, LaunchStep step)
    {
        int slot = _slots.Add();
        if (_sources.Clone(path, recursive) is int descriptor)
        {
            _slots.Set(slot, descriptor);
        }
        else
        {
            _early.Add(new(InitOpKind.Clone, step, $"open_tree({path})") { Slot = slot, Name = path, Recursive = recursive });
        }

        return slot;
    }

    private int NewFileSystem(string type, IEnumerable<string> options, uint attributes, LaunchStep step, string subject)
    {
        int slot = _slots.Add();
        string detail = step == LaunchStep.Proc ? "mount(proc)" : $"mount({subject})";
        _late.Add(new(InitOpKind.New, step, $"fsopen({type})") { Slot = slot, Name = type });
        foreach (string option in options)
        {
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            _late.Add(new(InitOpKind.Option, step, $"fsconfig({subject}, {option})")
            {
                Slot = slot,
                Name = equals < 0 ? option : option[..equals],
                Text = equals < 0 ? null : option[(equals + 1)..],
            });
        }

        _late.Add(new(InitOpKind.Mount, step, detail) { Slot = slot, Flags = attributes });
        return slot;
    }

    /// <summary>A file system of init's own for what has no other place.</summary>
    private int Staging()
    {
        if (_staging < 0)
        {
            _staging = NewFileSystem("tmpfs", ["mode=0700"], Sys.MOUNT_ATTR_NOSUID | Sys.MOUNT_ATTR_NODEV, LaunchStep.Mount, "tmpfs");
            Scaffold(_staging, "tmpfs");
        }

        return _staging;
    }

    private void Scaffold(int slot, string subject)
    {
        Move(slot, _host, LaunchStep.Mount, subject);
        _scaffold.Add(slot);
    }

    private void Finish(int slot, NsMount mount, uint attributes, bool always)
    {
        if (always || mount.Propagation != NsMountPropagation.Private)
        {
            if (mount.Shallow && attributes != 0)
            {
                Attributes(slot, attributes, null, recursive: false, LaunchStep.Mount, mount.Target);
                attributes = 0;
            }

            Attributes(slot, attributes, mount.Propagation, mount.Recurse, LaunchStep.Mount, mount.Target);
        }
    }

    private void Attributes(int slot, uint flags, NsMountPropagation? propagation, bool recursive, LaunchStep step, string subject) =>
        _late.Add(new(InitOpKind.Attributes, step, $"mount_setattr({subject})")
        {
            Slot = slot,
            Flags = flags,

            // One of several: the kernel wants the old one taken away.
            Clear = (flags & Sys.MOUNT_ATTR__ATIME) != 0 ? Sys.MOUNT_ATTR__ATIME : 0,
            Recursive = recursive,
            Propagation = propagation switch
            {
                NsMountPropagation.Private => (ulong)MS_PRIVATE,
                NsMountPropagation.Slave => (ulong)MS_SLAVE,
                NsMountPropagation.Shared => (ulong)MS_SHARED,
                NsMountPropagation.Unbindable => (ulong)MS_UNBINDABLE,
                _ => 0,
            },
        });

    private void Move(int slot, int place, LaunchStep step, string subject) =>
        _late.Add(new(InitOpKind.Move, step, $"move_mount({subject})") { Slot = slot, From = place });

    private static uint AttributesOf(NsMount mount, uint usual)
    {
        uint attributes = usual | mount.Attributes;
        Set(Sys.MOUNT_ATTR_RDONLY, mount.ReadOnly ? true : null);
        Set(Sys.MOUNT_ATTR_NOSUID, mount.NoSuid);
        Set(Sys.MOUNT_ATTR_NODEV, mount.NoDev);
        Set(Sys.MOUNT_ATTR_NOEXEC, mount.NoExec);
        return attributes;

        void Set(uint flag, bool? value) => attributes = value switch
        {
            true => attributes | flag,
            false => attributes & ~flag,
            null => attributes,
        };
    }

    /// <summary><c>/a/b/c</c> as <c>a</c>, <c>a/b</c>, <c>a/b/c</c>.</summary>
    private static string[] Prefixes(string path)
    {
        string[] names = Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries);
        return names.Length == 0 ? ["."] : [.. names.Select((_, i) => string.Join('/', names[..(i + 1)]))];
    }

    private static string CommonDirectory(string first, string second)
    {
        string directory = Path.GetDirectoryName(first)!;
        while (directory != "/" && !second.StartsWith(directory + "/", StringComparison.Ordinal))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        return directory;
    }

    private static string Octal(int mode) => Convert.ToString(mode, 8);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

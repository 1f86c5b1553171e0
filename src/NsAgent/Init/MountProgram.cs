using System.Runtime.InteropServices;
using NsModule.Native;
using NsModule.Protocol;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Init;

/// <summary>The operations that make the session's file system. As bare as <see cref="InitProgram"/>.</summary>
internal static unsafe class MountProgram
{
    /// <summary>fsconfig(2) takes values up to this length, with the NUL.</summary>
    public const int MaxLayers = 256;

    /// <summary>How often a path is looked up again that somebody renames all the time (EAGAIN of openat2(2)).</summary>
    private const int MaxAttempts = 1000;

    private const uint EmptyDirectoryAttributes = 1 | 2 | 4 | 8;

    /// <summary>Does one.</summary>
    /// <returns>Negative, with errno, for a failure.</returns>
    public static int Do(InitPlan* plan, InitOp* op, int slot, int from)
    {
        switch (op->Kind)
        {
            case InitOpKind.Apart:
                return EnterApart(op);
            case InitOpKind.Lock:
                return Lock(slot, from);
            case InitOpKind.Propagation:
                fixed (byte* root = "/"u8)
                {
                    return mount(null, root, null, (ulong_t)op->Flags, null);
                }

            case InitOpKind.Open:
                return InitProgram.Fill(plan, op->Slot, OpenPath(op->Name, op->Mode));
            case InitOpKind.Clone:
                return InitProgram.Fill(plan, op->Slot, Clone(from, op->Name, op->Recursive));
            case InitOpKind.New:
                return InitProgram.Fill(plan, op->Slot, Sys.fsopen(op->Name));
            case InitOpKind.Option:
                return Sys.fsconfig(slot, op->Text == null ? Sys.FSCONFIG_SET_FLAG : (uint)Sys.FSCONFIG_SET_STRING, op->Name, op->Text);
            case InitOpKind.Layer:
                return AddLayer(plan, from, op->Text);
            case InitOpKind.LayersOption:
                plan->LayersLength = 0;
                return Sys.fsconfig(slot, Sys.FSCONFIG_SET_STRING, op->Name, plan->Layers);
            case InitOpKind.Mount:
                return Sys.fsconfig(slot, Sys.FSCONFIG_CMD_CREATE, null, null) < 0
                    ? -1
                    : InitProgram.Fill(plan, op->Slot, Sys.fsmount(slot, (uint)op->Flags));
            case InitOpKind.Attributes:
                return SetAttributes(slot, op);
            case InitOpKind.Find:
                return InitProgram.Fill(plan, op->Slot, Find(from, op));
            case InitOpKind.Move:
                return Move(slot, from);
            case InitOpKind.Directory:
                return Unless(EEXIST, mkdirat(slot, op->Name, (mode_t)op->Mode));
            case InitOpKind.File:
                return WriteFile(slot, op);
            case InitOpKind.KernelParameter:
                return WriteExisting(slot, op);
            case InitOpKind.Link:
                return Unless(EEXIST, symlinkat(op->Text, slot, op->Name));
            case InitOpKind.Device:
                return MakeDevice(slot, op);
            case InitOpKind.Terminal:
                return InsideTerminal.Open(plan, op, slot);
            case InitOpKind.Console:
                return PutConsole(slot, from, op);
            case InitOpKind.Mask:
                return Mask(slot, from);
            case InitOpKind.Pivot:
                return Pivot(slot);
            case InitOpKind.Detach:
                return Detach(slot);
            default:
                return 0;
        }
    }

    /// <summary>
    /// Enters a mount namespace that belongs to a user namespace of its own, below ours. Mounts that come from there into another one
    /// are locked (mount_namespaces(7)), whatever capabilities somebody has: <see cref="Lock"/>.
    /// </summary>
    /// <remarks>
    /// Who enters a user namespace cannot come back, so a child makes both, and leaves us the file of the one in the place of a
    /// descriptor that we share. Ours is the user namespace above it, and so we may enter; nobody is left in it when we go.
    /// </remarks>
    private static int EnterApart(InitOp* op)
    {
        int file;
        fixed (byte* any = "/"u8)
        {
            file = open(any, O_PATH | O_CLOEXEC);
        }

        // A number that was asked for is not counted: the next child can still have it.
        int pid = op->Number;
        Sys.clone_args args = default;
        args.flags = Sys.CLONE_FILES | Sys.CLONE_VFORK;
        args.exit_signal = (ulong)SIGCHLD;
        args.set_tid = pid == 0 ? 0 : (ulong)&pid;
        args.set_tid_size = pid == 0 ? 0u : 1;
        int child = file < 0 ? -1 : Sys.clone3(&args);
        if (child == 0)
        {
            _exit(MakeApart(op, file));
        }

        Sys.siginfo_t end = default;
        if (child < 0 || Sys.waitid(Sys.P_PID, (uint)child, &end, Sys.WEXITED) < 0)
        {
            return -1;
        }

        if (end.ExitCode != 0)
        {
            Marshal.SetLastPInvokeError(end.ExitCode);
            return -1;
        }

        return Sys.setns(file, Sys.CLONE_NEWNS) < 0 ? -1 : close(file);
    }

    /// <summary>The child's part.</summary>
    /// <returns>Its exit status: an error number.</returns>
    private static int MakeApart(InitOp* op, int place)
    {
        // Only an id that is mapped may own a user namespace.
        if (Credentials.SetIds(op->Uid, op->Gid) < 0 || Sys.unshare(Sys.CLONE_NEWUSER | Sys.CLONE_NEWNS) < 0)
        {
            return errno;
        }

        fixed (byte* path = "/proc/self/ns/mnt"u8)
        {
            int file = open(path, O_RDONLY | O_CLOEXEC);
            return file < 0 || dup3(file, place, O_CLOEXEC) < 0 || close(file) < 0 ? errno : 0;
        }
    }

    /// <summary>
    /// Leaves that mount namespace for a copy of it. The kernel locks all mounts that the copy begins with: none can be taken away,
    /// moved, or made writable.
    /// </summary>
    private static int Lock(int devpts, int slave)
    {
        // The working directory goes over into the copy; descriptors stay with the mounts that they were opened in.
        if ((devpts >= 0 && fchdir(devpts) < 0) || Sys.unshare(Sys.CLONE_NEWNS) < 0)
        {
            return -1;
        }

        if (devpts < 0)
        {
            return 0;
        }

        // The first terminal of a devpts of its own: opened again, or it would have no name in the session.
        fixed (byte* name = "0"u8, top = "/"u8)
        {
            int terminal = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
            return terminal < 0 || dup3(terminal, slave, O_CLOEXEC) < 0 || close(terminal) < 0 ? -1 : chdir(top);
        }
    }

    private static int OpenPath(byte* path, uint device) => device == 0 ? open(path, O_PATH | O_CLOEXEC) : OpenDevice(path, device);

    private static int Unless(int tolerated, int result) => result < 0 && errno == tolerated ? 0 : result;

    private static int Clone(int from, byte* path, bool recursive)
    {
        uint flags = Sys.OPEN_TREE_CLONE | Sys.OPEN_TREE_CLOEXEC | (recursive ? (uint)Sys.AT_RECURSIVE : 0);
        fixed (byte* empty = "\0"u8)
        {
            return from < 0 ? Sys.open_tree(AT_FDCWD, path, flags)
                : path == null ? Sys.open_tree(from, empty, flags | (uint)AT_EMPTY_PATH)
                : Sys.open_tree(from, path, flags | (uint)AT_SYMLINK_NOFOLLOW);
        }
    }

    private static int Move(int mount, int place)
    {
        fixed (byte* empty = "\0"u8)
        {
            return Sys.move_mount(mount, empty, place);
        }
    }

    private static int SetAttributes(int mount, InitOp* op)
    {
        Sys.mount_attr attributes = new() { attr_set = op->Flags, attr_clr = op->Clear, propagation = op->Propagation };
        fixed (byte* empty = "\0"u8)
        {
            return Sys.mount_setattr(mount, empty, op->Recursive, &attributes);
        }
    }

    /// <summary>
    /// Appends <c>:/proc/self/fd/N</c>: a layer is named by its descriptor, whatever its path has in it. This /proc is still the host's.
    /// </summary>
    private static int AddLayer(InitPlan* plan, int fd, byte* suffix)
    {
        byte* digits = stackalloc byte[12];
        int count = 0;
        for (int rest = fd; rest > 0 || count == 0; rest /= 10)
        {
            digits[count++] = (byte)('0' + (rest % 10));
        }

        fixed (byte* directory = "/proc/self/fd/"u8)
        {
            if (plan->LayersLength > 0)
            {
                Append(plan, (byte)':');
            }

            for (byte* p = directory; *p != 0; p++)
            {
                Append(plan, *p);
            }
        }

        while (count > 0)
        {
            Append(plan, digits[--count]);
        }

        for (byte* p = suffix; p != null && *p != 0; p++)
        {
            Append(plan, *p);
        }

        // Too long: fsconfig says so (EINVAL).
        return 0;
    }

    private static void Append(InitPlan* plan, byte value)
    {
        if (plan->LayersLength < MaxLayers)
        {
            plan->Layers[plan->LayersLength++] = value;
            plan->Layers[plan->LayersLength] = 0;
        }
    }

    /// <summary>Looks a path up as if <paramref name="root"/> were the root directory: no link in it, nor "..", leads out.</summary>
    private static int Look(int root, byte* path, ulong restrictions)
    {
        Sys.open_how how = new()
        {
            flags = (ulong)(O_PATH | O_CLOEXEC),
            resolve = Sys.RESOLVE_IN_ROOT | Sys.RESOLVE_NO_MAGICLINKS | restrictions,
        };
        int fd = Sys.openat2(root, path, &how);
        for (int i = 0; fd < 0 && errno == EAGAIN && i < MaxAttempts; i++)
        {
            fd = Sys.openat2(root, path, &how);
        }

        return fd;
    }

    private static int Find(int root, InitOp* op)
    {
        byte** names = op->Names;
        int last = 0;
        while (names[last + 1] != null)
        {
            last++;
        }

        int fd = Look(root, names[last], op->Flags);
        if (fd >= 0 || errno != ENOENT || op->Create == MountPointKind.None)
        {
            return fd;
        }

        // Each name in its directory, by descriptor: mkdirat and mknodat follow no link.
        int parent = root;
        for (int i = 0; i <= last; i++)
        {
            fd = Look(root, names[i], op->Flags);
            if (fd < 0 && errno == ENOENT)
            {
                byte* name = LastComponent(names[i]);
                int made = i == last && op->Create == MountPointKind.File
                    ? Sys.mknodat(parent, name, (uint)S_IFREG | 0x1a4, 0)
                    : mkdirat(parent, name, (mode_t)0x1ed);
                if (made < 0 && errno != EEXIST)
                {
                    return -1;
                }

                fd = Look(root, names[i], op->Flags);
            }

            if (fd < 0)
            {
                return -1;
            }

            parent = fd;
        }

        return fd;
    }

    private static byte* LastComponent(byte* path)
    {
        byte* name = path;
        for (byte* p = path; *p != 0; p++)
        {
            name = *p == (byte)'/' ? p + 1 : name;
        }

        return name;
    }

    private static int WriteFile(int directory, InitOp* op)
    {
        int fd = openat(directory, op->Name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)op->Mode);
        if (fd < 0)
        {
            return -1;
        }

        for (int done = 0; done < op->Length;)
        {
            int count = (int)write(fd, op->Text + done, op->Length - done);
            if (count < 0)
            {
                return -1;
            }

            done += count;
        }

        return close(fd);
    }

    /// <summary>A parameter of the kernel's is one write(2).</summary>
    private static int WriteExisting(int directory, InitOp* op)
    {
        Sys.open_how how = new()
        {
            flags = (ulong)(O_WRONLY | O_CLOEXEC),
            resolve = Sys.RESOLVE_IN_ROOT | Sys.RESOLVE_NO_SYMLINKS | Sys.RESOLVE_NO_MAGICLINKS,
        };
        int fd = Sys.openat2(directory, op->Name, &how);
        return fd < 0 || write(fd, op->Text, op->Length) < 0 ? -1 : close(fd);
    }

    private static int MakeDevice(int directory, InitOp* op)
    {
        if (Unless(EEXIST, Sys.mknodat(directory, op->Name, (uint)S_IFCHR | 0x1b6, op->Mode)) == 0)
        {
            return 0;
        }

        if (errno != EPERM)
        {
            return -1;
        }

        int host = OpenDevice(op->Text, op->Mode);
        return host < 0 ? -1 : BindOn(host, directory, op->Name);
    }

    /// <summary>The host's device at a path, if it is the one with that number.</summary>
    private static int OpenDevice(byte* path, uint number)
    {
        int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        Sys.statx_t status;
        if (fd < 0 || Stat(fd, &status) < 0)
        {
            return -1;
        }

        if ((status.stx_mode & S_IFMT) != S_IFCHR || (status.stx_rdev_major << 8 | status.stx_rdev_minor) != number)
        {
            Marshal.SetLastPInvokeError(ENODEV);
            return -1;
        }

        return fd;
    }

    /// <summary>Puts a file, by descriptor, on a new file in a directory of ours.</summary>
    private static int BindOn(int file, int directory, byte* name)
    {
        int tree = Clone(file, null, recursive: false);
        if (tree < 0 || Unless(EEXIST, Sys.mknodat(directory, name, (uint)S_IFREG | 0x180, 0)) < 0)
        {
            return -1;
        }

        int place = Look(directory, name, Sys.RESOLVE_NO_SYMLINKS);
        return place < 0 ? -1 : Move(tree, place);
    }

    private static int PutConsole(int directory, int slave, InitOp* op)
    {
        if (op->Text == null)
        {
            return BindOn(slave, directory, op->Name);
        }

        // The host's terminal, which has to be found in this mount namespace again: its path, and then whether it is the same file.
        int host = open(op->Text, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        Sys.statx_t found;
        Sys.statx_t expected;
        if (host < 0 || Stat(host, &found) < 0 || Stat(slave, &expected) < 0)
        {
            return -1;
        }

        if ((found.stx_dev_major, found.stx_dev_minor, found.stx_ino) != (expected.stx_dev_major, expected.stx_dev_minor, expected.stx_ino))
        {
            Marshal.SetLastPInvokeError(ENXIO);
            return -1;
        }

        return BindOn(host, directory, op->Name);
    }

    private static int Mask(int place, int nullDevice)
    {
        Sys.statx_t status;
        if (Stat(place, &status) < 0)
        {
            return -1;
        }

        int cover = (status.stx_mode & S_IFMT) == S_IFDIR ? EmptyDirectory() : Clone(nullDevice, null, recursive: false);
        if (cover < 0)
        {
            return -1;
        }

        InitOp readOnly = new() { Flags = Sys.MOUNT_ATTR_RDONLY };
        int result = SetAttributes(cover, &readOnly) < 0 ? -1 : Move(cover, place);
        int error = errno;
        _ = close(cover);
        Marshal.SetLastPInvokeError(error);
        return result;
    }

    private static int EmptyDirectory()
    {
        fixed (byte* type = "tmpfs"u8, blocks = "nr_blocks"u8, inodes = "nr_inodes"u8, one = "1"u8)
        {
            int fd = Sys.fsopen(type);
            return fd < 0
                || Sys.fsconfig(fd, Sys.FSCONFIG_SET_STRING, blocks, one) < 0
                || Sys.fsconfig(fd, Sys.FSCONFIG_SET_STRING, inodes, one) < 0
                || Sys.fsconfig(fd, Sys.FSCONFIG_CMD_CREATE, null, null) < 0
                ? -1
                : Sys.fsmount(fd, EmptyDirectoryAttributes);
        }
    }

    /// <summary>
    /// pivot_root(2) with the old root on top of the new one, as its man page has it: no directory in the root is needed.
    /// </summary>
    private static int Pivot(int root)
    {
        fixed (byte* here = "."u8, top = "/"u8)
        {
            return fchdir(root) < 0 || Sys.pivot_root(here, here) < 0 || umount2(here, MNT_DETACH) < 0 ? -1 : chdir(top);
        }
    }

    private static int Detach(int mount)
    {
        fixed (byte* here = "."u8)
        {
            int before = open(here, O_PATH | O_DIRECTORY | O_CLOEXEC);
            return before < 0 || fchdir(mount) < 0 || umount2(here, MNT_DETACH) < 0 ? -1 : fchdir(before);
        }
    }

    private static int Stat(int fd, Sys.statx_t* status)
    {
        fixed (byte* empty = "\0"u8)
        {
            return Sys.statx(fd, empty, AT_EMPTY_PATH, Sys.STATX_BASIC_STATS, status);
        }
    }
}

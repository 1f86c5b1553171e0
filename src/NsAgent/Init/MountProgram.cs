using System.Runtime.InteropServices;
using NsModule.Native;
using NsModule.Protocol;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Init;

/// <summary>Does what a list of <see cref="MountOp"/> says. Like all of init: system calls on memory prepared before, and nothing else.</summary>
internal static unsafe class MountProgram
{
    /// <summary>fsconfig(2) takes values up to this length, with the NUL.</summary>
    public const int MaxLayers = 256;

    /// <summary>How often a path is looked up again that somebody renames all the time (EAGAIN of openat2(2)).</summary>
    private const int Patience = 1000;

    private const ulong MOUNT_ATTR_RDONLY = 1;
    private const uint EmptyDirectoryAttributes = 1 | 2 | 4 | 8;

    /// <summary>Does the operations from <paramref name="first"/> to before <paramref name="end"/>.</summary>
    /// <returns>The index of the one that failed, with errno; -1 when all is done.</returns>
    public static int Run(InitPlan* plan, int first, int end)
    {
        for (int i = first; i < end; i++)
        {
            MountOp* op = plan->Mounts + i;
            if (Do(plan, op) >= 0)
            {
                i += op->Kind == MountOpKind.Jump ? op->Skip : 0;
            }
            else if (Tolerates(op, errno))
            {
                i += op->Skip;
            }
            else
            {
                return i;
            }
        }

        return -1;
    }

    private static bool Tolerates(MountOp* op, int error) =>
        ((op->Tolerance & MountTolerance.Missing) != 0 && (error == ENOENT || error == ENOTDIR))
        || ((op->Tolerance & MountTolerance.Refused) != 0 && (error == EPERM || error == EACCES || error == EROFS));

    private static int Do(InitPlan* plan, MountOp* op)
    {
        int slot = op->Slot < 0 ? -1 : plan->Slots[op->Slot];
        int from = op->From < 0 ? -1 : plan->Slots[op->From];
        switch (op->Kind)
        {
            case MountOpKind.Apart:
                return EnterApart(plan);
            case MountOpKind.Lock:
                return Lock(plan, slot);
            case MountOpKind.Propagation:
                fixed (byte* root = "/"u8)
                {
                    return mount(null, root, null, (ulong_t)op->Flags, null);
                }

            case MountOpKind.Open:
                return Fill(plan, op, op->Mode == 0 ? open(op->Name, O_PATH | O_CLOEXEC) : OpenDevice(op->Name, op->Mode));
            case MountOpKind.Clone:
                return Fill(plan, op, Clone(from, op->Name, op->Recursive));
            case MountOpKind.New:
                return Fill(plan, op, Sys.fsopen(op->Name));
            case MountOpKind.Option:
                return Sys.fsconfig(slot, op->Text == null ? Sys.FSCONFIG_SET_FLAG : (uint)Sys.FSCONFIG_SET_STRING, op->Name, op->Text);
            case MountOpKind.Layer:
                return AddLayer(plan, from, op->Text);
            case MountOpKind.LayersOption:
                plan->LayersLength = 0;
                return Sys.fsconfig(slot, Sys.FSCONFIG_SET_STRING, op->Name, plan->Layers);
            case MountOpKind.Mount:
                return Sys.fsconfig(slot, Sys.FSCONFIG_CMD_CREATE, null, null) < 0 ? -1 : Fill(plan, op, Sys.fsmount(slot, (uint)op->Flags));
            case MountOpKind.Attributes:
                return SetAttributes(slot, op);
            case MountOpKind.Find:
                return Fill(plan, op, Find(from, op));
            case MountOpKind.Move:
                return Move(slot, from);
            case MountOpKind.Directory:
                return Unless(EEXIST, mkdirat(slot, op->Name, (mode_t)op->Mode));
            case MountOpKind.File:
                return WriteFile(slot, op);
            case MountOpKind.Write:
                return WriteExisting(slot, op);
            case MountOpKind.Link:
                return Unless(EEXIST, symlinkat(op->Text, slot, op->Name));
            case MountOpKind.Device:
                return MakeDevice(slot, op);
            case MountOpKind.Terminal:
                return OpenTerminal(plan, slot);
            case MountOpKind.Console:
                return PutConsole(plan, slot, op);
            case MountOpKind.Mask:
                return Mask(slot, from);
            case MountOpKind.Hooks:
                return RunHooks(plan, slot);
            case MountOpKind.Pivot:
                return Pivot(slot);
            case MountOpKind.Detach:
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
    private static int EnterApart(InitPlan* plan)
    {
        int file;
        fixed (byte* any = "/"u8)
        {
            file = open(any, O_PATH | O_CLOEXEC);
        }

        // The number that the command is to have: one that was asked for is not counted.
        int second = 2;
        Sys.clone_args args = default;
        args.flags = Sys.CLONE_FILES | Sys.CLONE_VFORK;
        args.exit_signal = (ulong)SIGCHLD;
        args.set_tid = plan->EndsOrphans ? 0 : (ulong)&second;
        args.set_tid_size = plan->EndsOrphans ? 0u : 1;
        int child = file < 0 ? -1 : Sys.clone3(&args);
        if (child == 0)
        {
            _exit(MakeApart(plan, file));
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
    private static int MakeApart(InitPlan* plan, int place)
    {
        // Only an id that is mapped may own a user namespace.
        if ((plan->SetIds && (Sys.setresgid(plan->Gid, plan->Gid, plan->Gid) < 0 || Sys.setresuid(plan->Uid, plan->Uid, plan->Uid) < 0))
            || Sys.unshare(Sys.CLONE_NEWUSER | Sys.CLONE_NEWNS) < 0)
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
    private static int Lock(InitPlan* plan, int devpts)
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
            return terminal < 0 || dup3(terminal, plan->Slave, O_CLOEXEC) < 0 || close(terminal) < 0 ? -1 : chdir(top);
        }
    }

    private static int Fill(InitPlan* plan, MountOp* op, int fd)
    {
        if (fd >= 0)
        {
            if (plan->Slots[op->Slot] >= 0)
            {
                _ = close(plan->Slots[op->Slot]);
            }

            plan->Slots[op->Slot] = fd;
        }

        return fd;
    }

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

    private static int SetAttributes(int mount, MountOp* op)
    {
        Sys.mount_attr attributes = new() { attr_set = op->Flags, attr_clr = op->Clear, propagation = op->Propagation };
        fixed (byte* empty = "\0"u8)
        {
            return Sys.mount_setattr(mount, empty, op->Recursive, &attributes);
        }
    }

    /// <summary>Appends <c>:/proc/self/fd/N</c>: a layer is named by its descriptor, whatever its path has in it. This /proc is still the host's.</summary>
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
        for (int i = 0; fd < 0 && errno == EAGAIN && i < Patience; i++)
        {
            fd = Sys.openat2(root, path, &how);
        }

        return fd;
    }

    private static int Find(int root, MountOp* op)
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

    private static int WriteFile(int directory, MountOp* op)
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
    private static int WriteExisting(int directory, MountOp* op)
    {
        Sys.open_how how = new()
        {
            flags = (ulong)(O_WRONLY | O_CLOEXEC),
            resolve = Sys.RESOLVE_IN_ROOT | Sys.RESOLVE_NO_SYMLINKS | Sys.RESOLVE_NO_MAGICLINKS,
        };
        int fd = Sys.openat2(directory, op->Name, &how);
        return fd < 0 || write(fd, op->Text, op->Length) < 0 ? -1 : close(fd);
    }

    private static int MakeDevice(int directory, MountOp* op)
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

    /// <summary>The terminal comes from the session's own devpts, so that it has a name in there: tty(1), and all that reopen it, work.</summary>
    private static int OpenTerminal(InitPlan* plan, int devpts)
    {
        int master;
        fixed (byte* name = "ptmx"u8)
        {
            master = openat(devpts, name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        }

        int unlocked = 0;
        if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0)
        {
            return -1;
        }

        plan->Slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (plan->Slave < 0
            || (plan->Credentials.SetUser && fchown(plan->Slave, (uid_t)plan->Credentials.Uid, unchecked((gid_t)uint.MaxValue)) < 0)
            || InitProgram.SendDescriptor(plan->Channel, master) < 0)
        {
            return -1;
        }

        // What is no pipe is the terminal.
        plan->Input = plan->Input < 0 ? plan->Slave : plan->Input;
        plan->Output = plan->Output < 0 ? plan->Slave : plan->Output;
        plan->Error = plan->Error < 0 ? plan->Slave : plan->Error;
        return close(master);
    }

    private static int PutConsole(InitPlan* plan, int directory, MountOp* op)
    {
        if (op->Text == null)
        {
            return BindOn(plan->Slave, directory, op->Name);
        }

        // The host's terminal, which has to be found in this mount namespace again: its path, and then whether it is the same file.
        int host = open(op->Text, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        Sys.statx_t found;
        Sys.statx_t slave;
        if (host < 0 || Stat(host, &found) < 0 || Stat(plan->Slave, &slave) < 0)
        {
            return -1;
        }

        if ((found.stx_dev_major, found.stx_dev_minor, found.stx_ino) != (slave.stx_dev_major, slave.stx_dev_minor, slave.stx_ino))
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

        MountOp readOnly = new() { Flags = MOUNT_ATTR_RDONLY };
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

    private static int RunHooks(InitPlan* plan, int root)
    {
        InitProgram.Send(plan->Channel, ReportKind.RootReady, 0, 0, 0);
        InitProgram.AwaitWord(plan);
        _ = Sys.umask(plan->FileMask);
        HookProgram.Run(plan, &plan->CreateHooks, LaunchStep.CreateContainerHook, root);
        _ = Sys.umask(0);
        return 0;
    }

    /// <summary>pivot_root(2) with the old root on top of the new one, as its man page has it: no directory in the root is needed.</summary>
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

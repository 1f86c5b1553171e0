using System;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Probe;

/// <summary>What a probe does once its namespaces are there.</summary>
internal enum ProbeStep
{
    /// <summary>Nothing: the namespaces are the question.</summary>
    None,

    /// <summary>Mounts /proc anew.</summary>
    Proc,

    /// <summary>Mounts an overlay of three directories on a tmpfs.</summary>
    Overlay,

    /// <summary>Gives a mount the ids of a user namespace below its own.</summary>
    IdMap,
}

/// <summary>A process in new namespaces that waits for a word, does one step, and ends with the error number.</summary>
internal sealed unsafe class ProbeChild : IDisposable
{
    private readonly FileDescriptor _process;
    private readonly FileDescriptor _word;
    private bool _ended;

    private ProbeChild(int pid, FileDescriptor process, FileDescriptor word)
    {
        Pid = pid;
        _process = process;
        _word = word;
    }

    public int Pid { get; }

    /// <summary>Starts it; null with the error number where it cannot be.</summary>
    public static ProbeChild? Start(ProbeStep step, NsNamespaceKind kinds, out int error)
    {
        int* ends = stackalloc int[2];
        _ = NativeException.Check(pipe2(ends, O_CLOEXEC), "pipe2");
        using var theirs = new FileDescriptor(ends[0]);
        var word = new FileDescriptor(ends[1]);
        int pidfd = -1;
        Sys.clone_args args = default;
        args.flags = (ulong)(long)kinds | (uint)Sys.CLONE_PIDFD;
        args.pidfd = (ulong)&pidfd;
        args.exit_signal = (ulong)SIGCHLD;
        int pid = Sys.clone3(&args);
        if (pid == 0)
        {
            Run(step, ends[0], ends[1]);
        }

        error = pid < 0 ? errno : 0;
        if (pid > 0)
        {
            return new ProbeChild(pid, new FileDescriptor(pidfd), word);
        }

        word.Dispose();
        return null;
    }

    /// <summary>Lets it do its step.</summary>
    /// <returns>The error number; 0 for success.</returns>
    public int Finish()
    {
        byte go = 1;
        _ = write(_word.Value, &go, 1);
        Sys.siginfo_t info = default;
        _ = Sys.waitid(Sys.P_PIDFD, (uint)_process.Value, &info, Sys.WEXITED);
        _ended = true;
        return info.si_code == Sys.CLD_EXITED ? info.si_status : EINTR;
    }

    public void Dispose()
    {
        // The end of the pipe ends it, too.
        _word.Dispose();
        if (!_ended)
        {
            Sys.siginfo_t info;
            _ = Sys.waitid(Sys.P_PIDFD, (uint)_process.Value, &info, Sys.WEXITED);
        }

        _process.Dispose();
    }

    /// <summary>The process itself: a child of clone3(2), so system calls and nothing else (<see cref="Init.InitProgram"/>).</summary>
    private static void Run(ProbeStep step, int word, int ours)
    {
        _ = close(ours);
        byte go;
        if (read(word, &go, 1) != 1)
        {
            _exit(EINTR);
        }

        // Error numbers that a mount gives fit into an exit status.
        _exit(step switch
        {
            ProbeStep.Proc => MountProc(),
            ProbeStep.Overlay => MountOverlay(),
            ProbeStep.IdMap => MapMountIds(),
            _ => 0,
        });
    }

    private static int MountProc()
    {
        fixed (byte* root = "/"u8, proc = "/proc"u8, type = "proc"u8)
        {
            return mount(null, root, null, (ulong_t)(ulong)(MS_REC | MS_PRIVATE), null) < 0
                || mount(type, proc, type, (ulong_t)(ulong)(MS_NOSUID | MS_NODEV | MS_NOEXEC), null) < 0
                ? errno
                : 0;
        }
    }

    private static int MountOverlay()
    {
        fixed (byte* root = "/"u8, place = "/proc"u8, tmpfs = "tmpfs"u8, overlay = "overlay"u8, lower = "lower"u8,
            upper = "upper"u8, work = "work"u8, options = "lowerdir=lower,upperdir=upper,workdir=work,userxattr"u8)
        {
            // Any directory that is surely there will do: nobody else sees the mount.
            return mount(null, root, null, (ulong_t)(ulong)(MS_REC | MS_PRIVATE), null) < 0
                || mount(tmpfs, place, tmpfs, default, null) < 0
                || chdir(place) < 0
                || mkdir(lower, (mode_t)0x1c0) < 0
                || mkdir(upper, (mode_t)0x1c0) < 0
                || mkdir(work, (mode_t)0x1c0) < 0
                || mount(overlay, lower, overlay, default, options) < 0
                ? errno
                : 0;
        }
    }

    /// <summary>Nothing of it is ever in the file system: a mount that has been there could not have other ids any more.</summary>
    private static int MapMountIds()
    {
        fixed (byte* tmpfs = "tmpfs"u8, root = "/"u8)
        {
            int context = Sys.fsopen(tmpfs);
            if (context < 0 || Sys.fsconfig(context, Sys.FSCONFIG_CMD_CREATE, null, null) < 0)
            {
                return errno;
            }

            int mount = Sys.fsmount(context, 0);
            int user = dup(context);
            if (mount < 0 || user < 0)
            {
                return errno;
            }

            int error = OpenUserNamespaceBelow(user);
            if (error != 0)
            {
                return error;
            }

            // A tmpfs can have other ids since Linux 6.3, others since 5.12.
            error = MapIds(mount, user);
            return error == EINVAL
                && Sys.open_tree(AT_FDCWD, root, Sys.OPEN_TREE_CLONE | (uint)O_CLOEXEC) is int copy and >= 0
                && MapIds(copy, user) == 0
                ? 0
                : error;
        }
    }

    private static int MapIds(int mount, int user)
    {
        Sys.mount_attr attributes = new() { attr_set = Sys.MOUNT_ATTR_IDMAP, userns_fd = (ulong)user };
        byte empty = 0;
        return Sys.mount_setattr(mount, &empty, recursive: false, &attributes) < 0 ? errno : 0;
    }

    /// <summary>
    /// A user namespace lives as long as somebody is in it, or has it open: a child makes one, maps its user, and opens it in the table of
    /// descriptors that it shares with us.
    /// </summary>
    /// <param name="descriptor">The descriptor that becomes the namespace's.</param>
    /// <returns>The error number; 0 for success.</returns>
    private static int OpenUserNamespaceBelow(int descriptor)
    {
        const ulong CLONE_FILES = 0x400;
        Sys.clone_args args = default;
        args.flags = (ulong)(long)NsNamespaceKind.User | CLONE_FILES;
        args.exit_signal = (ulong)SIGCHLD;
        int pid = Sys.clone3(&args);
        if (pid == 0)
        {
            fixed (byte* setgroups = "/proc/self/setgroups"u8, uids = "/proc/self/uid_map"u8, gids = "/proc/self/gid_map"u8,
                user = "/proc/self/ns/user"u8, deny = "deny"u8, one = "0 0 1"u8)
            {
                int fd = WriteFile(setgroups, deny, 4) && WriteFile(uids, one, 5) && WriteFile(gids, one, 5)
                    ? open(user, O_RDONLY | O_CLOEXEC)
                    : -1;
                _exit(fd < 0 || dup3(fd, descriptor, O_CLOEXEC) < 0 ? errno : 0);
            }
        }

        Sys.siginfo_t info = default;
        return pid < 0 || Sys.waitid(Sys.P_PID, (uint)pid, &info, Sys.WEXITED) < 0 ? errno : info.si_status;
    }

    private static bool WriteFile(byte* path, byte* text, int length)
    {
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        return fd >= 0 && write(fd, text, length) == length;
    }
}

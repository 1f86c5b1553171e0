using System;
using System.Runtime.InteropServices;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Native;

/// <summary>The system calls and constants that Tmds.LibC does not declare, each by its man-page name.</summary>
/// <remarks>
/// All are blittable and report failure as the man page says (-1, with <see cref="LibC.errno"/>). Calls newer than the
/// oldest supported glibc go through syscall(2); their numbers are the same on every architecture we build for.
/// </remarks>
internal static unsafe class Sys
{
    private const string Libc = "libc.so.6";

    public const int P_ALL = 0;
    public const int P_PID = 1;
    public const int P_PIDFD = 3;
    public const int WNOHANG = 1;
    public const int WEXITED = 4;
    public const int WNOWAIT = 0x01000000;
    public const int CLD_EXITED = 1;

    public const int PR_SET_PDEATHSIG = 1;
    public const int PR_GET_DUMPABLE = 3;
    public const int PR_SET_DUMPABLE = 4;
    public const int PR_SET_KEEPCAPS = 8;
    public const int PR_SET_NAME = 15;
    public const int PR_CAPBSET_DROP = 24;
    public const int PR_SET_CHILD_SUBREAPER = 36;
    public const int PR_SET_NO_NEW_PRIVS = 38;
    public const int PR_CAP_AMBIENT = 47;
    public const int PR_CAP_AMBIENT_RAISE = 2;
    public const int PR_CAP_AMBIENT_CLEAR_ALL = 4;
    public const int CAP_KILL = 5;
    public const int CAP_SYS_ADMIN = 21;
    public const uint LINUX_CAPABILITY_VERSION_3 = 0x20080522;
    public const uint SECCOMP_SET_MODE_FILTER = 1;
    public const int PRIO_PROCESS = 0;
    public const int CLONE_NEWTIME = 0x80;
    public const ulong RESOLVE_IN_ROOT = 0x10;

    public const int RLIMIT_NOFILE = 7;
    public const int RUSAGE_CHILDREN = -1;
    public const int CLONE_FILES = 0x400;
    public const int CLONE_PIDFD = 0x1000;
    public const int CLONE_VFORK = 0x4000;
    public const int CLONE_NEWNS = 0x00020000;
    public const int CLONE_NEWCGROUP = 0x02000000;
    public const int CLONE_NEWUSER = 0x10000000;
    public const ulong CLONE_INTO_CGROUP = 0x200000000;
    public const int CLOCK_MONOTONIC = 1;
    public const int SFD_CLOEXEC = 0x80000;
    public const int SFD_NONBLOCK = 0x800;
    public const int TFD_CLOEXEC = 0x80000;
    public const int TFD_NONBLOCK = 0x800;
    public const int FIONREAD = 0x541B;
    public const int W_OK = 2;
    public const int RLIMIT_NPROC = 6;
    public const int RLIMIT_AS = 9;
    public const int F_GETLK = 5;
    public const int F_SETLK = 6;
    public const short F_RDLCK = 0;
    public const short F_WRLCK = 1;
    public const short F_UNLCK = 2;
    public const int LOCK_SH = 1;
    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;
    public const int LOCK_UN = 8;
    public const int STATX_BASIC_STATS = 0x7ff;
    public const int SIGNAL_COUNT = 64;

    public const int AT_RECURSIVE = 0x8000;

    public const int OPEN_TREE_CLONE = 1;
    public const int OPEN_TREE_CLOEXEC = 0x80000;
    public const int MOVE_MOUNT_F_EMPTY_PATH = 4;
    public const int MOVE_MOUNT_T_EMPTY_PATH = 0x40;
    public const uint MOUNT_ATTR_RDONLY = 1;
    public const uint MOUNT_ATTR_NOSUID = 2;
    public const uint MOUNT_ATTR_NODEV = 4;
    public const uint MOUNT_ATTR_NOEXEC = 8;
    public const uint MOUNT_ATTR_NOATIME = 0x10;
    public const uint MOUNT_ATTR_STRICTATIME = 0x20;
    public const uint MOUNT_ATTR__ATIME = 0x70;
    public const uint MOUNT_ATTR_NODIRATIME = 0x80;
    public const uint MOUNT_ATTR_IDMAP = 0x100000;
    public const uint MOUNT_ATTR_NOSYMFOLLOW = 0x200000;
    public const int FSOPEN_CLOEXEC = 1;
    public const int FSMOUNT_CLOEXEC = 1;
    public const int FSCONFIG_SET_FLAG = 0;
    public const int FSCONFIG_SET_STRING = 1;
    public const int FSCONFIG_CMD_CREATE = 6;
    public const ulong RESOLVE_NO_MAGICLINKS = 2;
    public const ulong RESOLVE_NO_SYMLINKS = 4;

    private const long SYS_pidfd_send_signal = 424;
    private const long SYS_open_tree = 428;
    private const long SYS_move_mount = 429;
    private const long SYS_fsopen = 430;
    private const long SYS_fsconfig = 431;
    private const long SYS_fsmount = 432;
    private const long SYS_pidfd_open = 434;
    private const long SYS_clone3 = 435;
    private const long SYS_close_range = 436;
    private const long SYS_openat2 = 437;
    private const long SYS_mount_setattr = 442;

    /// <summary>setresuid(2) of the calling thread alone.</summary>
    /// <remarks>
    /// The C library's has all threads of the process follow (nptl(7)), and waits for them. In a child of <see cref="clone3"/> the
    /// others do not exist, but the library's list of them does.
    /// </remarks>
    public static int setresuid(uint ruid, uint euid, uint suid) => (int)syscall((long_t)(IsArm64 ? 147 : 117), ruid, euid, suid);

    /// <summary>setresgid(2) of the calling thread alone; see <see cref="setresuid"/>.</summary>
    public static int setresgid(uint rgid, uint egid, uint sgid) => (int)syscall((long_t)(IsArm64 ? 149 : 119), rgid, egid, sgid);

    /// <summary>setgroups(2) of the calling thread alone; see <see cref="setresuid"/>.</summary>
    public static int setgroups(nuint size, uint* list) => (int)syscall((long_t)(IsArm64 ? 159 : 116), (size_t)(ulong)size, list);

    /// <summary>
    /// capget(2) and capset(2): the header says which process and version, the data has two elements for 64 capabilities.
    /// </summary>
    public static int capget(cap_user_header* header, cap_user_data* data) => (int)syscall((long_t)(IsArm64 ? 90 : 125), header, data);

    /// <inheritdoc cref="capget"/>
    public static int capset(cap_user_header* header, cap_user_data* data) => (int)syscall((long_t)(IsArm64 ? 91 : 126), header, data);

    /// <summary>seccomp(2).</summary>
    public static int seccomp(uint operation, uint flags, void* args) =>
        (int)syscall((long_t)(IsArm64 ? 277 : 317), operation, flags, args);

    /// <summary>openat2(2).</summary>
    public static int openat2(int dirfd, byte* pathname, open_how* how) =>
        (int)syscall((long_t)SYS_openat2, dirfd, pathname, how, (size_t)(ulong)sizeof(open_how));

    /// <summary>sched_setaffinity(2).</summary>
    [DllImport(Libc, SetLastError = true)]
    public static extern int sched_setaffinity(int pid, nuint cpusetsize, byte* mask);

    /// <summary>sched_setscheduler(2). The parameter is a struct sched_param, which holds the priority alone.</summary>
    [DllImport(Libc, SetLastError = true)]
    public static extern int sched_setscheduler(int pid, int policy, int* param);

    [DllImport(Libc, SetLastError = true)]
    public static extern int setpriority(int which, uint who, int prio);

    [DllImport(Libc)]
    public static extern uint umask(uint mask);

    [DllImport(Libc, SetLastError = true)]
    public static extern int unshare(int flags);

    /// <summary>A constant to the compiler: no call, no allocation.</summary>
    private static bool IsArm64 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>clone3(2), without CLONE_VM: the child goes on in a copy of this process, with one thread.</summary>
    public static int clone3(clone_args* args) =>
        (int)syscall((long_t)SYS_clone3, args, (size_t)(ulong)sizeof(clone_args));

    /// <summary>clone(2), as fork(2) but for the flags: with CLONE_PIDFD the child's pidfd is put into <paramref name="pidfd"/>.</summary>
    public static int clone(int flags, int* pidfd) =>
        (int)syscall((long_t)(IsArm64 ? 220 : 56), (size_t)(ulong)(uint)flags, (void*)null, pidfd, (void*)null, (void*)null);

    /// <summary>
    /// ppoll(2) as the kernel has it, without a mask: what is left of <paramref name="timeout"/>, seconds and
    /// nanoseconds, is put back there.
    /// </summary>
    public static int ppoll(pollfd* fds, nuint count, long* timeout) =>
        (int)syscall((long_t)(IsArm64 ? 73 : 271), fds, (size_t)(ulong)count, timeout, (void*)null, 0);

    /// <summary>pidfd_open(2).</summary>
    public static int pidfd_open(int pid) => (int)syscall((long_t)SYS_pidfd_open, pid, 0);

    /// <summary>pidfd_send_signal(2).</summary>
    public static int pidfd_send_signal(int pidfd, int signal) =>
        (int)syscall((long_t)SYS_pidfd_send_signal, pidfd, signal, (void*)null, 0);

    /// <summary>close_range(2) without flags.</summary>
    public static int close_range(uint first, uint last) => (int)syscall((long_t)SYS_close_range, first, last, 0);

    /// <summary>pivot_root(2).</summary>
    public static int pivot_root(byte* newRoot, byte* putOld) => (int)syscall((long_t)(IsArm64 ? 41 : 155), newRoot, putOld);

    /// <summary>mknodat(2).</summary>
    public static int mknodat(int dirfd, byte* path, uint mode, uint device) =>
        (int)syscall((long_t)(IsArm64 ? 33 : 259), dirfd, path, mode, device);

    /// <summary>
    /// getcwd(2), the system call: it gives the length, and a path of a directory outside of the root without a slash in front.
    /// </summary>
    public static int getcwd(byte* path, int size) => (int)syscall((long_t)(IsArm64 ? 17 : 79), path, (size_t)(ulong)size);

    /// <summary>open_tree(2).</summary>
    public static int open_tree(int dirfd, byte* path, uint flags) => (int)syscall((long_t)SYS_open_tree, dirfd, path, flags);

    /// <summary>move_mount(2) of the mount that a descriptor is, to the place that another one is.</summary>
    public static int move_mount(int mount, byte* empty, int target) =>
        (int)syscall((long_t)SYS_move_mount, mount, empty, target, empty, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);

    /// <summary>fsopen(2), close-on-exec.</summary>
    public static int fsopen(byte* type) => (int)syscall((long_t)SYS_fsopen, type, FSOPEN_CLOEXEC);

    /// <summary>fsconfig(2).</summary>
    public static int fsconfig(int fd, uint command, byte* key, byte* value) =>
        (int)syscall((long_t)SYS_fsconfig, fd, command, key, value, 0);

    /// <summary>fsmount(2), close-on-exec.</summary>
    public static int fsmount(int fd, uint attributes) => (int)syscall((long_t)SYS_fsmount, fd, FSMOUNT_CLOEXEC, attributes);

    /// <summary>mount_setattr(2) of the mount that a descriptor is.</summary>
    public static int mount_setattr(int mount, byte* empty, bool recursive, mount_attr* attributes) =>
        (int)syscall(
            (long_t)SYS_mount_setattr,
            mount,
            empty,
            AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0),
            attributes,
            (size_t)(ulong)sizeof(mount_attr));

    /// <summary>poll(2); Tmds.LibC's declaration does not keep errno.</summary>
    [DllImport(Libc, SetLastError = true)]
    public static extern int poll(pollfd* fds, nuint nfds, int timeout);

    [DllImport(Libc, SetLastError = true)]
    public static extern int waitid(int idtype, uint id, siginfo_t* info, int options);

    [DllImport(Libc, EntryPoint = "prlimit64", SetLastError = true)]
    public static extern int prlimit(int pid, int resource, rlimit64* newLimit, rlimit64* oldLimit);

    [DllImport(Libc, SetLastError = true)]
    public static extern int getrusage(int who, rusage_t* usage);

    [DllImport(Libc, SetLastError = true)]
    public static extern int prctl(int option, nuint arg2, nuint arg3, nuint arg4, nuint arg5);

    [DllImport(Libc, SetLastError = true)]
    public static extern int timerfd_create(int clockid, int flags);

    [DllImport(Libc, SetLastError = true)]
    public static extern int timerfd_settime(int fd, int flags, itimerspec64* newValue, itimerspec64* oldValue);

    [DllImport(Libc, SetLastError = true)]
    public static extern int signalfd(int fd, sigset_t* mask, int flags);

    [DllImport(Libc, SetLastError = true)]
    public static extern int setns(int fd, int nstype);

    [DllImport(Libc, SetLastError = true)]
    public static extern int chroot(byte* path);

    [DllImport(Libc, SetLastError = true)]
    public static extern int rename(byte* oldpath, byte* newpath);

    [DllImport(Libc, SetLastError = true)]
    public static extern int renameat(int olddirfd, byte* oldpath, int newdirfd, byte* newpath);

    [DllImport(Libc, SetLastError = true)]
    public static extern int flock(int fd, int operation);

    [DllImport(Libc, SetLastError = true)]
    public static extern int access(byte* pathname, int mode);

    /// <summary>fcntl(2) with a lock.</summary>
    [DllImport(Libc, SetLastError = true)]
    public static extern int fcntl(int fd, int cmd, flock_t* arg);

    [DllImport(Libc, SetLastError = true)]
    public static extern int statx(int dirfd, byte* pathname, int flags, uint mask, statx_t* buffer);

    /// <summary>getpwuid_r(3): returns an error number, and sets <paramref name="result"/> to null where there is no such user.</summary>
    [DllImport(Libc)]
    public static extern int getpwuid_r(uint uid, passwd_t* pwd, byte* buffer, nuint length, passwd_t** result);

    /// <summary>The argument of mount_setattr(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct mount_attr
    {
        public ulong attr_set;
        public ulong attr_clr;
        public ulong propagation;
        public ulong userns_fd;
    }

    /// <summary>
    /// The argument of clone3(2), as of Linux 5.7 (CLONE_ARGS_SIZE_VER2); older kernels take it while what they do not know is zero.
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct clone_args
    {
        public ulong flags;
        public ulong pidfd;
        public ulong child_tid;
        public ulong parent_tid;
        public ulong exit_signal;
        public ulong stack;
        public ulong stack_size;
        public ulong tls;
        public ulong set_tid;
        public ulong set_tid_size;
        public ulong cgroup;
    }

    /// <summary>__user_cap_header_struct of capset(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct cap_user_header
    {
        public uint version;
        public int pid;
    }

    /// <summary>__user_cap_data_struct of capset(2): 32 capabilities.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct cap_user_data
    {
        public uint effective;
        public uint permitted;
        public uint inheritable;
    }

    /// <summary>struct sock_fprog of seccomp(2): a filter.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct sock_fprog
    {
        public ushort len;
        public byte* filter;
    }

    /// <summary>struct open_how of openat2(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct open_how
    {
        public ulong flags;
        public ulong mode;
        public ulong resolve;
    }

    /// <summary>struct rlimit64 of getrlimit(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct rlimit64
    {
        public ulong rlim_cur;
        public ulong rlim_max;
    }

    /// <summary>The leading fields of struct rusage (getrusage(2)) on 64-bit machines; the structure is 144 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 144)]
    public struct rusage_t
    {
        [FieldOffset(0)]
        public long utime_sec;

        [FieldOffset(8)]
        public long utime_usec;

        [FieldOffset(16)]
        public long stime_sec;

        [FieldOffset(24)]
        public long stime_usec;
    }

    /// <summary>struct flock of fcntl(2) on 64-bit machines.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct flock_t
    {
        public short l_type;
        public short l_whence;
        public long l_start;
        public long l_len;
        public int l_pid;
    }

    /// <summary>struct itimerspec of timerfd_settime(2) on 64-bit machines.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct itimerspec64
    {
        public long interval_sec;
        public long interval_nsec;
        public long value_sec;
        public long value_nsec;
    }

    /// <summary>struct passwd of getpwnam(3).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct passwd_t
    {
        public byte* pw_name;
        public byte* pw_passwd;
        public uint pw_uid;
        public uint pw_gid;
        public byte* pw_gecos;
        public byte* pw_dir;
        public byte* pw_shell;
    }

    /// <summary>The leading fields of struct statx (statx(2)); the structure is 256 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct statx_t
    {
        [FieldOffset(16)]
        public uint stx_nlink;

        [FieldOffset(20)]
        public uint stx_uid;

        [FieldOffset(24)]
        public uint stx_gid;

        [FieldOffset(28)]
        public ushort stx_mode;

        [FieldOffset(32)]
        public ulong stx_ino;

        [FieldOffset(40)]
        public ulong stx_size;

        [FieldOffset(128)]
        public uint stx_rdev_major;

        [FieldOffset(132)]
        public uint stx_rdev_minor;

        [FieldOffset(136)]
        public uint stx_dev_major;

        [FieldOffset(140)]
        public uint stx_dev_minor;
    }

    /// <summary>What waitid(2) fills in; Tmds.LibC's siginfo_t has si_code and si_errno the other way round.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    public struct siginfo_t
    {
        [FieldOffset(8)]
        public int si_code;

        [FieldOffset(16)]
        public int si_pid;

        [FieldOffset(24)]
        public int si_status;

        /// <summary>How a child ended, as a shell says it: its exit status, or 128 + n for signal n.</summary>
        public readonly int ExitCode => si_code == CLD_EXITED ? si_status : 128 + si_status;
    }

    /// <summary>The fields of struct signalfd_siginfo (signalfd(2)) that we read; the structure is 128 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    public struct signalfd_siginfo
    {
        [FieldOffset(0)]
        public uint ssi_signo;

        [FieldOffset(12)]
        public uint ssi_pid;
    }
}

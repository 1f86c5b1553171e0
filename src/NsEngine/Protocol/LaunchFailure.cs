using System;

namespace NsModule.Protocol;

/// <summary>The step of a launch that failed. The numbers are the wire.</summary>
internal enum LaunchStep
{
    /// <summary>Making the session's directory, record or socket.</summary>
    State = 1,

    /// <summary>Another running session has the name.</summary>
    Name = 2,

    /// <summary>Opening the pseudo-terminal.</summary>
    Pty = 3,

    /// <summary>clone3(2) with the namespaces' flags.</summary>
    Clone = 4,

    /// <summary>Writing /proc/PID/setgroups, uid_map or gid_map.</summary>
    IdMap = 5,

    /// <summary>Becoming the mapped user inside (setresuid(2), setresgid(2), setgroups(2)).</summary>
    Identity = 6,

    /// <summary>sethostname(2).</summary>
    Hostname = 7,

    /// <summary>setdomainname(2).</summary>
    DomainName = 8,

    /// <summary>Bringing the loopback device up.</summary>
    Loopback = 9,

    /// <summary>Making the mount tree private.</summary>
    Propagation = 10,

    /// <summary>Mounting the fresh /proc.</summary>
    Proc = 11,

    /// <summary>Forking the command from init.</summary>
    Fork = 12,

    /// <summary>The new session and its controlling terminal (setsid(2), TIOCSCTTY).</summary>
    Terminal = 13,


    /// <summary>setrlimit(2).</summary>
    Limits = 14,

    /// <summary>chdir(2) to the working directory.</summary>
    WorkingDirectory = 15,

    /// <summary>execve(2) of the command.</summary>
    Exec = 16,

    /// <summary>The process that set things up was killed.</summary>
    Died = 17,

    /// <summary>Descriptors for the supervisor itself (epoll, signalfd, socketpair).</summary>
    Descriptors = 18,

    /// <summary>
    /// Opening the log of the output: ELOOP, a symbolic link; EMLINK, several names; EISDIR, ENXIO and ENODEV, no regular file;
    /// EEXIST, it must be empty and is not.
    /// </summary>
    OutputLog = 30,

    /// <summary>The command's standard streams (pipe2(2), dup2(2)).</summary>
    Streams = 31,

    /// <summary>Finding the session to join: ENOENT, it is not there; ESRCH, it has ended; EBUSY, it is suspended.</summary>
    JoinTarget = 40,

    /// <summary>Taking hold of the namespaces and the root of the session to join.</summary>
    JoinAccess = 41,

    /// <summary>Opening a namespace to join; ESTALE: the file stands for another one now.</summary>
    JoinFile = 44,

    /// <summary>setns(2) into its namespaces.</summary>
    JoinNamespaces = 42,

    /// <summary>chroot(2) into its root.</summary>
    JoinRoot = 43,

    /// <summary>Taking hold of the root directory, or of the layer below it.</summary>
    RootPath = 50,

    /// <summary>Taking hold of what a mount is made from.</summary>
    MountSource = 51,

    /// <summary>Finding, or making, the place in the root where a mount goes.</summary>
    MountTarget = 52,

    /// <summary>Making a file system, setting its attributes, or putting it in its place.</summary>
    Mount = 53,

    /// <summary>Making an overlay.</summary>
    Overlay = 54,

    /// <summary>Filling /dev.</summary>
    Devices = 55,

    /// <summary>Covering a path that the session is not to see, or not to write.</summary>
    CoveredPath = 56,

    /// <summary>pivot_root(2), and letting go of the host's root.</summary>
    PivotRoot = 57,

    /// <summary>Changing the ids of a mount (MOUNT_ATTR_IDMAP).</summary>
    IdMappedMount = 58,

    /// <summary>Making mounts that the session cannot undo (unshare(2), setns(2)).</summary>
    MountLock = 91,

    /// <summary>Giving the root the ids of the session (MOUNT_ATTR_IDMAP).</summary>
    IdMappedRoot = 92,

    /// <summary>Writing a parameter of the kernel's below /proc/sys.</summary>
    KernelParameter = 59,

    /// <summary>Finding the user in the root's /etc/passwd.</summary>
    User = 60,

    /// <summary>Finding a group in the root's /etc/group.</summary>
    Group = 61,

    /// <summary>A user or group that the session's map does not have (EINVAL), or groups that may not be set (EPERM).</summary>
    IdNotMapped = 62,

    /// <summary>
    /// newuidmap(1) or newgidmap(1): ENOENT, it is not installed; ETIMEDOUT, it did not end; else it refused, in its own words.
    /// </summary>
    IdMapHelper = 63,

    /// <summary>Becoming the user (setgroups(2), setresgid(2), setresuid(2)).</summary>
    BecomeUser = 64,

    /// <summary>The capability sets (capset(2), prctl(2)).</summary>
    Capabilities = 65,

    /// <summary>PR_SET_NO_NEW_PRIVS.</summary>
    NoNewPrivileges = 66,

    /// <summary>Loading the filter (seccomp(2)).</summary>
    Seccomp = 67,

    /// <summary>prlimit(2).</summary>
    ResourceLimit = 68,

    /// <summary>setpriority(2).</summary>
    Nice = 69,

    /// <summary>sched_setscheduler(2).</summary>
    SchedulingPolicy = 94,

    /// <summary>sched_setaffinity(2).</summary>
    CpuAffinity = 70,

    /// <summary>Writing /proc/self/oom_score_adj.</summary>
    OomScore = 71,

    /// <summary>Reading what those who join the session take over from it (<see cref="Specs.JoinSpec"/>).</summary>
    JoinSpec = 72,

    /// <summary>unshare(CLONE_NEWTIME) and writing /proc/self/timens_offsets.</summary>
    TimeOffsets = 85,

    /// <summary>setns(2) into the new time namespace.</summary>
    TimeNamespace = 86,

    /// <summary>Finding a hierarchy with the cgroup controller that a limit takes.</summary>
    CgroupController = 75,

    /// <summary>Making the session's cgroup, or having its parent hand the controller on.</summary>
    CgroupCreate = 76,

    /// <summary>Writing a limit.</summary>
    CgroupLimit = 77,

    /// <summary>Moving a process into the session's cgroup.</summary>
    CgroupEnter = 78,

    /// <summary>Asking the user's systemd for a scope to have the cgroup in; the detail is its answer.</summary>
    CgroupScope = 90,

    /// <summary>unshare(2) of the cgroup namespace.</summary>
    CgroupNamespace = 79,

    /// <summary>Making the devices, addresses and routes of a private network (rtnetlink(7)). EADDRNOTAVAIL: no address is left.</summary>
    Network = 80,

    /// <summary>Making its NAT (nf_tables).</summary>
    Nat = 81,

    /// <summary>Having the host pass packets on (net.ipv4.ip_forward).</summary>
    Forwarding = 82,

    /// <summary>Opening a published port.</summary>
    PublishedPort = 83,

    /// <summary>Starting pasta or slirp4netns. ENOENT: there is neither; 0: it failed, and the detail says what it said.</summary>
    NetworkHelper = 84,

    /// <summary>A hook that has to succeed; the detail says how it failed.</summary>
    Hook = 87,

    /// <summary>The same of one that is run inside the session, before its root changes.</summary>
    CreateContainerHook = 88,

    /// <summary>The same of one that is run inside the session, before the command.</summary>
    StartContainerHook = 89,

    /// <summary>Reading what is to be launched: the launcher is of another version than the agent.</summary>
    Version = 93,
}

/// <summary>Why a launch, or a change of a session, failed: the step, the error number, and what it was about.</summary>
/// <remarks>The same in all versions: a launcher of another one is told <see cref="LaunchStep.Version"/> in it.</remarks>
/// <param name="Step">The step.</param>
/// <param name="Errno">The error number; 0 where there is none.</param>
/// <param name="Detail">The path, map or name it was about; may be empty.</param>
internal readonly record struct LaunchFailure(LaunchStep Step, int Errno, string Detail)
{
    public byte[] ToFrame(FrameKind kind = FrameKind.Failed) => new WireWriter(kind).Int32((int)Step).Int32(Errno).String(Detail).ToFrame();

    public static LaunchFailure Read(ReadOnlySpan<byte> payload)
    {
        var reader = new WireReader(payload);
        return new LaunchFailure((LaunchStep)reader.Int32(), reader.Int32(), reader.String());
    }
}

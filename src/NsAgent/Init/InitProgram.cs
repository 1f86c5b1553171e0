using System;
using NsModule.Native;
using NsModule.Protocol;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Init;

/// <summary>PID 1 of a session, and the command up to its execve(2).</summary>
/// <remarks>
/// This code runs in a child of clone3(2) that has only the calling thread: the runtime's other threads, and with them
/// garbage collection and locks, do not exist here. So it makes system calls on memory prepared before and nothing
/// else: no allocation, no string, no exception, no virtual call. Nothing returns from here: every way ends in
/// execve or _exit.
/// </remarks>
internal static unsafe class InitProgram
{
    /// <summary>The exit status of a process that could not become what it was to be.</summary>
    internal const int ExitFailure = 127;

    /// <summary>SIGPWR, which nobody sends to such a process: what an init whose PID namespace does not end with it gets when its supervisor dies.</summary>
    private const int SupervisorGone = 30;

    /// <summary>The one descriptor that init keeps, where it has any: the list of its children.</summary>
    private const int Children = 0;

    private const int SIOCGIFFLAGS = 0x8913;
    private const int SIOCSIFFLAGS = 0x8914;
    private const short IFF_UP = 1;

    /// <summary>Sets the namespaces up, starts the command, and stays as init.</summary>
    public static void Run(InitPlan* plan)
    {
        // Before anything of the session exists that could stand in for it.
        int children = plan->EndsOrphans ? OpenChildren() : -1;
        EnterCgroups(plan);
        if (plan->AwaitSupervisor)
        {
            Send(plan->Channel, ReportKind.Waiting, 0, 0, 0);
            AwaitWord(plan);
        }

        SetUp(plan);
        if (plan->NoInit)
        {
            RunCommand(plan);
        }

        // Where there is no new PID namespace, this makes orphans init's all the same.
        _ = Sys.prctl(Sys.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);

        // Nobody in the session may look into its init (ptrace(2), /proc/1/mem, /proc/1/fd, /proc/1/exe), which runs as the same user:
        // from before there is anybody, for the command may run ahead of us.
        int dumpable = Sys.prctl(Sys.PR_GET_DUMPABLE, 0, 0, 0, 0);
        _ = Sys.prctl(Sys.PR_SET_DUMPABLE, 0, 0, 0, 0);
        Sys.clone_args args = default;
        args.exit_signal = (ulong)SIGCHLD;
        int command = Sys.clone3(&args);
        if (command == 0)
        {
            // Until it executes something it is alone, and a supervisor that is not root has to look at it; but not where it joins others.
            _ = Sys.prctl(Sys.PR_SET_DUMPABLE, (nuint)dumpable, 0, 0, 0);
            RunCommand(plan);
        }

        if (command < 0)
        {
            Fail(plan, LaunchStep.Fork);
        }

        if (plan->EndsOrphans)
        {
            // No PID namespace ends with us, and a command that has changed its ids has lost its own signal.
            _ = Sys.prctl(Sys.PR_SET_PDEATHSIG, (nuint)SupervisorGone, 0, 0, 0);
        }

        // The channel's end tells the supervisor that the command was executed: keep no copy. Nor of the terminal.
        // Nor a working directory, which would keep its file system busy.
        bool listed = children >= 0 && dup2(children, Children) == Children;
        _ = Sys.close_range(listed ? (uint)Children + 1 : 0, uint.MaxValue);
        fixed (byte* root = "/"u8)
        {
            _ = chdir(root);
        }

        // From here on it sends signals to a command that may be another user, and nothing else.
        _ = Credentials.SetCapabilities(1ul << Sys.CAP_KILL, 0);
        int status = Reap(command);
        if (listed)
        {
            EndChildren();
        }

        _exit(status);
    }

    private static void SetUp(InitPlan* plan)
    {
        // In a process, not a thread, so no race with the thread that forked; lost if the supervisor is dead already.
        // Changing the ids clears it, hence once more below.
        DieWithSupervisor(plan->SupervisorPidfd);

        if (plan->Join)
        {
            Join(plan);
        }

        // As what clone3 has made of us: in the new user namespace, with all capabilities.
        if (plan->CgroupNamespace && unshare(Sys.CLONE_NEWCGROUP) < 0)
        {
            Fail(plan, LaunchStep.CgroupNamespace);
        }

        RunMounts(plan, 0, plan->EarlyMountCount);
        if (!plan->Join && !plan->HasRoot)
        {
            // While we may still go where the mapped user may not; tried again as that user before the command is executed.
            plan->InWorkingDirectory = chdir(plan->WorkingDirectory) == 0;
        }

        if (plan->SetIds)
        {
            // EPERM: an outer user namespace denies it for good; then an ordinary user's groups stay, as they do for one.
            if ((plan->ClearGroups && Sys.setgroups(0, null) < 0 && errno != EPERM)
                || Sys.setresgid(plan->Gid, plan->Gid, plan->Gid) < 0
                || Sys.setresuid(plan->Uid, plan->Uid, plan->Uid) < 0)
            {
                Fail(plan, LaunchStep.Identity);
            }

            DieWithSupervisor(plan->SupervisorPidfd);
            if (plan->Dumpable)
            {
                _ = Sys.prctl(Sys.PR_SET_DUMPABLE, 1, 0, 0, 0);
            }
        }

        if (plan->TimeOffsets != null)
        {
            EnterTimeNamespace(plan);
            DieWithSupervisor(plan->SupervisorPidfd);
        }

        if (plan->Hostname != null && sethostname(plan->Hostname, plan->HostnameLength) < 0)
        {
            Fail(plan, LaunchStep.Hostname);
        }

        if (plan->DomainName != null && setdomainname(plan->DomainName, plan->DomainNameLength) < 0)
        {
            Fail(plan, LaunchStep.DomainName);
        }

        // Before /proc is mounted: afterwards some kernels refuse it.
        if (plan->Loopback && !BringLoopbackUp())
        {
            Fail(plan, LaunchStep.Loopback);
        }

        RunMounts(plan, plan->EarlyMountCount, plan->MountCount);
    }

    private static void EnterCgroups(InitPlan* plan)
    {
        byte self = (byte)'0';
        for (int i = 0; i < plan->TaskFileCount; i++)
        {
            if (write(plan->TaskFiles[i], &self, 1) < 0)
            {
                Fail(plan, LaunchStep.CgroupEnter, i);
            }

            _ = close(plan->TaskFiles[i]);
        }
    }

    private static void RunMounts(InitPlan* plan, int first, int end)
    {
        if (first < end)
        {
            // The modes of what is made are meant as they are.
            plan->FileMask = Sys.umask(0);
            int failed = MountProgram.Run(plan, first, end);
            if (failed >= 0)
            {
                Fail(plan, LaunchStep.Mount, failed);
            }

            _ = Sys.umask(plan->FileMask);
        }
    }

    /// <summary>Enters namespaces whose processes may be hostile: until execve none of them can look into this one (ptrace(2), /proc/PID/fd).</summary>
    private static void Join(InitPlan* plan)
    {
        _ = Sys.prctl(Sys.PR_SET_DUMPABLE, 0, 0, 0, 0);

        // The PID namespace becomes that of our children.
        for (int i = 0; i < plan->EntranceCount; i++)
        {
            if (Sys.setns(plan->Entrances[i].Descriptor, plan->Entrances[i].Kinds) < 0)
            {
                Fail(plan, LaunchStep.JoinNamespaces);
            }
        }

        fixed (byte* here = "."u8)
        {
            if (plan->JoinRoot >= 0 && (fchdir(plan->JoinRoot) < 0 || Sys.chroot(here) < 0))
            {
                Fail(plan, LaunchStep.JoinRoot);
            }
        }
    }

    private static void RunCommand(InitPlan* plan)
    {
        // Without a PID namespace nothing else would end the command when its init is killed.
        _ = Sys.prctl(Sys.PR_SET_PDEATHSIG, (nuint)SIGKILL, 0, 0, 0);

        // The supervisor learns from this message which process the command is, and takes hold of it while it waits here.
        Send(plan->Channel, ReportKind.CommandReady, 0, 0, 0);
        AwaitWord(plan);

        if (setsid() < 0 && errno != EPERM)
        {
            Fail(plan, LaunchStep.Terminal);
        }

        if (plan->Slave >= 0 && plan->Credentials.SetUser)
        {
            // One that was opened inside belongs to init's user yet; one of the host's is the supervisor's to give.
            _ = fchown(plan->Slave, (uid_t)plan->Credentials.Uid, unchecked((gid_t)uint.MaxValue));
        }

        if (plan->Slave >= 0 && ioctl(plan->Slave, TIOCSCTTY, 0) < 0)
        {
            Fail(plan, LaunchStep.Terminal);
        }

        // None of them is 0, 1 or 2: those were the supervisor's own when it made them.
        if (dup2(plan->Input, 0) < 0 || dup2(plan->Output, 1) < 0 || dup2(plan->Error, 2) < 0)
        {
            Fail(plan, LaunchStep.Streams);
        }

        if (plan->OpenFilesLimit != 0 && !LimitOpenFiles(plan->OpenFilesLimit))
        {
            Fail(plan, LaunchStep.Limits);
        }

        // 0, 1 and 2 are the command's streams, 3 is the channel until execve closes it; nothing else goes through.
        if (plan->Channel != 3 && dup3(plan->Channel, 3, O_CLOEXEC) < 0)
        {
            Fail(plan, LaunchStep.Terminal);
        }

        plan->Channel = 3;
        if (plan->StartHooks.Count > 0)
        {
            if (dup3(plan->StartHooks.State, 4, O_CLOEXEC) < 0)
            {
                Fail(plan, LaunchStep.StartContainerHook);
            }

            plan->StartHooks.State = 4;
        }

        _ = Sys.close_range(plan->StartHooks.Count > 0 ? 5u : 4, uint.MaxValue);

        Credentials.BecomeUser(plan);

        // With no directory of the host's open any more, whatever link inside the path goes by way of /proc/self/fd.
        if (chdir(plan->WorkingDirectory) < 0 && !plan->InWorkingDirectory)
        {
            Fail(plan, LaunchStep.WorkingDirectory);
        }

        if ((plan->HasRoot || plan->Join) && !IsInsideRoot())
        {
            Fail(plan, LaunchStep.WorkingDirectory);
        }

        ResetSignals();
        Credentials.GiveUpPrivileges(plan);
        if (plan->StartHooks.Count > 0)
        {
            // These run beside this process, which is to stay as closed to them as init is.
            _ = Sys.prctl(Sys.PR_SET_DUMPABLE, 0, 0, 0, 0);
            HookProgram.Run(plan, &plan->StartHooks, LaunchStep.StartContainerHook, -1);
        }

        Execute(plan);
    }

    /// <summary>Makes a time namespace with other clocks (time_namespaces(7)): the offsets can be written only while nobody is in it, which clone3 does not allow for.</summary>
    private static void EnterTimeNamespace(InitPlan* plan)
    {
        fixed (byte* offsets = "/proc/self/timens_offsets"u8, space = "/proc/self/ns/time_for_children"u8)
        {
            int file = Sys.unshare(Sys.CLONE_NEWTIME) < 0 ? -1 : open(offsets, O_WRONLY | O_CLOEXEC);
            if (file < 0 || write(file, plan->TimeOffsets, plan->TimeOffsetsLength) != plan->TimeOffsetsLength)
            {
                Fail(plan, LaunchStep.TimeOffsets);
            }

            _ = close(file);
            int entered = open(space, O_RDONLY | O_CLOEXEC);
            if (entered < 0 || Sys.setns(entered, Sys.CLONE_NEWTIME) < 0)
            {
                Fail(plan, LaunchStep.TimeNamespace);
            }

            _ = close(entered);
        }
    }

    /// <summary>Tries each candidate as execvp(3) does, without its fallback to a shell.</summary>
    private static void Execute(InitPlan* plan)
    {
        int result = ENOENT;
        for (int i = 0; i < plan->CandidateCount; i++)
        {
            Send(plan->Channel, ReportKind.Trying, 0, 0, i);
            _ = execve(plan->Candidates[i].Path, plan->Candidates[i].Arguments, plan->Environment);
            int error = errno;
            if (error == EACCES)
            {
                result = error;
            }
            else if (error != ENOENT && error != ENOTDIR)
            {
                result = error;
                break;
            }
        }

        Send(plan->Channel, ReportKind.Failed, (int)LaunchStep.Exec, result, 0);
        _exit(ExitFailure);
    }

    /// <summary>Init's life: reap whatever ends, and pass signals on.</summary>
    /// <returns>The status to end with: the command's, as a shell says it.</returns>
    private static int Reap(int command)
    {
        sigset_t all;
        _ = sigfillset(&all);
        while (true)
        {
            int signal = sigwaitinfo(&all, null);
            if (signal == SIGCHLD)
            {
                // One SIGCHLD may stand for several children.
                Sys.siginfo_t info = default;
                while (Sys.waitid(Sys.P_ALL, 0, &info, Sys.WEXITED | Sys.WNOHANG) == 0 && info.si_pid != 0)
                {
                    if (info.si_pid == command)
                    {
                        // Perhaps by the hangup that a dying supervisor causes before we hear of it.
                        return info.ExitCode;
                    }

                    info = default;
                }
            }
            else if (signal == SupervisorGone)
            {
                _ = kill(command, SIGKILL);
                return ExitFailure;
            }
            else if (signal == SIGHUP || signal == SIGINT || signal == SIGQUIT || signal == SIGTERM
                || signal == SIGUSR1 || signal == SIGUSR2 || signal == SIGCONT)
            {
                _ = kill(command, signal);
            }
        }
    }

    private static int OpenChildren()
    {
        fixed (byte* path = "/proc/thread-self/children"u8)
        {
            return open(path, O_RDONLY | O_CLOEXEC);
        }
    }

    /// <summary>Kills the children, and the orphans that come to us for it (PR_SET_CHILD_SUBREAPER), until there are none.</summary>
    /// <remarks>A number is ours until we have reaped its process, so that no other can be hit. A kernel without the list (CONFIG_PROC_CHILDREN) leaves us the command alone.</remarks>
    private static void EndChildren()
    {
        const int Length = 4096;
        byte* list = stackalloc byte[Length];
        Sys.siginfo_t info;
        do
        {
            long length = pread(Children, list, Length, 0);
            if (length <= 0)
            {
                return;
            }

            int pid = 0;
            for (int i = 0; i < length; i++)
            {
                // Each number ends with a space, without which it may be the beginning of one.
                if (list[i] == (byte)' ')
                {
                    _ = kill(pid, SIGKILL);
                    pid = 0;
                }
                else
                {
                    pid = (pid * 10) + (list[i] - (byte)'0');
                }
            }
        }
        while (Sys.waitid(Sys.P_ALL, 0, &info, Sys.WEXITED) == 0);
    }

    /// <summary>Default dispositions and an empty mask, whatever pwsh and the runtime had.</summary>
    public static void ResetSignals()
    {
        sigaction standard = default;
        for (int signal = 1; signal <= Sys.SIGNAL_COUNT; signal++)
        {
            _ = LibC.sigaction(signal, &standard, null);
        }

        sigset_t none;
        _ = sigemptyset(&none);
        _ = sigprocmask(SIG_SETMASK, &none, null);
    }

    /// <summary>The kernel kills this process when its parent ends, which is asked for in time only if that still runs.</summary>
    internal static void DieWithSupervisor(int supervisorPidfd)
    {
        _ = Sys.prctl(Sys.PR_SET_PDEATHSIG, (nuint)SIGKILL, 0, 0, 0);
        pollfd supervisor = new() { fd = supervisorPidfd, events = (short)POLLIN };
        if (Sys.poll(&supervisor, 1, 0) > 0)
        {
            _exit(ExitFailure);
        }
    }

    private static bool LimitOpenFiles(ulong soft)
    {
        Sys.rlimit64 limit;
        if (Sys.prlimit(0, Sys.RLIMIT_NOFILE, null, &limit) < 0)
        {
            return false;
        }

        limit.rlim_cur = soft;
        return Sys.prlimit(0, Sys.RLIMIT_NOFILE, &limit, null) == 0;
    }

    private static bool BringLoopbackUp()
    {
        // struct ifreq (netdevice(7)): 16 bytes of name, then the flags.
        byte* request = stackalloc byte[40];
        new Span<byte>(request, 40).Clear();
        request[0] = (byte)'l';
        request[1] = (byte)'o';
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
        {
            return false;
        }

        bool up = ioctl(fd, SIOCGIFFLAGS, request) == 0;
        *(short*)(request + 16) |= IFF_UP;
        up = up && ioctl(fd, SIOCSIFFLAGS, request) == 0;
        _ = close(fd);
        return up;
    }

    /// <summary>Whether the working directory has a path: one that a descriptor from outside the root led to has none.</summary>
    private static bool IsInsideRoot()
    {
        const int PathMax = 4096;
        byte* path = stackalloc byte[PathMax];
        int length = Sys.getcwd(path, PathMax);

        // An error is one of a directory that was removed, or whose path is too long: inside all the same.
        return length < 0 || path[0] == (byte)'/';
    }

    /// <summary>Passes a descriptor to the supervisor (SCM_RIGHTS, unix(7)).</summary>
    public static int SendDescriptor(int channel, int descriptor)
    {
        Report report = new() { Kind = ReportKind.Terminal };
        var vector = new iovec { iov_base = &report, iov_len = sizeof(Report) };
        byte* control = stackalloc byte[24];
        new Span<byte>(control, 24).Clear();
        var header = (cmsghdr*)control;
        header->cmsg_len = 20;
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        *(int*)(control + sizeof(cmsghdr)) = descriptor;
        msghdr message = default;
        message.msg_iov = &vector;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = 24;
        return (int)sendmsg(channel, &message, MSG_NOSIGNAL);
    }

    /// <summary>Waits for a byte from the supervisor; its end means that nobody wants this process.</summary>
    public static void AwaitWord(InitPlan* plan)
    {
        byte word;
        if (recv(plan->Channel, &word, 1, 0) != 1)
        {
            _exit(ExitFailure);
        }
    }

    /// <summary>Tells the supervisor which step failed, with <see cref="errno"/>, and ends.</summary>
    public static void Fail(InitPlan* plan, LaunchStep step, int index = 0)
    {
        Send(plan->Channel, ReportKind.Failed, (int)step, errno, index);
        _exit(ExitFailure);
    }

    internal static void Send(int channel, ReportKind kind, int step, int error, int index)
    {
        Report report = new() { Kind = kind, Step = step, Errno = error, Index = index };

        // Not send(2): few seccomp profiles forbid write(2).
        _ = write(channel, &report, sizeof(Report));
    }
}

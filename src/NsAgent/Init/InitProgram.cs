using System.Runtime.InteropServices;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Init;

/// <summary>
/// PID 1 of a session, and the command up to its execve(2): both do one operation of their <see cref="InitPlan"/> after the other.
/// </summary>
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

    /// <summary>Sets the namespaces up, starts the command, and stays as init.</summary>
    public static void Run(InitPlan* plan) => Run(plan, 0);

    private static void Run(InitPlan* plan, int first)
    {
        for (int i = first; i < plan->Count; i++)
        {
            InitOp* op = plan->Ops + i;
            if (Do(plan, op) >= 0)
            {
                i += op->Kind == InitOpKind.Jump ? op->Skip : 0;
            }
            else if (Tolerates(op->Tolerance, errno))
            {
                i += op->Skip;
            }
            else
            {
                Fail(plan, op);
            }
        }

        _exit(ExitFailure);
    }

    private static bool Tolerates(Tolerance tolerance, int error) =>
        (tolerance & Tolerance.Any) != 0
        || ((tolerance & Tolerance.Missing) != 0 && (error == ENOENT || error == ENOTDIR))
        || ((tolerance & Tolerance.Refused) != 0 && (error == EPERM || error == EACCES || error == EROFS));

    private static int Do(InitPlan* plan, InitOp* op)
    {
        int slot = op->Slot < 0 ? -1 : plan->Slots[op->Slot];
        int from = op->From < 0 ? -1 : plan->Slots[op->From];
        switch (op->Kind)
        {
            case InitOpKind.AwaitSupervisor:
                Send(plan, (ReportKind)op->Number, 0, 0);
                return AwaitWord(plan);
            case InitOpKind.DeathSignal:
                return DieWith(slot, op->Number);
            case InitOpKind.OpenFile:
                return Fill(plan, op->Slot, open(op->Name, (int)op->Flags | O_CLOEXEC));
            case InitOpKind.Write:
                return write(slot, op->Text, op->Length) == op->Length ? close(slot) : -1;
            case InitOpKind.Duplicate:
                return Duplicate(plan, op, from);
            case InitOpKind.CloseFrom:
                return Sys.close_range((uint)op->Number, uint.MaxValue);
            case InitOpKind.Unshare:
                return Sys.unshare((int)op->Flags);
            case InitOpKind.EnterNamespace:
                return Sys.setns(slot, (int)op->Flags);
            case InitOpKind.ChangeRoot:
                return ChangeRoot(slot);
            case InitOpKind.Hostname:
                return sethostname(op->Text, op->Length);
            case InitOpKind.DomainName:
                return setdomainname(op->Text, op->Length);
            case InitOpKind.Loopback:
                return Loopback.BringUp();
            case InitOpKind.Umask:
                return (int)Sys.umask((uint)op->Number);
            case InitOpKind.Groups:
                return Sys.setgroups((nuint)op->Length / sizeof(uint), (uint*)op->Text);
            case InitOpKind.Ids:
                return Credentials.SetIds(op->Uid, op->Gid);
            case InitOpKind.KeepCapabilities:
                return Sys.prctl(Sys.PR_SET_KEEPCAPS, (nuint)op->Number, 0, 0, 0);
            case InitOpKind.BoundingSet:
                return Credentials.DropFromBoundingSet(op->Flags);
            case InitOpKind.Capabilities:
                return Credentials.SetCapabilities(op->Flags, op->Inheritable);
            case InitOpKind.AmbientCapabilities:
                return Credentials.SetAmbient(op->Flags);
            case InitOpKind.NoNewPrivileges:
                return Sys.prctl(Sys.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            case InitOpKind.Filter:
                return Credentials.LoadFilter(op->Text, op->Length, (uint)op->Flags);
            case InitOpKind.Dumpable:
                return SetDumpable(plan, op);
            case InitOpKind.RestoreDumpable:
                return Sys.prctl(Sys.PR_SET_DUMPABLE, (nuint)slot, 0, 0, 0);
            case InitOpKind.OpenFilesLimit:
                return LimitOpenFiles(op->Flags);
            case InitOpKind.NewSession:
                return (int)setsid();
            case InitOpKind.Owner:
                return fchown(slot, (uid_t)op->Uid, unchecked((gid_t)InitOp.Unchanged));
            case InitOpKind.ControllingTerminal:
                return ioctl(slot, TIOCSCTTY, 0);
            case InitOpKind.TryDirectory:
                plan->Slots[op->Slot] = chdir(op->Name);
                return 0;
            case InitOpKind.ChangeDirectory:
                return chdir(op->Name) < 0 ? slot : 0;
            case InitOpKind.InsideRoot:
                return IsInsideRoot() ? 0 : -1;
            case InitOpKind.ResetSignals:
                ResetSignals();
                return 0;
            case InitOpKind.Hook:
                return HookProgram.Run(plan, op, slot, from);
            case InitOpKind.Execute:
                return Execute(plan, op);
            case InitOpKind.Subreaper:
                return Sys.prctl(Sys.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
            case InitOpKind.Fork:
                return Fork(plan, op);
            case InitOpKind.Reap:
                _exit(Reaper.Run(slot, from));
                return -1;
            case InitOpKind.Jump:
                return 0;
            default:
                return MountProgram.Do(plan, op, slot, from);
        }
    }

    /// <summary>Puts a descriptor into a slot, in the place of what was there.</summary>
    /// <returns>The descriptor: negative for a failure, which changes nothing.</returns>
    internal static int Fill(InitPlan* plan, int slot, int descriptor)
    {
        if (descriptor >= 0)
        {
            if (plan->Slots[slot] >= 0)
            {
                _ = close(plan->Slots[slot]);
            }

            plan->Slots[slot] = descriptor;
        }

        return descriptor;
    }

    /// <summary>Waits for a byte from the supervisor; its end means that nobody wants this process.</summary>
    private static int AwaitWord(InitPlan* plan)
    {
        byte word;
        if (recv(plan->Slots[Slots.Channel], &word, 1, 0) != 1)
        {
            _exit(ExitFailure);
        }

        return 0;
    }

    /// <summary>The kernel sends this process a signal when its parent ends, which is asked for in time only if that still runs.</summary>
    /// <param name="parent">What is readable when it does not; -1 not to look.</param>
    /// <param name="signal">The signal.</param>
    internal static int DieWith(int parent, int signal)
    {
        _ = Sys.prctl(Sys.PR_SET_PDEATHSIG, (nuint)signal, 0, 0, 0);
        pollfd other = new() { fd = parent, events = (short)POLLIN };
        if (parent >= 0 && Sys.poll(&other, 1, 0) > 0)
        {
            _exit(ExitFailure);
        }

        return 0;
    }

    private static int Duplicate(InitPlan* plan, InitOp* op, int from)
    {
        // dup3(2) refuses to copy a descriptor to itself.
        int copy = from == op->Number ? from : dup3(from, op->Number, (int)op->Flags);
        if (copy >= 0 && op->Slot >= 0)
        {
            plan->Slots[op->Slot] = copy;
        }

        return copy;
    }

    private static int ChangeRoot(int root)
    {
        fixed (byte* here = "."u8)
        {
            return fchdir(root) < 0 ? -1 : Sys.chroot(here);
        }
    }

    private static int SetDumpable(InitPlan* plan, InitOp* op)
    {
        if (op->Slot >= 0)
        {
            plan->Slots[op->Slot] = Sys.prctl(Sys.PR_GET_DUMPABLE, 0, 0, 0, 0);
        }

        return Sys.prctl(Sys.PR_SET_DUMPABLE, (nuint)op->Number, 0, 0, 0);
    }

    private static int LimitOpenFiles(ulong soft)
    {
        Sys.rlimit64 limit;
        if (Sys.prlimit(0, Sys.RLIMIT_NOFILE, null, &limit) < 0)
        {
            return -1;
        }

        limit.rlim_cur = soft;
        return Sys.prlimit(0, Sys.RLIMIT_NOFILE, &limit, null);
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

    private static int Fork(InitPlan* plan, InitOp* op)
    {
        Sys.clone_args args = default;
        args.exit_signal = (ulong)SIGCHLD;
        int child = Sys.clone3(&args);
        if (child == 0)
        {
            Run(plan, plan->CommandStart);
        }

        plan->Slots[op->Slot] = child;
        return child;
    }

    /// <summary>Tries each candidate as execvp(3) does, without its fallback to a shell.</summary>
    private static int Execute(InitPlan* plan, InitOp* op)
    {
        int result = ENOENT;
        for (int i = 0; i < op->CandidateCount; i++)
        {
            Send(plan, ReportKind.Trying, 0, i);
            _ = execve(op->Candidates[i].Path, op->Candidates[i].Arguments, op->Environment);
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

        Marshal.SetLastPInvokeError(result);
        return -1;
    }

    /// <summary>Tells the supervisor which operation failed, with <see cref="errno"/>, and ends.</summary>
    internal static void Fail(InitPlan* plan, InitOp* op)
    {
        Send(plan, ReportKind.Failed, errno, (int)(op - plan->Ops));
        _exit(ExitFailure);
    }

    private static void Send(InitPlan* plan, ReportKind kind, int error, int index)
    {
        Report report = new() { Kind = kind, Errno = error, Index = index };

        // Not send(2): few seccomp profiles forbid write(2).
        _ = write(plan->Slots[Slots.Channel], &report, sizeof(Report));
    }
}

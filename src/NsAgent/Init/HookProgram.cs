using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Init;

/// <summary>
/// Runs a hook that belongs inside the session, as a child of init or of the command. As bare as <see cref="InitProgram"/>.
/// </summary>
internal static unsafe class HookProgram
{
    /// <summary>The most of a hook's output that is kept, in bytes.</summary>
    public const int MaxSaid = 64 * 1024;

    private const int PieceSize = 4096;

    /// <summary>Runs it. One that fails is reported with what it said, and ends this process.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="op">The operation that it is.</param>
    /// <param name="state">A file with the session's state, which it reads from the beginning.</param>
    /// <param name="directory">Its working directory; -1 for this process's own.</param>
    /// <returns>0, or -1 with errno where it could not be run.</returns>
    public static int Run(InitPlan* plan, InitOp* op, int state, int directory)
    {
        int* ends = stackalloc int[2];
        int pidfd = -1;
        if (lseek(state, 0, SEEK_SET) < 0 || pipe2(ends, O_CLOEXEC) < 0)
        {
            return -1;
        }

        // Not clone3: seccomp profiles forbid it, because they cannot see its flags.
        int pid = Sys.clone(Sys.CLONE_PIDFD | SIGCHLD, &pidfd);
        if (pid == 0)
        {
            Execute(plan, op, state, directory, ends[1]);
        }

        if (pid < 0)
        {
            return -1;
        }

        _ = close(ends[1]);
        int length = Read(ends[0], pidfd, op->Number, plan->Message + sizeof(Report), out bool inTime);
        if (!inTime)
        {
            _ = Sys.pidfd_send_signal(pidfd, SIGKILL);
        }

        Sys.siginfo_t info;
        if (Sys.waitid(Sys.P_PID, (uint)pid, &info, Sys.WEXITED) < 0)
        {
            return -1;
        }

        _ = close(ends[0]);
        _ = close(pidfd);
        int status = inTime ? info.ExitCode : -1;
        if (status != 0)
        {
            *(Report*)plan->Message = new Report { Kind = ReportKind.HookFailed, Errno = status, Index = (int)(op - plan->Ops) };
            _ = write(plan->Slots[Slots.Channel], plan->Message, sizeof(Report) + length);
            _exit(InitProgram.ExitFailure);
        }

        return 0;
    }

    private static void Execute(InitPlan* plan, InitOp* op, int state, int directory, int output)
    {
        _ = Sys.prctl(Sys.PR_SET_PDEATHSIG, (nuint)SIGKILL, 0, 0, 0);
        InitProgram.ResetSignals();
        if ((directory < 0 || fchdir(directory) >= 0) && dup2(state, 0) >= 0 && dup2(output, 1) >= 0 && dup2(output, 2) >= 0)
        {
            _ = execve(op->Name, op->Names, op->Environment);
        }

        InitProgram.Fail(plan, op);
    }

    /// <summary>Reads until the process has ended, and what it had written by then.</summary>
    /// <returns>How many bytes were kept.</returns>
    private static int Read(int output, int process, int seconds, byte* said, out bool inTime)
    {
        byte* piece = stackalloc byte[PieceSize];
        pollfd* fds = stackalloc pollfd[2];
        long* left = stackalloc long[2];
        (left[0], left[1]) = (seconds, 0);
        fds[0] = new pollfd { fd = output, events = (short)POLLIN };
        fds[1] = new pollfd { fd = process, events = (short)POLLIN };
        int length = 0;
        while (true)
        {
            int ready = Sys.ppoll(fds, 2, seconds > 0 ? left : null);
            if (ready < 0 && errno == EINTR)
            {
                continue;
            }

            inTime = ready > 0;
            if (ready <= 0 || fds[0].revents == 0)
            {
                // What it has left behind may hold the pipe for as long as it likes.
                return length;
            }

            int count = (int)read(output, piece, PieceSize);
            fds[0].fd = count > 0 ? output : -1;
            for (int i = 0; i < count && length < MaxSaid; i++)
            {
                said[length++] = piece[i];
            }
        }
    }
}

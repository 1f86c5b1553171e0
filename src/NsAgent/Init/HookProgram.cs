using NsModule.Native;
using NsModule.Protocol;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Init;

/// <summary>Runs the hooks that belong inside the session, as children of init or of the command. As bare as <see cref="InitProgram"/>.</summary>
internal static unsafe class HookProgram
{
    private const int PieceSize = 4096;

    /// <summary>Runs them one after the other; the first that fails is reported and ends this process.</summary>
    /// <param name="plan">The plan that they are a part of.</param>
    /// <param name="hooks">The hooks.</param>
    /// <param name="step">What is reported as failed.</param>
    /// <param name="directory">Their working directory; -1 for this process's own.</param>
    public static void Run(InitPlan* plan, HookPlan* hooks, LaunchStep step, int directory)
    {
        for (int i = 0; i < hooks->Count; i++)
        {
            Run(plan, hooks, i, step, directory);
        }
    }

    private static void Run(InitPlan* plan, HookPlan* hooks, int index, LaunchStep step, int directory)
    {
        int* ends = stackalloc int[2];
        int pidfd = -1;
        if (lseek(hooks->State, 0, SEEK_SET) < 0 || pipe2(ends, O_CLOEXEC) < 0)
        {
            InitProgram.Fail(plan, step, index);
        }

        // Not clone3: seccomp profiles forbid it, because they cannot see its flags.
        int pid = Sys.clone(Sys.CLONE_PIDFD | SIGCHLD, &pidfd);
        if (pid == 0)
        {
            Execute(plan, hooks, index, step, directory, ends[1]);
        }

        if (pid < 0)
        {
            InitProgram.Fail(plan, step, index);
        }

        _ = close(ends[1]);
        int length = Read(ends[0], pidfd, hooks->Programs[index].Seconds, hooks->Message + sizeof(Report), out bool inTime);
        if (!inTime)
        {
            _ = Sys.pidfd_send_signal(pidfd, SIGKILL);
        }

        Sys.siginfo_t info;
        if (Sys.waitid(Sys.P_PID, (uint)pid, &info, Sys.WEXITED) < 0)
        {
            InitProgram.Fail(plan, step, index);
        }

        _ = close(ends[0]);
        _ = close(pidfd);
        int status = inTime ? info.ExitCode : -1;
        if (status != 0)
        {
            *(Report*)hooks->Message = new Report { Kind = ReportKind.HookFailed, Step = (int)step, Errno = status, Index = index };
            _ = write(plan->Channel, hooks->Message, sizeof(Report) + length);
            _exit(InitProgram.ExitFailure);
        }
    }

    private static void Execute(InitPlan* plan, HookPlan* hooks, int index, LaunchStep step, int directory, int output)
    {
        HookPlan.Program* program = hooks->Programs + index;
        _ = Sys.prctl(Sys.PR_SET_PDEATHSIG, (nuint)SIGKILL, 0, 0, 0);
        InitProgram.ResetSignals();
        if ((directory < 0 || fchdir(directory) >= 0) && dup2(hooks->State, 0) >= 0 && dup2(output, 1) >= 0 && dup2(output, 2) >= 0)
        {
            _ = execve(program->Path, program->Arguments, program->Environment);
        }

        InitProgram.Fail(plan, step, index);
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
            for (int i = 0; i < count && length < HookPlan.MaxSaid; i++)
            {
                said[length++] = piece[i];
            }
        }
    }
}

using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Init;

/// <summary>Init's life while the command runs, and its end. As bare as <see cref="InitProgram"/>.</summary>
internal static unsafe class Reaper
{
    /// <summary>
    /// SIGPWR, which nobody sends to such a process: what an init whose PID namespace does not end with it gets when its supervisor dies.
    /// </summary>
    public const int SupervisorGone = 30;

    /// <summary>Reaps whatever ends, and passes signals on, until the command has ended.</summary>
    /// <param name="command">Its pid.</param>
    /// <param name="children">The list of this process's children, who are killed in the end; -1 where the PID namespace ends with
    /// us.</param>
    /// <returns>The status to end with: the command's, as a shell says it.</returns>
    public static int Run(int command, int children)
    {
        int status = AwaitCommand(command);
        if (children >= 0)
        {
            EndChildren(children);
        }

        return status;
    }

    private static int AwaitCommand(int command)
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
                return InitProgram.ExitFailure;
            }
            else if (signal == SIGHUP || signal == SIGINT || signal == SIGQUIT || signal == SIGTERM
                || signal == SIGUSR1 || signal == SIGUSR2 || signal == SIGCONT)
            {
                _ = kill(command, signal);
            }
        }
    }

    /// <summary>Kills the children, and the orphans that come to us for it (PR_SET_CHILD_SUBREAPER), until there are none.</summary>
    /// <remarks>
    /// A number is ours until we have reaped its process, so that no other can be hit. A kernel without the list (CONFIG_PROC_CHILDREN)
    /// leaves us the command alone.
    /// </remarks>
    private static void EndChildren(int children)
    {
        const int Length = 4096;
        byte* list = stackalloc byte[Length];
        Sys.siginfo_t info;
        do
        {
            long length = pread(children, list, Length, 0);
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
}

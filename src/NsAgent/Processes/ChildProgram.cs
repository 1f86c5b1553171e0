using System;
using System.Collections.Generic;
using NsModule.Agent.Init;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Processes;

/// <summary>Starts a program that helps the supervisor: a hook, newuidmap, the process that connects a network.</summary>
internal static unsafe class ChildProgram
{
    /// <returns>Its pidfd.</returns>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments, argv[0] included.</param>
    /// <param name="variables">Its environment.</param>
    /// <param name="directory">Its working directory.</param>
    /// <param name="streams">What become its descriptors 0, 1 and so on. It has no others.</param>
    /// <param name="outlivesUs">Whether it stays when we end; otherwise the kernel kills it then.</param>
    /// <exception cref="NativeException">No process can be made.</exception>
    public static FileDescriptor Start(
        string path,
        IReadOnlyCollection<string> arguments,
        IReadOnlyCollection<string> variables,
        string directory,
        ReadOnlySpan<int> streams,
        bool outlivesUs)
    {
        using var memory = new InitPlanMemory();
        byte* program = memory.String(path);
        byte** argv = memory.Vector(arguments);
        byte** environment = memory.Vector(variables);
        byte* home = memory.String(directory);
        int count = streams.Length;
        int* sources = stackalloc int[count];
        streams.CopyTo(new Span<int>(sources, count));
        using var self = new FileDescriptor(NativeException.Check(Sys.pidfd_open(getpid()), "pidfd_open"));

        int pidfd = -1;
        Sys.clone_args args = default;
        args.flags = (uint)Sys.CLONE_PIDFD;
        args.pidfd = (ulong)&pidfd;
        args.exit_signal = (ulong)SIGCHLD;
        int pid = Sys.clone3(&args);
        if (pid == 0)
        {
            // As in InitProgram: system calls on memory prepared before, and nothing else.
            if (!outlivesUs)
            {
                _ = InitProgram.DieWith(self.Value, SIGKILL);
            }

            InitProgram.ResetSignals();
            if (chdir(home) >= 0 && TakeStreams(sources, count))
            {
                _ = execve(program, argv, environment);
            }

            _exit(InitProgram.ExitFailure);
        }

        _ = NativeException.Check(pid, "clone3");
        return new FileDescriptor(pidfd);
    }

    private static bool TakeStreams(int* sources, int count)
    {
        for (int i = 0; i < count; i++)
        {
            // First out of the way: none of the numbers that it gets may be one of ours before that is copied.
            sources[i] = fcntl(sources[i], F_DUPFD_CLOEXEC, count);
        }

        for (int i = 0; i < count; i++)
        {
            if (dup2(sources[i], i) < 0)
            {
                return false;
            }
        }

        _ = Sys.close_range((uint)count, uint.MaxValue);
        return true;
    }
}

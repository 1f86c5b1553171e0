using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using NsModule.Agent.Init;
using NsModule.Native;
using NsModule.Protocol;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Supervisor;

/// <summary>Runs another program to its end: with an empty environment, nothing to read, and what it says kept.</summary>
internal static unsafe class HelperProgram
{
    private const int MaxSaid = 64 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <returns>Its exit status (128+n when signal n ended it, -1 when it took too long and was killed), and what it wrote.</returns>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments after argv[0].</param>
    /// <exception cref="LaunchException">No process can be made.</exception>
    public static (int Status, string Said) Run(string path, IReadOnlyCollection<string> arguments)
    {
        using var memory = new InitPlanMemory();
        byte* program = memory.String(path);
        byte** argv = memory.Vector([path, .. arguments]);
        byte** environment = memory.Vector([]);
        using FileDescriptor none = FileDescriptor.Open("/dev/null", O_RDONLY);
        int* ends = stackalloc int[2];
        Check(pipe2(ends, O_CLOEXEC));
        using var output = new FileDescriptor(ends[0]);
        using var theirs = new FileDescriptor(ends[1]);

        int pidfd = -1;
        Sys.clone_args args = default;
        args.flags = (uint)Sys.CLONE_PIDFD;
        args.pidfd = (ulong)&pidfd;
        args.exit_signal = (ulong)SIGCHLD;
        int pid = Sys.clone3(&args);
        if (pid == 0)
        {
            // As in InitProgram: system calls on memory prepared before, and nothing else.
            InitProgram.ResetSignals();
            if (dup2(none.Value, 0) >= 0 && dup2(theirs.Value, 1) >= 0 && dup2(theirs.Value, 2) >= 0)
            {
                _ = Sys.close_range(3, uint.MaxValue);
                _ = execve(program, argv, environment);
            }

            _exit(InitProgram.ExitFailure);
        }

        Check(pid);
        using var process = new FileDescriptor(pidfd);
        theirs.Dispose();
        bool inTime = Read(output.Value, process.Value, out string said);
        if (!inTime)
        {
            _ = Sys.pidfd_send_signal(pidfd, SIGKILL);
        }

        Sys.siginfo_t info;
        _ = Sys.waitid(Sys.P_PIDFD, (uint)pidfd, &info, Sys.WEXITED);
        return (!inTime ? -1 : info.si_code == Sys.CLD_EXITED ? info.si_status : 128 + info.si_status, said);
    }

    /// <summary>Reads until the end of the output and of the process; false when that takes too long.</summary>
    private static bool Read(int output, int process, out string said)
    {
        var bytes = new MemoryStream();
        byte[] buffer = new byte[4096];
        long deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        bool open = true;
        pollfd* fds = stackalloc pollfd[2];
        while (true)
        {
            fds[0] = new pollfd { fd = open ? output : -1, events = (short)POLLIN };
            fds[1] = new pollfd { fd = open ? -1 : process, events = (short)POLLIN };
            int ready = Sys.poll(fds, 2, (int)Math.Max(0, deadline - Environment.TickCount64));
            if (ready < 0 && errno == EINTR)
            {
                continue;
            }

            said = Encoding.UTF8.GetString(bytes.ToArray()).Trim();
            if (ready <= 0 || fds[1].revents != 0)
            {
                return ready > 0;
            }

            fixed (byte* p = buffer)
            {
                long count = read(output, p, buffer.Length);
                open = count > 0 && bytes.Length < MaxSaid;
                bytes.Write(buffer, 0, (int)Math.Max(0, count));
            }
        }
    }

    private static void Check(int result) => _ = result >= 0 ? result : throw new LaunchException(LaunchStep.Fork, errno);
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using NsModule.Native;
using NsModule.Protocol;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Processes;

/// <summary>Runs another program to its end: with an empty environment, nothing to read, and what it says kept.</summary>
internal static unsafe class HelperProgram
{
    private const int MaxSaid = 64 * 1024;
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(20);

    /// <returns>Its exit status (128+n when signal n ended it, -1 when it took too long and was killed), and what it wrote.</returns>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments after argv[0].</param>
    /// <exception cref="LaunchException">No process can be made.</exception>
    public static (int Status, string Said) Run(string path, IReadOnlyCollection<string> arguments) =>
        Run(path, [path, .. arguments], [], "/", [], s_timeout);

    /// <summary>Runs it with all its surroundings given.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments, argv[0] included.</param>
    /// <param name="variables">Its environment.</param>
    /// <param name="directory">Its working directory.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="timeout">When it is killed; null for never.</param>
    /// <inheritdoc cref="Run(string, IReadOnlyCollection{string})"/>
    public static (int Status, string Said) Run(
        string path,
        IReadOnlyCollection<string> arguments,
        IReadOnlyCollection<string> variables,
        string directory,
        ReadOnlySpan<byte> input,
        TimeSpan? timeout)
    {
        using FileDescriptor given = Holding(input);
        int* ends = stackalloc int[2];
        Check(pipe2(ends, O_CLOEXEC));
        using var output = new FileDescriptor(ends[0]);
        using var theirs = new FileDescriptor(ends[1]);

        using FileDescriptor process = Start(path, arguments, variables, directory, [given.Value, theirs.Value, theirs.Value]);
        theirs.Dispose();
        bool inTime = Read(output.Value, process.Value, timeout, out string said);
        if (!inTime)
        {
            _ = Sys.pidfd_send_signal(process.Value, SIGKILL);
        }

        Sys.siginfo_t info;
        _ = Sys.waitid(Sys.P_PIDFD, (uint)process.Value, &info, Sys.WEXITED);
        return (inTime ? info.ExitCode : -1, said);
    }

    /// <summary>What is half done when the supervisor dies is better finished: it goes on.</summary>
    private static FileDescriptor Start(
        string path,
        IReadOnlyCollection<string> arguments,
        IReadOnlyCollection<string> variables,
        string directory,
        ReadOnlySpan<int> streams)
    {
        try
        {
            return ChildProgram.Start(path, arguments, variables, directory, streams, outlivesUs: true);
        }
        catch (NativeException e)
        {
            throw new LaunchException(LaunchStep.Fork, e.Errno);
        }
    }

    /// <summary>Reads until the end of the output and of the process; false when that takes too long.</summary>
    private static bool Read(int output, int process, TimeSpan? timeout, out string said)
    {
        var bytes = new MemoryStream();
        byte[] buffer = new byte[4096];
        var limit = TimeLimit.In(timeout is TimeSpan time ? (long)time.TotalMilliseconds : -1);
        bool open = true;
        pollfd* fds = stackalloc pollfd[2];
        while (true)
        {
            fds[0] = new pollfd { fd = open ? output : -1, events = (short)POLLIN };
            fds[1] = new pollfd { fd = process, events = (short)POLLIN };
            int ready = Sys.poll(fds, 2, limit.PollTimeout);
            if (ready < 0 && errno == EINTR)
            {
                continue;
            }

            said = Encoding.UTF8.GetString(bytes.ToArray()).Trim();
            if (ready <= 0 || fds[0].revents == 0)
            {
                // Ended, and all that it said was read: what it has left behind may hold the pipe for as long as it likes.
                return ready > 0;
            }

            fixed (byte* p = buffer)
            {
                long count = read(output, p, buffer.Length);
                open = count > 0;
                bytes.Write(buffer, 0, (int)Math.Clamp(count, 0, Math.Max(0, MaxSaid - bytes.Length)));
            }
        }
    }

    /// <summary>A file of its own with the given content, to be read from its beginning.</summary>
    private static FileDescriptor Holding(ReadOnlySpan<byte> content)
    {
        int file;
        fixed (byte* name = "input"u8)
        {
            file = memfd_create(name, MFD_CLOEXEC);
        }

        Check(file);
        var held = new FileDescriptor(file);
        fixed (byte* p = content)
        {
            if (write(file, p, content.Length) != content.Length || lseek(file, 0, SEEK_SET) < 0)
            {
                held.Dispose();
                throw new LaunchException(LaunchStep.Fork, errno);
            }
        }

        return held;
    }

    private static void Check(int result) => _ = result >= 0 ? result : throw new LaunchException(LaunchStep.Fork, errno);
}

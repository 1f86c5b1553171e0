using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>A program that runs beside the session for as long as its supervisor lives: the kernel kills it with that.</summary>
internal sealed unsafe class HelperProcess : IDisposable
{
    /// <summary>What it says is kept up to here; further writes fail, which disturbs neither it nor us.</summary>
    private const int MaxSaid = 8 * 1024;

    private const int F_ADD_SEALS = 1033;
    private const int F_SEAL_SHRINK = 2;
    private const int F_SEAL_GROW = 4;

    private readonly FileDescriptor _process;
    private readonly FileDescriptor _said;

    private HelperProcess(FileDescriptor process, FileDescriptor said)
    {
        _process = process;
        _said = said;
    }

    /// <summary>Its pidfd.</summary>
    public int Process => _process.Value;

    /// <summary>Starts it and waits until it says that it is ready.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments after argv[0].</param>
    /// <param name="readyDescriptor">The descriptor on which it says so: 1, or 3.</param>
    /// <exception cref="LaunchException">It ended instead; the detail is what it said.</exception>
    /// <exception cref="NativeException">No process can be made.</exception>
    public static HelperProcess Start(string path, IReadOnlyList<string> arguments, int readyDescriptor)
    {
        using FileDescriptor none = FileDescriptor.Open("/dev/null", O_RDONLY);
        FileDescriptor said = OpenLog();
        int* ends = stackalloc int[2];
        _ = NativeException.Check(pipe2(ends, O_CLOEXEC), "pipe2");
        using var ready = new FileDescriptor(ends[0]);
        using var theirs = new FileDescriptor(ends[1]);

        int output = readyDescriptor == 1 ? theirs.Value : said.Value;
        FileDescriptor process = ChildProgram.Start(
            path,
            [path, .. arguments],
            ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
            "/",
            [none.Value, output, said.Value, theirs.Value],
            outlivesUs: false);
        var helper = new HelperProcess(process, said);
        theirs.Dispose();
        if (IsReady(ready.Value))
        {
            return helper;
        }

        using (helper)
        {
            throw new LaunchException(LaunchStep.NetworkHelper, 0, $"{path}: {helper.Said()}");
        }
    }

    /// <summary>The last line that it has said, for an error.</summary>
    public string Said()
    {
        byte* bytes = stackalloc byte[MaxSaid];
        long count = Math.Max(0, (long)pread(_said.Value, bytes, MaxSaid, 0));
        string text = Encoding.UTF8.GetString(bytes, (int)count).TrimEnd('\0');
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .LastOrDefault(l => !l.Contains("syslog", StringComparison.Ordinal)) ?? "it ended without a word";
    }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        if (_process.Value >= 0)
        {
            _ = Sys.pidfd_send_signal(_process.Value, SIGKILL);
            Sys.siginfo_t info;
            _ = Sys.waitid(Sys.P_PIDFD, (uint)_process.Value, &info, Sys.WEXITED);
        }

        _process.Dispose();
        _said.Dispose();
    }

    /// <summary>A file in memory that is as long as it may become.</summary>
    private static FileDescriptor OpenLog()
    {
        fixed (byte* name = "ns-agent"u8)
        {
            var log = new FileDescriptor(
                NativeException.Check(memfd_create(name, (uint)(MFD_CLOEXEC | MFD_ALLOW_SEALING)), "memfd_create"));
            _ = NativeException.Check(ftruncate(log.Value, MaxSaid), "ftruncate");
            _ = NativeException.Check(fcntl(log.Value, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK), "fcntl(F_ADD_SEALS)");
            return log;
        }
    }

    /// <summary>Waits for its word; the end of the pipe without one means that it is gone.</summary>
    private static bool IsReady(int ready)
    {
        byte word;
        long count;
        do
        {
            count = read(ready, &word, 1);
        }
        while (count < 0 && errno == EINTR);
        return count == 1;
    }
}

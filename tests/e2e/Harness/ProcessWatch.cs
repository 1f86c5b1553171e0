using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.Native;
using Tmds.Linux;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Harness;

/// <summary>One process, held by pidfd.</summary>
internal sealed unsafe class ProcessWatch : IDisposable
{
    private readonly int _pid;
    private readonly FileDescriptor _pidfd;

    private ProcessWatch(int pid, FileDescriptor pidfd)
    {
        _pid = pid;
        _pidfd = pidfd;
    }

    public int Pidfd => _pidfd.Value;

    /// <summary>Takes hold of a process; null when there is none with this number any more.</summary>
    public static ProcessWatch? TryOpen(int pid)
    {
        int fd = Sys.pidfd_open(pid);
        return fd < 0 ? null : new ProcessWatch(pid, new FileDescriptor(fd));
    }

    public static ProcessWatch Open(int pid) => TryOpen(pid) ?? throw new NativeException($"pidfd_open({pid})", errno);

    /// <summary>All processes for which <paramref name="condition"/> holds.</summary>
    public static IReadOnlyList<int> Find(Func<int, bool> condition) => [.. Directory.EnumerateDirectories("/proc")
        .Select(d => int.TryParse(Path.GetFileName(d), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0)
        .Where(pid => pid > 0 && Holds(condition, pid))];

    /// <summary>What <c>/proc/PID/ns/KIND</c> points to; null when the process is gone.</summary>
    public static string? NamespaceOf(int pid, string kind)
    {
        try
        {
            return new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/{kind}")).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The arguments of a process.</summary>
    public static string[] ArgumentsOf(int pid) =>
        File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cmdline")).TrimEnd('\0').Split('\0');

    /// <summary>The parent of a process.</summary>
    public static int ParentOf(int pid)
    {
        string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
    }

    public void Signal(int signal) => _ = NativeException.Check(Sys.pidfd_send_signal(Pidfd, signal), "pidfd_send_signal");

    /// <summary>Waits until the process has ended.</summary>
    public void WaitForEnd()
    {
        var deadline = new Deadline();
        pollfd poll = new() { fd = Pidfd, events = (short)POLLIN };
        while (Sys.poll(&poll, 1, deadline.Left) <= 0)
        {
            Assert.False(deadline.HasPassed, $"Process {_pid} did not end.");
        }
    }

    public void Dispose() => _pidfd.Dispose();

    /// <summary>A process that ends while it is looked at is none.</summary>
    private static bool Holds(Func<int, bool> condition, int pid)
    {
        try
        {
            return condition(pid);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

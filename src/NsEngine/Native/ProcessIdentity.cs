using System;
using System.IO;
using static Tmds.Linux.LibC;

namespace NsModule.Native;

/// <summary>A process that can be told from a later one with the same number: pid, start time and boot.</summary>
/// <param name="Pid">The process id in this PID namespace.</param>
/// <param name="StartTicks">Field 22 of proc_pid_stat(5): clock ticks after boot.</param>
/// <param name="BootId">The kernel's random id of this boot (random(4)); ticks of another boot mean nothing.</param>
internal readonly record struct ProcessIdentity(int Pid, long StartTicks, string BootId)
{
    private static readonly Lazy<string> s_currentBootId = new(() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());

    /// <summary>The identity of a process that surely exists now (this one, or an unreaped child).</summary>
    public static ProcessIdentity Of(int pid) => new(pid, ReadStartTicks(pid) ?? 0, s_currentBootId.Value);

    /// <summary>The identity of a process of this boot whose start time is known.</summary>
    public static ProcessIdentity Of(int pid, long startTicks) => new(pid, startTicks, s_currentBootId.Value);

    /// <summary>Whether it was started since the machine was.</summary>
    public bool IsOfThisBoot => BootId == s_currentBootId.Value;

    /// <summary>Whether exactly this process is there and has not ended.</summary>
    public bool IsAlive => BootId == s_currentBootId.Value && ReadStartTicks(Pid) == StartTicks;

    /// <summary>A pidfd (pidfd_open(2)) for exactly this process; null when it has ended.</summary>
    public FileDescriptor? OpenPidfd()
    {
        int fd = Sys.pidfd_open(Pid);
        if (fd < 0)
        {
            return errno == ESRCH || errno == EINVAL ? null : throw new NativeException("pidfd_open", errno);
        }

        // The check follows the open: from here on the descriptor cannot come to mean another process.
        var pidfd = new FileDescriptor(fd);
        if (IsAlive)
        {
            return pidfd;
        }

        pidfd.Dispose();
        return null;
    }

    private static long? ReadStartTicks(int pid) => ProcStat.TryRead(pid) is { HasEnded: false } stat ? stat.StartTicks : null;
}

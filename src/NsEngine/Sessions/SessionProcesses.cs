using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using NsModule.Native;
using static Tmds.Linux.LibC;

namespace NsModule.Sessions;

/// <summary>The processes of a session as /proc shows them: the descendants of its supervisor, what is in its PID namespace (what joined it has its parent elsewhere), and their descendants.</summary>
internal static class SessionProcesses
{
    /// <summary>Clock ticks in a second, as /proc counts: the same on every machine that Linux runs .NET on (proc_pid_stat(5), USER_HZ).</summary>
    private const long TicksPerSecond = 100;

    /// <summary>Looks for them; without the supervisor.</summary>
    /// <param name="supervisor">The supervisor's pid.</param>
    /// <param name="pidNamespace">The inode of the session's own PID namespace; 0 where it has none.</param>
    public static Dictionary<int, Entry> Find(int supervisor, ulong pidNamespace)
    {
        Dictionary<int, Entry> all = ReadAll();
        var known = new Dictionary<int, bool> { [supervisor] = true };
        return all.Where(e => e.Key != supervisor && IsOurs(e.Key)).ToDictionary();

        bool IsOurs(int pid)
        {
            if (!known.TryGetValue(pid, out bool ours))
            {
                ours = all.TryGetValue(pid, out Entry entry)
                    && (IsOurs(entry.Parent) || (pidNamespace != 0 && FileIdentity.Inode(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/pid")) == pidNamespace));
                known[pid] = ours;
            }

            return ours;
        }
    }

    /// <summary>What these processes use: memory that several share is counted once, in parts (Pss of proc_pid_smaps(5)).</summary>
    public static SessionFigures Figures(IReadOnlyCollection<Entry> processes) => new(
        processes.Sum(p => ReadMemory(p.Pid)),
        PeakMemory: null,
        TimeSpan.FromTicks(processes.Sum(p => p.CpuTicks) * TimeSpan.TicksPerSecond / TicksPerSecond),
        processes.Count(p => p.State is not ('Z' or 'X')),
        OomKilled: false);

    /// <summary>Whether a process is stopped (SIGSTOP), or held by a debugger.</summary>
    public static bool IsStopped(int pid) => Read(pid) is { State: 'T' or 't' };

    private static Dictionary<int, Entry> ReadAll()
    {
        var all = new Dictionary<int, Entry>();
        foreach (int pid in ProcFiles.ProcessIds())
        {
            if (Read(pid) is Entry entry)
            {
                all[pid] = entry;
            }
        }

        return all;
    }

    /// <summary>What proc_pid_stat(5) says of a process; null when it is gone.</summary>
    private static unsafe Entry? Read(int pid)
    {
        const int Enough = 1024;
        byte* stat = stackalloc byte[Enough];
        fixed (byte* path = CString.From(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")))
        {
            int fd = open(path, O_RDONLY | O_CLOEXEC);
            int length = fd < 0 ? 0 : (int)read(fd, stat, Enough);
            _ = fd < 0 ? 0 : close(fd);
            if (length <= 0)
            {
                return null;
            }

            // The command name may hold spaces and parentheses: count from its last one.
            string text = Encoding.ASCII.GetString(stat, length);
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return new Entry(pid, fields[0][0], (int)Field(1), Field(19), Field(11) + Field(12) + Field(13) + Field(14));

            long Field(int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
        }
    }

    private static long ReadMemory(int pid)
    {
        try
        {
            string? line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/smaps_rollup")).FirstOrDefault(l => l.StartsWith("Pss:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line["Pss:".Length..^"kB".Length], CultureInfo.InvariantCulture) * 1024;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            NativeException.ThrowIfNoDescriptorIsLeft(e);
            return 0;
        }
    }

    /// <summary>One process.</summary>
    /// <param name="Pid">Its process id.</param>
    /// <param name="State">The letter that ps(1) shows.</param>
    /// <param name="Parent">Its parent's process id.</param>
    /// <param name="StartTicks">As in <see cref="ProcessIdentity"/>.</param>
    /// <param name="CpuTicks">Its CPU time, and that of the children it has waited for.</param>
    internal readonly record struct Entry(int Pid, char State, int Parent, long StartTicks, long CpuTicks)
    {
        public ProcessIdentity Identity => ProcessIdentity.Of(Pid, StartTicks);
    }
}

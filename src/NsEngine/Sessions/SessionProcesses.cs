using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.Cgroups;
using NsModule.Native;

namespace NsModule.Sessions;

/// <summary>All processes as /proc showed them in one look, from which those of each session are picked.</summary>
/// <remarks>
/// A session's are the descendants of its supervisor, what is in its PID namespace (what joined it has its parent elsewhere), and their
/// descendants. Picking them costs what they are, not what the machine runs.
/// </remarks>
internal sealed class SessionProcesses
{
    /// <summary>
    /// Clock ticks in a second, as /proc counts: the same on every machine that Linux runs .NET on (proc_pid_stat(5), USER_HZ).
    /// </summary>
    private const long TicksPerSecond = 100;

    private readonly IReadOnlyCollection<Entry> _all;
    private readonly ILookup<int, Entry> _byParent;
    private readonly Lazy<ILookup<ulong, Entry>> _byPidNamespace;

    /// <param name="all">The processes.</param>
    /// <param name="pidNamespace">The PID namespace of a process; asked when it first matters.</param>
    internal SessionProcesses(IReadOnlyCollection<Entry> all, Func<int, ulong> pidNamespace)
    {
        _all = all;
        _byParent = all.ToLookup(e => e.Parent);
        _byPidNamespace = new(() => _all.ToLookup(e => pidNamespace(e.Pid)));
    }

    /// <summary>Looks at all processes.</summary>
    public static SessionProcesses Read() => new(
        [.. ProcFiles.ProcessIds().Select(Read).OfType<Entry>()],
        pid => FileIdentity.Inode(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/pid")) ?? 0);

    /// <summary>Those of a session, without its supervisor.</summary>
    /// <param name="supervisor">The supervisor's pid.</param>
    /// <param name="pidNamespace">The inode of the session's own PID namespace; 0 where it has none.</param>
    public Dictionary<int, Entry> Of(int supervisor, ulong pidNamespace)
    {
        var ours = new Dictionary<int, Entry>();
        var open = new Stack<Entry>(_byParent[supervisor]);
        foreach (Entry member in pidNamespace == 0 ? [] : _byPidNamespace.Value[pidNamespace])
        {
            open.Push(member);
        }

        while (open.TryPop(out Entry entry))
        {
            if (entry.Pid != supervisor && ours.TryAdd(entry.Pid, entry))
            {
                foreach (Entry child in _byParent[entry.Pid])
                {
                    open.Push(child);
                }
            }
        }

        return ours;
    }

    /// <summary>How many these are, and the CPU time that they have used.</summary>
    public static SessionFigures Figures(IReadOnlyCollection<Entry> processes) => new(
        Memory: null,
        PeakMemory: null,
        TimeSpan.FromTicks(processes.Sum(p => p.CpuTicks) * TimeSpan.TicksPerSecond / TicksPerSecond),
        processes.Count(p => p.State is not ('Z' or 'X')),
        OomKilled: false);

    /// <summary>Whether a process is stopped (SIGSTOP), or held by a debugger.</summary>
    public static bool IsStopped(int pid) => ProcStat.TryRead(pid) is { State: 'T' or 't' };

    /// <summary>The memory that these use now: what several share is counted once, in parts (Pss of proc_pid_smaps(5)).</summary>
    public static long Memory(IReadOnlyCollection<Entry> processes) => processes.Sum(p => ReadMemory(p.Pid));

    private static Entry? Read(int pid) =>
        ProcStat.TryRead(pid) is ProcStat stat
            ? new Entry(pid, stat.State, stat.Parent, stat.ProcessGroup, stat.StartTicks, stat.CpuTicks)
            : null;

    private static long ReadMemory(int pid)
    {
        try
        {
            string? line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/smaps_rollup"))
                .FirstOrDefault(l => l.StartsWith("Pss:", StringComparison.Ordinal));
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
    /// <param name="ProcessGroup">Its process group.</param>
    /// <param name="StartTicks">As in <see cref="ProcessIdentity"/>.</param>
    /// <param name="CpuTicks">Its CPU time, and that of the children it has waited for.</param>
    internal readonly record struct Entry(int Pid, char State, int Parent, int ProcessGroup, long StartTicks, long CpuTicks)
    {
        public ProcessIdentity Identity => ProcessIdentity.Of(Pid, StartTicks);
    }
}

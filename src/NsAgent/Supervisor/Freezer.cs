using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using NsModule.Native;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Supervisor;

/// <summary>Stops all processes of a session where they are, and lets them go on (SIGSTOP, SIGCONT).</summary>
/// <remarks>
/// Init is left alone: it only waits. A process that was stopped already, by ^Z for instance, stays so afterwards.
/// </remarks>
internal sealed class Freezer
{
    /// <summary>A process that is busy in the kernel for longer stops by itself when it comes back from there.</summary>
    private const long PatienceMilliseconds = 1000;

    private readonly int _self = getpid();
    private readonly int _init;
    private readonly ulong _pidNamespace;
    private readonly List<ProcessIdentity> _stopped = [];

    /// <param name="spawned">The session's processes.</param>
    /// <param name="pidNamespace">The inode of its own PID namespace; 0 where it has none.</param>
    public Freezer(SpawnedCommand spawned, ulong pidNamespace)
    {
        _init = spawned.InitPid == spawned.CommandPid ? 0 : spawned.InitPid;
        _pidNamespace = pidNamespace;
    }

    /// <summary>Stops everything. It is all stopped on return, but for what is busy in the kernel.</summary>
    /// <remarks>
    /// Parents before their children: one that stands still makes no new children, and does not see that a child was
    /// stopped, which a shell would take for ^Z. Hence several looks at /proc, until all that is found stands.
    /// </remarks>
    public void Freeze()
    {
        long deadline = Environment.TickCount64 + PatienceMilliseconds;
        bool moving = true;
        while (moving)
        {
            bool late = Environment.TickCount64 >= deadline;
            Dictionary<int, Entry> ours = ReadOurs();
            moving = false;
            foreach (Entry entry in ours.Values.Where(e => e.Pid != _init && !Stands(e)))
            {
                moving = !late;
                if (late || entry.Parent == _init || !ours.TryGetValue(entry.Parent, out Entry parent) || Stands(parent))
                {
                    Stop(entry.Identity);
                }
            }

            _ = sched_yield();
        }
    }

    /// <summary>Lets what <see cref="Freeze"/> has stopped go on, children before their parents.</summary>
    public void Thaw()
    {
        for (int i = _stopped.Count - 1; i >= 0; i--)
        {
            Signal(_stopped[i], SIGCONT);
        }

        _stopped.Clear();
    }

    private void Stop(ProcessIdentity process)
    {
        if (Signal(process, SIGSTOP) && !_stopped.Contains(process))
        {
            _stopped.Add(process);
        }
    }

    private static bool Signal(ProcessIdentity process, int signal)
    {
        using FileDescriptor? pidfd = process.OpenPidfd();
        return pidfd is not null && Sys.pidfd_send_signal(pidfd.Value, signal) == 0;
    }

    /// <summary>Stopped, traced or dead; or told to, and in the kernel (vfork(2) for one waits there for a child that stands).</summary>
    private bool Stands(Entry entry) => entry.State is 'T' or 't' or 'Z' or 'X' || (entry.State == 'D' && _stopped.Contains(entry.Identity));

    /// <summary>The session's processes: our descendants, what is in its PID namespace (what joined it has its parent elsewhere), and their descendants.</summary>
    private Dictionary<int, Entry> ReadOurs()
    {
        Dictionary<int, Entry> all = ReadAll();
        var known = new Dictionary<int, bool> { [_self] = true };
        return all.Where(e => e.Key != _self && IsOurs(e.Key)).ToDictionary();

        bool IsOurs(int pid)
        {
            if (!known.TryGetValue(pid, out bool ours))
            {
                ours = all.TryGetValue(pid, out Entry entry)
                    && (IsOurs(entry.Parent) || (_pidNamespace != 0 && ProcessNamespaces.Inode(pid, "pid") == _pidNamespace));
                known[pid] = ours;
            }

            return ours;
        }
    }

    private static Dictionary<int, Entry> ReadAll()
    {
        var all = new Dictionary<int, Entry>();
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && Read(pid) is Entry entry)
            {
                all[pid] = entry;
            }
        }

        return all;
    }

    /// <summary>State, parent and start time of a process (proc_pid_stat(5)); null when it is gone.</summary>
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
            return new Entry(pid, fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture), long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
    }

    private readonly record struct Entry(int Pid, char State, int Parent, long StartTicks)
    {
        public ProcessIdentity Identity => ProcessIdentity.Of(Pid, StartTicks);
    }
}

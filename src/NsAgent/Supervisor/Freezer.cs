using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Agent.Launching;
using NsModule.Native;
using NsModule.Sessions;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Supervisor;

/// <summary>Stops all processes of a session where they are, and lets them go on (SIGSTOP, SIGCONT).</summary>
/// <remarks>
/// Init is left alone: it only waits, and must hear of the command's end also meanwhile; a cgroup's freezer would stop it as well. A process that was stopped already, by ^Z for instance, stays so afterwards.
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
            Dictionary<int, SessionProcesses.Entry> ours = ReadOurs();
            moving = false;
            foreach (SessionProcesses.Entry entry in ours.Values.Where(e => e.Pid != _init && !Stands(e)))
            {
                moving = !late;
                if (late || entry.Parent == _init || !ours.TryGetValue(entry.Parent, out SessionProcesses.Entry parent) || Stands(parent))
                {
                    Stop(entry.Identity);
                }
            }

            _ = sched_yield();
        }
    }

    /// <summary>The processes of the session, its init too.</summary>
    public IReadOnlyDictionary<int, SessionProcesses.Entry> Processes() => ReadOurs();

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
    private bool Stands(SessionProcesses.Entry entry) => entry.State is 'T' or 't' or 'Z' or 'X' || (entry.State == 'D' && _stopped.Contains(entry.Identity));

    private Dictionary<int, SessionProcesses.Entry> ReadOurs() => SessionProcesses.Read().Of(_self, _pidNamespace);
}

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
/// Init is not stopped: it only waits, and when somebody kills the command meanwhile, it must pass that on. The freezer of a cgroup is not
/// used because it would stop init, too. A process that was stopped before, by ^Z for instance, stays stopped afterwards.
/// </remarks>
internal sealed class ProcessSignals
{
    /// <summary>
    /// How long to wait for processes that are busy in the kernel. Those that take longer have been sent SIGSTOP, and stop by themselves
    /// when the kernel is done.
    /// </summary>
    private const long BusyMilliseconds = 1000;

    private readonly int _self = getpid();
    private readonly int _init;
    private readonly ulong _pidNamespace;
    private readonly List<ProcessIdentity> _stopped = [];

    /// <param name="spawned">The session's processes.</param>
    /// <param name="pidNamespace">The inode of its own PID namespace; 0 where it has none.</param>
    public ProcessSignals(SpawnedCommand spawned, ulong pidNamespace)
    {
        _init = spawned.InitPid == spawned.CommandPid ? 0 : spawned.InitPid;
        _pidNamespace = pidNamespace;
    }

    /// <summary>Stops everything. On return all of it is stopped, except what is busy in the kernel for long.</summary>
    /// <remarks>
    /// Parents are stopped before their children. A stopped parent makes no new children, and does not see that a child was stopped: a
    /// shell would take that for ^Z. That takes several looks at /proc, until every process that is found is stopped.
    /// </remarks>
    public void StopAll()
    {
        var limit = TimeLimit.In(BusyMilliseconds);
        bool moving = true;
        while (moving)
        {
            bool late = limit.HasPassed;
            Dictionary<int, SessionProcesses.Entry> ours = ReadOurs();
            moving = false;
            foreach (SessionProcesses.Entry entry in ours.Values.Where(e => e.Pid != _init && !IsStill(e)))
            {
                moving = !late;
                if (late || entry.Parent == _init || !ours.TryGetValue(entry.Parent, out SessionProcesses.Entry parent) || IsStill(parent))
                {
                    Stop(entry.Identity);
                }
            }

            _ = sched_yield();
        }
    }

    /// <summary>The processes of the session, its init too.</summary>
    public IReadOnlyDictionary<int, SessionProcesses.Entry> Processes() => ReadOurs();

    /// <summary>Lets what <see cref="StopAll"/> has stopped go on, children before their parents.</summary>
    public void ContinueAll()
    {
        for (int i = _stopped.Count - 1; i >= 0; i--)
        {
            Signal(_stopped[i], SIGCONT);
        }

        _stopped.Clear();
    }

    /// <summary>Sends a signal to each process of the session but its init.</summary>
    /// <param name="signal">The signal.</param>
    /// <param name="processGroup">Only those of this process group; 0 for all.</param>
    /// <returns>Whether there was one.</returns>
    public bool SignalAll(int signal, int processGroup)
    {
        bool any = false;
        foreach (SessionProcesses.Entry entry in ReadOurs().Values)
        {
            if (entry.Pid != _init && (processGroup == 0 || entry.ProcessGroup == processGroup))
            {
                any |= Signal(entry.Identity, signal);
            }
        }

        return any;
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

    /// <summary>
    /// Whether it does nothing any more: it is stopped, traced or dead. Or it was sent SIGSTOP and sleeps in the kernel, as a parent does
    /// in vfork(2) until its child, which may be stopped, goes on.
    /// </summary>
    private bool IsStill(SessionProcesses.Entry entry) =>
        entry.State is 'T' or 't' or 'Z' or 'X' || (entry.State == 'D' && _stopped.Contains(entry.Identity));

    private Dictionary<int, SessionProcesses.Entry> ReadOurs() => SessionProcesses.Read().Of(_self, _pidNamespace);
}

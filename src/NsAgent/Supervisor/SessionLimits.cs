using System.Collections.Generic;
using System.Linq;
using NsModule.Agent.Launching;
using NsModule.Cgroups;
using NsModule.Sessions;
using NsModule.Specs;

namespace NsModule.Agent.Supervisor;

/// <summary>The session's cgroup, if it has one: its limits, and what it has used.</summary>
internal sealed class SessionLimits(SessionStore store, LaunchSpec spec, SessionCgroup? cgroup, ProcessSignals signals, LiveRecord record)
{
    private SessionCgroup? _cgroup = cgroup;

    /// <summary>
    /// Changes the limits. A session that has no cgroup yet gets one, with all its processes; the memory that they have already is not
    /// counted.
    /// </summary>
    /// <returns>Whether the session runs, and has processes of its own.</returns>
    /// <exception cref="CgroupException">A limit cannot be applied.</exception>
    public bool Set(CgroupSpec limits)
    {
        if (record.Value.IsFinal || record.Value.JoinedSession is not null)
        {
            return false;
        }

        if (_cgroup is null)
        {
            Create(limits);
        }
        else
        {
            _cgroup.SetLimits(limits);
        }

        return true;
    }

    /// <summary>Kills everything in it.</summary>
    public void Kill() => _cgroup?.Kill();

    /// <summary>Reads the last figures, and removes the cgroup.</summary>
    public SessionFigures End()
    {
        SessionFigures figures = _cgroup?.Figures() ?? default;
        store.RemoveCgroup(spec.Id);
        return figures;
    }

    private void Create(CgroupSpec limits)
    {
        // What stands still makes no child that would be left behind.
        bool suspended = record.Value.State == NsSessionState.Suspended;
        try
        {
            if (!suspended)
            {
                signals.StopAll();
            }

            IReadOnlyDictionary<int, SessionProcesses.Entry> processes = signals.Processes();
            _cgroup = SessionCgroup.Create(
                spec, limits, processes.Keys, store.RuntimeDirectory, directory => store.AnnounceCgroup(spec.Id, directory));
            foreach (int pid in processes.Keys)
            {
                _cgroup?.Enter(pid);
            }

            record.Change(record.Value with { CpuTime = SessionProcesses.Figures(processes.Values.ToArray()).CpuTime });
        }
        finally
        {
            if (!suspended)
            {
                signals.ContinueAll();
            }

            if (_cgroup is null)
            {
                store.RemoveCgroup(spec.Id);
            }
        }
    }
}

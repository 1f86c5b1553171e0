using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using NsModule.Agent.Events;
using NsModule.Agent.Launching;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Specs;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Supervisor;

/// <summary>Ends, suspends and reaps the session's processes.</summary>
internal sealed unsafe class ProcessControl : IDisposable
{
    private readonly LaunchSpec _spec;
    private readonly SpawnedCommand _spawned;
    private readonly LiveRecord _record;
    private readonly OneShotTimer _grace;

    public ProcessControl(EventLoop loop, LaunchSpec spec, SpawnedCommand spawned, LiveRecord record)
    {
        (_spec, _spawned, _record) = (spec, spawned, record);
        ProcessSignals = new ProcessSignals(
            spawned,
            spec.Namespaces.HasFlag(NsNamespaceKind.Pid) ? record.Value.Namespaces.GetValueOrDefault("pid") : 0);
        _grace = new OneShotTimer(loop, Kill);
    }

    /// <summary>Makes all processes stand still for a moment.</summary>
    public ProcessSignals ProcessSignals { get; }

    /// <summary>
    /// Asks the command to end, and kills everything when <paramref name="graceMilliseconds"/> have passed (at once for a negative number).
    /// </summary>
    /// <param name="signal">The signal for it; 0 for the usual: TERM, and HUP because interactive shells ignore TERM.</param>
    /// <param name="graceMilliseconds">How long it may take.</param>
    public void Stop(int signal, int graceMilliseconds)
    {
        if (_record.Value.IsFinal)
        {
            return;
        }

        if (graceMilliseconds < 0)
        {
            Kill();
            return;
        }

        if (signal != 0)
        {
            Signal(signal);
        }
        else
        {
            Signal(SIGTERM);
            Signal(SIGHUP);
        }

        // One that is stopped (^Z) could not act on it.
        Signal(SIGCONT);
        _ = Resume();
        _grace.Start(TimeSpan.FromMilliseconds(graceMilliseconds));
    }

    /// <summary>
    /// SIGKILL for everything: init takes a PID namespace with it; without one, orphans come to us and are killed as they arrive.
    /// </summary>
    public void Kill()
    {
        // By itself, because a joined PID namespace goes on.
        Signal(SIGKILL);
        _ = Sys.pidfd_send_signal(_spawned.Init.Value, SIGKILL);
    }

    /// <summary>Sends a signal and does no more.</summary>
    /// <returns>Whether there was a process to take it.</returns>
    public bool Signal(int signal, SignalScope scope) => !_record.Value.IsFinal && scope switch
    {
        SignalScope.All => ProcessSignals.SignalAll(signal, 0),
        SignalScope.Group => ProcessSignals.SignalAll(signal, _spawned.CommandPid),
        _ => Sys.pidfd_send_signal(_spawned.Command.Value, signal) == 0,
    };

    /// <summary>Stops everything in the session where it is.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Suspend()
    {
        if (_record.Value.IsFinal)
        {
            return false;
        }

        ProcessSignals.StopAll();
        _record.Change(_record.Value with { State = NsSessionState.Suspended });
        return true;
    }

    /// <summary>Lets everything that <see cref="Suspend"/> has stopped go on.</summary>
    /// <returns>Whether the session runs.</returns>
    public bool Resume()
    {
        if (_record.Value.State == NsSessionState.Suspended)
        {
            ProcessSignals.ContinueAll();
            _record.Change(_record.Value with { State = NsSessionState.Running });
        }

        return !_record.Value.IsFinal;
    }

    /// <summary>Without an init, orphans of the command come to us. Init itself is left to <see cref="ReapInit"/>.</summary>
    public void ReapOrphans()
    {
        Sys.siginfo_t info = default;
        while (Sys.waitid(Sys.P_ALL, 0, &info, Sys.WEXITED | Sys.WNOHANG | Sys.WNOWAIT) == 0
            && info.si_pid != 0
            && info.si_pid != _spawned.InitPid)
        {
            _ = Sys.waitid(Sys.P_PID, (uint)info.si_pid, &info, Sys.WEXITED);
            info = default;
        }
    }

    /// <summary>
    /// Takes the status of init, which has ended: the command's. Where init was killed, and its PID namespace is a joined one, the command
    /// has outlived it.
    /// </summary>
    public int ReapInit()
    {
        Sys.siginfo_t info = default;
        _ = Sys.waitid(Sys.P_PIDFD, (uint)_spawned.Init.Value, &info, Sys.WEXITED);
        _spawned.Anchors?.Dispose();
        Signal(SIGKILL);
        _grace.Dispose();
        return info.ExitCode;
    }

    /// <summary>
    /// Without a PID namespace the processes that outlive an init that was killed become our children (PR_SET_CHILD_SUBREAPER).
    /// </summary>
    public void KillOrphans()
    {
        string children = string.Create(CultureInfo.InvariantCulture, $"/proc/self/task/{(int)getpid()}/children");
        if (_spec.Namespaces.HasFlag(NsNamespaceKind.Pid) || !File.Exists(children))
        {
            return;
        }

        while (File.ReadAllText(children) is { Length: > 0 } pids)
        {
            foreach (string pid in pids.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                _ = kill(int.Parse(pid, CultureInfo.InvariantCulture), SIGKILL);
            }

            // Our own children keep their numbers until they are reaped; each reaped one may hand us its own.
            Sys.siginfo_t info;
            _ = Sys.waitid(Sys.P_ALL, 0, &info, Sys.WEXITED);
        }
    }

    /// <summary>CPU time of init and the orphans, with all that they have waited for (getrusage(2)).</summary>
    public static TimeSpan CpuTimeOfReaped()
    {
        Sys.rusage_t usage;
        return Sys.getrusage(Sys.RUSAGE_CHILDREN, &usage) < 0
            ? TimeSpan.Zero
            : TimeSpan.FromSeconds(usage.utime_sec + usage.stime_sec) + TimeSpan.FromMicroseconds(usage.utime_usec + usage.stime_usec);
    }

    public void Dispose() => _grace.Dispose();

    private void Signal(int signal) => _ = Sys.pidfd_send_signal(_spawned.Command.Value, signal);
}

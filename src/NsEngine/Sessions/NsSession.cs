using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using NsModule.Cgroups;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Specs;
using NsModule.Text;

namespace NsModule;

/// <summary>
/// A command in its own namespaces, on its own terminal, looked after by a supervisor that outlives the shell that started it.
/// </summary>
/// <remarks>
/// Properties read live: they say what is so now. An object that has been serialized (a job, remoting, Export-Clixml) keeps
/// what was so then, and can still be given to every cmdlet as <c>-Session</c>.
/// </remarks>
public sealed class NsSession
{
    private readonly SessionStore _store;
    private readonly SharedProcesses? _processes;
    private readonly object _lock = new();
    private volatile SessionRecord _record;
    private SupervisorClient? _end;

    /// <param name="store">Where it is kept.</param>
    /// <param name="record">What is known of it.</param>
    /// <param name="processes">The look at /proc of the listing that it is in; null for one of its own each time.</param>
    internal NsSession(SessionStore store, SessionRecord record, SharedProcesses? processes = null)
    {
        _store = store;
        _record = record;
        _processes = processes;
        LiveSessions.Add(this);
    }

    /// <summary>
    /// The session has ended. Each handler is called once, on a thread of its own, at once where the session had ended before.
    /// </summary>
    public event EventHandler<NsSessionExitedEventArgs>? Exited
    {
        add
        {
            if (value is not null)
            {
                ExitNotifier.Add(this, value);
            }
        }

        remove
        {
            if (value is not null)
            {
                ExitNotifier.Remove(this, value);
            }
        }
    }

    /// <summary>12 hex digits, unique on this machine.</summary>
    public string Id => _record.Id;

    /// <summary>The name given with <c>-Name</c>, or one made of the command and the id.</summary>
    public string Name => _record.Name;

    /// <summary>The host name inside.</summary>
    public string Hostname => _record.Hostname;

    /// <summary>The path of the command that was executed.</summary>
    public string FilePath => _record.FilePath;

    /// <summary>The command's arguments.</summary>
    public string[] ArgumentList => [.. _record.Arguments];

    /// <summary>The command with its arguments, for reading; control characters are replaced.</summary>
    public string Command => PrintableText.Of(CommandText.Of([_record.FilePath, .. _record.Arguments]));

    /// <summary>Process id of the command, as the host sees it.</summary>
    public int ProcessId => _record.CommandPid;

    /// <summary>
    /// Process id of the session's init, as the host sees it; with <c>-NoInit</c> that is the command, with <c>-Join</c> the
    /// process that waits for the command.
    /// </summary>
    public int InitProcessId => _record.InitPid;

    /// <summary>
    /// Process id of the supervisor: as this process sees it while it lives, 0 where it is out of sight; as it saw itself afterwards.
    /// </summary>
    public int SupervisorProcessId => (_record.IsFinal ? null : _store.SupervisorPid(_record)) ?? _record.Supervisor.Pid;

    /// <summary>Where the session is in its life.</summary>
    public NsSessionState State => Refresh().State;

    /// <summary>The command's exit status, 128+n when signal n ended it; null while it runs, and where it is not known.</summary>
    public int? ExitCode => Refresh().ExitCode;

    /// <summary>When the command was started.</summary>
    public DateTime StartTime => _record.StartTime.LocalDateTime;

    /// <summary>When it ended; null while it runs.</summary>
    public DateTime? ExitTime => Refresh().ExitTime?.LocalDateTime;

    /// <summary>Whether <c>-TimeoutSec</c> ended it.</summary>
    public bool TimedOut => Refresh().TimedOut;

    /// <summary>The namespaces it runs in: kind (pid, mnt, uts, ...) and inode, as in /proc/PID/ns (namespaces(7)).</summary>
    public IReadOnlyDictionary<string, ulong> Namespaces => _record.Namespaces;

    /// <summary>The uid map, <c>inside:outside:count</c> a line; empty without a user namespace of its own.</summary>
    public string[] UidMap => [.. _record.UidMap];

    /// <summary>The gid map, likewise.</summary>
    public string[] GidMap => [.. _record.GidMap];

    /// <summary>The directory that is its root; null where that is the host's.</summary>
    public string? RootPath => _record.RootPath;

    /// <summary>
    /// Whom the command runs as, as <c>-User</c> says it; null where that was not given: root, or an ordinary user's own id.
    /// </summary>
    public string? User => _record.User.Length > 0 ? _record.User : null;

    /// <summary>The directory that the command began in, as it is called inside; null where an older version started the session.</summary>
    public string? WorkingDirectory => _record.WorkingDirectory.Length > 0 ? _record.WorkingDirectory : null;

    /// <summary>What <c>-Mount</c> has mounted, for reading.</summary>
    public string[] Mounts => [.. _record.Mounts.Select(PrintableText.Of)];

    /// <summary>How long the session has been running, or ran.</summary>
    public TimeSpan Age => (Refresh().ExitTime ?? DateTimeOffset.UtcNow) - _record.StartTime;

    /// <summary>The size of its terminal; 0x0 where it has none.</summary>
    public NsTerminalSize TerminalSize => Refresh().TerminalSize;

    /// <summary>How many terminals are attached.</summary>
    public int AttachedClients => Refresh().AttachedClients;

    /// <summary>The id of the session that it joined (<c>-Join</c>) and ends with; null where it has namespaces of its own.</summary>
    public string? JoinedSession => _record.JoinedSession;

    /// <summary>The file that keeps all output (<c>-OutputLog</c>); null where none does.</summary>
    public string? OutputLog => _record.OutputLog;

    /// <summary>Why the log ends before the output does: a full disk, for one; null while all is written.</summary>
    public string? OutputLogError => Refresh().OutputLogError;

    /// <summary>
    /// What of the output that Receive-NsOutput shows could not be kept when the session ended, and why: a full disk, for one; null while
    /// nothing is missing but what was put out before the last mebibyte.
    /// </summary>
    public string? OutputError => Refresh().OutputError;

    /// <summary>Why the session was lost, as far as that is known; null where it was not.</summary>
    public string? LostReason => Refresh().State == NsSessionState.Lost ? SessionLoss.Explain(_store, _record) : null;

    /// <summary>
    /// Bytes of memory that it uses now: with a cgroup of its own (any limit gives it one) with the kernel's caches of the files it reads,
    /// as the limit counts; without one, of its processes. 0 after its end.
    /// </summary>
    public long? MemoryBytes => Figures(memory: true).Memory;

    /// <summary>The most memory it has used, in bytes; null without a cgroup of its own.</summary>
    public long? PeakMemoryBytes => Figures().PeakMemory;

    /// <summary>CPU time of all its processes since its start; null when it was lost.</summary>
    public TimeSpan? CpuTime => Figures().CpuTime;

    /// <summary>How many processes it has now, its init among them. 0 after its end.</summary>
    public int? ProcessCount => Figures().Processes;

    /// <summary>Whether the kernel has killed one of its processes because memory was at <see cref="MemoryLimit"/>.</summary>
    public bool OomKilled => Figures().OomKilled;

    /// <summary>The bytes of memory it may use; null for no limit of its own, and after its end.</summary>
    public long? MemoryLimit => Limits().Memory;

    /// <summary>The CPUs it may use, likewise.</summary>
    public double? CpuLimit => Limits().Cpus;

    /// <summary>The processes and threads it may have, likewise.</summary>
    public long? ProcessLimit => Limits().Processes;

    /// <summary>What it has of the network; null in a network namespace that it joined (<c>-Join</c>) without its session.</summary>
    public NsNetworkMode? Network => _record.Network;

    /// <summary>
    /// Its address in its private network; null without one, and when the helper that carried it (pasta, slirp4netns) is gone.
    /// </summary>
    public string? IPAddress => Refresh().IPAddress;

    /// <summary>The host's ports that lead into it, as <c>-PublishPort</c> takes them.</summary>
    public string[] PublishedPorts => [.. Refresh().PublishedPorts];

    /// <summary>
    /// How a hook of the session's bundle failed; null when none did. Only poststart and poststop: where an earlier
    /// one fails, there is no session.
    /// </summary>
    public string? HookError => Refresh().HookError;

    internal SessionRecord Record => _record;

    /// <summary>Whether it has a terminal: all have but commands whose streams are pipes.</summary>
    internal bool HasTerminal => _record.TerminalSize != default;

    internal string SocketPath => _store.SocketPath(Id);

    /// <summary>Whether its standard error is kept by itself.</summary>
    internal bool HasSeparateError => _record.SeparateError;

    internal string ErrorPath => _store.ErrorPath(Id);

    internal string OutputPath => _store.OutputPath(Id);

    /// <summary>
    /// What the command has written to its standard error so far, the last mebibyte of it, where that is not the
    /// terminal (<c>-SeparateError</c>).
    /// </summary>
    /// <exception cref="NsException">The session has no separate standard error, or was lost.</exception>
    public string GetErrorOutput()
    {
        using OutputReader reader = OutputReader.Open(this, CancellationToken.None, error: true);
        return reader.ReadKept();
    }

    /// <summary>The id.</summary>
    public override string ToString() => Id;

    /// <summary>
    /// Reads the record again, unless it is final. A record that was removed while we looked away was of a session that had ended.
    /// </summary>
    internal SessionRecord Refresh()
    {
        if (!_record.IsFinal)
        {
            SessionRecord? read = _store.Read(Id);
            lock (_lock)
            {
                // Another thread may have heard of the end meanwhile.
                _record = _record.IsFinal ? _record : read ?? Removed();
            }
        }

        return _record;
    }

    /// <summary>
    /// Refuses what takes more than stopping it and hearing of its end, which the supervisors of all versions understand.
    /// </summary>
    /// <exception cref="NsException">Another version of the module started it.</exception>
    internal void RequireSameVersion() => _ = _record.Version == Hello.Version ? true : throw SessionErrors.OtherVersion(this);

    /// <summary>
    /// The supervisor has said that the session has ended. That counts where no record does: it was removed, or could not be written.
    /// </summary>
    internal void NoteEnd(int exitCode)
    {
        _ = Refresh();
        lock (_lock)
        {
            if (_record is { IsFinal: false } or { State: NsSessionState.Lost } or { ExitCode: null })
            {
                _record = Ended(exitCode);
            }
        }
    }

    /// <summary>
    /// Listens to a session that is removed at its end, before the launch is committed to: the supervisor says the exit code first.
    /// </summary>
    internal void RememberEnd() => _end = _record.RemoveOnExit ? Connect(CancellationToken.None) : null;

    /// <summary>What is known of a session without a record.</summary>
    private SessionRecord Removed()
    {
        if (!_record.RemoveOnExit)
        {
            return _store.SupervisorPid(_record) is not null ? _record : _record with { State = NsSessionState.Lost };
        }

        // It was said before the record went, so it is there to be read.
        _ = _end?.ReadEnd();
        SessionRecord ended = Ended(_end?.ExitCode);
        _end?.Dispose();
        _end = null;
        return ended;
    }

    private SessionRecord Ended(int? exitCode) =>
        _record with { State = NsSessionState.Exited, ExitCode = exitCode, ExitTime = DateTimeOffset.UtcNow, AttachedClients = 0 };

    /// <summary>All that runs in it, as /proc shows it; nothing where its supervisor is out of sight.</summary>
    internal Dictionary<int, SessionProcesses.Entry> Processes() => Own(SessionProcesses.Read);

    /// <summary>Makes a request of the supervisor, and waits for its answer.</summary>
    /// <returns>What it answered: whether it was done.</returns>
    /// <exception cref="NsException">The session has ended, or its supervisor does not answer.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    internal bool Ask(WireWriter request, CancellationToken cancellation)
    {
        RequireSameVersion();
        using SupervisorClient? client = Refresh().IsFinal ? null : Connect(cancellation);
        return client?.Ask(request) ?? throw SessionErrors.NoAnswer(this);
    }

    /// <summary>A pidfd for its supervisor; null when that has ended, or is out of sight from this PID namespace.</summary>
    internal FileDescriptor? OpenSupervisor() => _store.OpenSupervisor(_record);

    /// <summary>Deletes the record.</summary>
    /// <exception cref="NsException">The session runs.</exception>
    internal void Delete()
    {
        if (!Refresh().IsFinal)
        {
            throw SessionErrors.Running(this);
        }

        _store.Delete(Id);
    }

    private SupervisorClient? Connect(CancellationToken cancellation) =>
        SupervisorClient.TryOpen(this, ClientRole.Control, cancellation, SessionEnd.SupervisorTimeoutMilliseconds);

    /// <summary>Its own cgroup; what has joined another session is in that one's.</summary>
    private SessionCgroup? Cgroup() => _record.JoinedSession is null && !Refresh().IsFinal ? _store.ReadCgroup(Id) : null;

    private CgroupSpec Limits() => Cgroup()?.Limits() ?? CgroupSpec.None;

    /// <param name="memory">Whether the memory of processes without a cgroup is asked for, too: it takes a file of each.</param>
    private SessionFigures Figures(bool memory = false)
    {
        SessionFigures figures = Cgroup()?.Figures() is SessionFigures counted
            ? counted with { CpuTime = counted.CpuTime + (_record.CpuTime ?? TimeSpan.Zero) }
            : _record.IsFinal ? default
            : FiguresOfProcesses(memory);

        // When it has ended meanwhile, what was read is of something that was being taken away.
        return Refresh().IsFinal ? new SessionFigures(0, _record.PeakMemory, _record.CpuTime, 0, _record.OomKilled) : figures;
    }

    private SessionFigures FiguresOfProcesses(bool memory)
    {
        IReadOnlyCollection<SessionProcesses.Entry> own = Own(_processes is null ? SessionProcesses.Read : _processes.Now).Values;
        return SessionProcesses.Figures(own) with { Memory = memory ? SessionProcesses.Memory(own) : null };
    }

    private Dictionary<int, SessionProcesses.Entry> Own(Func<SessionProcesses> look) =>
        SupervisorProcessId is int supervisor and > 0
            ? look().Of(supervisor, _record.JoinedSession is null ? OwnPidNamespace() : 0)
            : [];

    /// <summary>The inode of its PID namespace; 0 where that is the caller's too.</summary>
    private ulong OwnPidNamespace() =>
        _record.Namespaces.TryGetValue("pid", out ulong inode) && inode != FileIdentity.Inode("/proc/self/ns/pid") ? inode : 0;
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.Agent.Network;
using NsModule.Cgroups;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Specs;
using NsModule.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Supervisor;

/// <summary>A running session, from the host's side: one event loop over its PTY, its processes, its clients.</summary>
internal sealed unsafe class SessionSupervisor : IDisposable
{
    private const int ScrollbackCapacity = 1 << 20;

    /// <summary>What the kernel may still hold for us when the command has ended must fit behind the slowest position we wait for.</summary>
    private const int MaxLag = ScrollbackCapacity - (256 * 1024);

    private const int ReadSize = 64 * 1024;

    /// <summary>The kernel hands output out in pieces of up to 4 KiB; a whole one means that more is on its way.</summary>
    private const int BulkSize = 4000;
    private const int BulkPatienceMilliseconds = 1;
    private const int MaxClients = 200;
    private const int TrickleSize = 128 * 1024;
    private static readonly TimeSpan s_nudgeTime = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_trickleTime = TimeSpan.FromMilliseconds(100);

    /// <summary>How often it is tried to write down how the session ended where that cannot be written.</summary>
    private static readonly TimeSpan s_retryTime = TimeSpan.FromSeconds(1);

    private readonly SessionStore _store;
    private readonly LaunchSpec _spec;
    private readonly Pty? _pty;
    private readonly int _master;
    private readonly CommandStreams _streams;
    private readonly SpawnedCommand _spawned;
    private readonly FileDescriptor _listener;
    private readonly SessionNetwork? _network;
    private readonly List<ClientConnection> _clients = [];
    private readonly OutputLog? _log;
    private readonly Freezer _freezer;
    private readonly OneShotTimer _grace;
    private readonly OneShotTimer? _timeout;
    private SessionRecord _record;
    private SessionCgroup? _cgroup;
    private EndOfInput? _endOfInput;
    private OneShotTimer? _nudge;
    private OneShotTimer? _trickle;
    private bool _heldBack;
    private bool _attachedBefore;
    private bool _committed;
    private bool _abandoned;
    private bool _masterAtEnd;
    private OneShotTimer? _retry;
    private bool _unsaved;

    public SessionSupervisor(SessionStore store, LaunchSpec spec, SessionRecord record, SpawnedCommand spawned, CommandSurroundings surroundings, FileDescriptor listener, OutputLog? log)
    {
        _store = store;
        _spec = spec;
        _record = record;
        _spawned = spawned;
        _pty = spawned.Pty;
        _streams = surroundings.Streams;
        _cgroup = surroundings.OwnCgroup;
        _network = surroundings.Network;
        _listener = listener;
        _log = log;
        _master = _pty?.Master.Value ?? -1;
        Input = new InputQueue(_master);
        if (_pty is not null)
        {
            Loop.Add(_master, (int)EPOLLIN, OnMaster);
        }

        _masterAtEnd = _pty is null;
        if (spec.Streams == StandardStreams.TerminalAndError)
        {
            Error = new StandardError(Loop, _streams.FromError!, start => SkipTo(Error!.Kept, start), PumpClients);
        }

        Loop.Add(spawned.Init.Value, (int)EPOLLIN, _ => OnInitExited());
        if (surroundings.Target is JoinedSession joined)
        {
            Loop.Add(joined.Init.Value, (int)EPOLLIN, _ => OnJoinedEnded(joined.Init.Value));
        }

        _freezer = new Freezer(spawned, spec.Namespaces.HasFlag(NsNamespaceKind.Pid) ? record.Namespaces.GetValueOrDefault("pid") : 0);
        WatchListener();
        Loop.Add(0, (int)EPOLLIN, _ => OnLauncher());
        _network?.Start(Loop, OnNetworkLost);
        _grace = new OneShotTimer(Loop, Kill);
        if (spec.Timeout > TimeSpan.Zero)
        {
            _timeout = new OneShotTimer(Loop, OnTimeout);
            _timeout.Start(spec.Timeout);
        }
    }

    public EventLoop Loop { get; } = new();

    /// <summary>The session's name, which is free again when it has ended.</summary>
    public SessionName? Name { get; init; }

    /// <summary>The session's output so far.</summary>
    public Scrollback Output { get; } = new(ScrollbackCapacity);

    /// <summary>When which part of the output came, and for which size of the terminal.</summary>
    public OutputMarks Marks { get; } = new();

    /// <summary>The command's standard error; null where that is the terminal, or not ours to read.</summary>
    public StandardError? Error { get; }

    /// <summary>Position that the next search for a pattern starts at: after what the last one found.</summary>
    public long SearchFrom { get; set; }

    /// <summary>What readers are told first.</summary>
    public OutputState OutputState => new(Output.Start, Output.End, SearchFrom, _record.TerminalSize, Output.LostLines);

    /// <summary>The terminal modes that the output has left on.</summary>
    public TerminalModes Modes { get; } = new();

    /// <summary>Input on its way to the command.</summary>
    public InputQueue Input { get; }

    /// <summary>The last frame for every client, once the command has ended and its output is complete.</summary>
    public byte[]? ExitFrame { get; private set; }

    public void Run() => Loop.Run();

    public void Dispose()
    {
        _endOfInput?.Dispose();
        _nudge?.Dispose();
        _trickle?.Dispose();
        _retry?.Dispose();
        _grace.Dispose();
        _timeout?.Dispose();
        _network?.Dispose();
        _listener.Dispose();
        _clients.ForEach(c => c.Dispose());
        Output.Dispose();
        Error?.Dispose();
        _log?.Dispose();
        Loop.Dispose();
    }

    /// <summary>Takes signals as events, once they are blocked: being asked to end means ending the session properly.</summary>
    public void WatchSignals()
    {
        sigset_t set;
        _ = sigemptyset(&set);
        foreach (int signal in (ReadOnlySpan<int>)[SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD])
        {
            _ = sigaddset(&set, signal);
        }

        int fd = NativeException.Check(Sys.signalfd(-1, &set, Sys.SFD_CLOEXEC | Sys.SFD_NONBLOCK), "signalfd");
        Loop.Add(fd, (int)EPOLLIN, _ =>
        {
            Sys.signalfd_siginfo info;
            while (read(fd, &info, sizeof(Sys.signalfd_siginfo)) == sizeof(Sys.signalfd_siginfo))
            {
                if (info.ssi_signo == (uint)SIGCHLD)
                {
                    ReapOrphans();
                }
                else
                {
                    Stop(0, StopDefaults.GraceMilliseconds);
                }
            }
        });
    }

    /// <summary>Asks the command to end, and kills everything when <paramref name="graceMilliseconds"/> have passed (at once for a negative number).</summary>
    /// <param name="signal">The signal for it; 0 for the usual: TERM, and HUP because interactive shells ignore TERM.</param>
    /// <param name="graceMilliseconds">How long it may take.</param>
    public void Stop(int signal, int graceMilliseconds)
    {
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

    /// <summary>Stops everything in the session where it is.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Suspend()
    {
        if (ExitFrame is not null)
        {
            return false;
        }

        _freezer.Freeze();
        _record = _record with { State = NsSessionState.Suspended };
        Save();
        return true;
    }

    /// <summary>Lets everything that <see cref="Suspend"/> has stopped go on.</summary>
    /// <returns>Whether the session runs.</returns>
    public bool Resume()
    {
        if (_record.State == NsSessionState.Suspended)
        {
            _freezer.Thaw();
            _record = _record with { State = NsSessionState.Running };
            Save();
        }

        return ExitFrame is null;
    }

    /// <summary>Changes the session's limits. One that has no cgroup yet gets one, with all its processes; the memory that they have already is not counted.</summary>
    /// <returns>Whether the session runs.</returns>
    /// <exception cref="CgroupException">A limit cannot be applied.</exception>
    public bool SetLimits(ResourceLimits limits)
    {
        if (ExitFrame is not null || _record.JoinedSession is not null)
        {
            return false;
        }

        if (_cgroup is not null)
        {
            _cgroup.SetLimits(limits);
            return true;
        }

        // What stands still makes no child that would be left behind.
        bool suspended = _record.State == NsSessionState.Suspended;
        try
        {
            if (!suspended)
            {
                _freezer.Freeze();
            }

            IReadOnlyDictionary<int, SessionProcesses.Entry> processes = _freezer.Processes();
            _cgroup = SessionCgroup.Create(_store, _spec, limits, processes.Keys);
            foreach (int pid in processes.Keys)
            {
                _cgroup?.Enter(pid);
            }

            _record = _record with { CpuTime = SessionProcesses.Figures(processes.Values.ToArray()).CpuTime };
            Save();

            return true;
        }
        finally
        {
            if (!suspended)
            {
                _freezer.Thaw();
            }

            if (_cgroup is null)
            {
                _store.RemoveCgroup(_spec.Id);
            }
        }
    }

    /// <summary>Sets the size of the terminal, unless it follows one that is attached.</summary>
    /// <returns>Whether it is so now.</returns>
    public bool SetSize(NsTerminalSize size)
    {
        if (size == default || ExitFrame is not null || _clients.Exists(c => c.IsWritable))
        {
            return false;
        }

        Resize(size);
        return _record.TerminalSize == size;
    }

    /// <summary>A client has said what it wants.</summary>
    /// <param name="client">The client.</param>
    /// <param name="position">Where in the output it starts.</param>
    /// <returns>What it is to be shown before that.</returns>
    public byte[] OnGreeted(ClientConnection client, out long position)
    {
        position = client.Kept?.Start ?? 0;
        if (client.Role == ClientRole.Collect)
        {
            (_committed, _attachedBefore) = (true, true);
        }

        if (client.Role != ClientRole.Attach)
        {
            return [];
        }

        // The first one gets all output, whole; later ones what they need to see the present screen.
        byte[] screen = _attachedBefore ? Redraw.Compose(Output, Modes, out position) : [];
        _committed = true;
        NsTerminalSize before = _record.TerminalSize;
        UseSizeOf(client);
        if (_attachedBefore && _record.TerminalSize == before)
        {
            Nudge();
        }

        _attachedBefore = true;
        SaveClients();
        return screen;
    }

    /// <summary>
    /// What a terminal is shown that has missed output; the program, if it has the whole screen, is made to draw it anew.
    /// </summary>
    public byte[] ComposeScreen(out long position)
    {
        if (Modes.AlternateScreenSince is not null)
        {
            Nudge();
        }

        return Redraw.Compose(Output, Modes, out position);
    }

    public void OnResized(ClientConnection client)
    {
        if (client == _clients.FindLast(c => c.IsWritable))
        {
            Resize(client.Size);
        }
    }

    public void OnInput(ClientConnection client)
    {
        UseSizeOf(client);
        if (!Input.IsEmpty)
        {
            WatchMaster();
        }
    }

    public void OnEndOfInput()
    {
        // Several clients are several keyboards: the input has ended when all of them have.
        if (_pty is not null && _clients.TrueForAll(c => !c.IsWritable || c.InputEnded))
        {
            _endOfInput ??= new EndOfInput(Loop, _pty, Input);
        }
    }

    /// <summary>Hands our ends of the command's streams to a client, once, and closes them here.</summary>
    /// <returns>Whether they were to be had.</returns>
    public bool TryPassStreams(int socket)
    {
        if (_streams is not { ToInput: { Value: >= 0 } toInput, FromOutput: { Value: >= 0 } fromOutput, FromError: { Value: >= 0 } fromError })
        {
            return false;
        }

        bool passed = UnixSocket.TrySend(socket, new WireWriter(FrameKind.Streams).ToFrame(), [toInput.Value, fromOutput.Value, fromError.Value]);
        _streams.CloseOurs();
        return passed;
    }

    /// <summary>Whether the session has a terminal.</summary>
    public bool HasTerminal => _pty is not null;

    /// <summary>A client has taken output: there may be room again to read more.</summary>
    public void OnClientProgress() => WatchMaster();

    public void OnClosed(ClientConnection client)
    {
        _ = _clients.Remove(client);
        if (client.InputEnded)
        {
            _endOfInput?.Dispose();
            _endOfInput = null;
        }

        if (client.Role == ClientRole.Attach && ExitFrame is null)
        {
            if (client.IsWritable && _clients.FindLast(c => c.IsWritable) is ClientConnection newest)
            {
                Resize(newest.Size);
            }

            SaveClients();
        }

        if (_listener.Value >= 0)
        {
            WatchListener();
        }

        WatchMaster();
        EndWhenAllIsSaid();
    }

    private void WatchListener()
    {
        Loop.Remove(_listener.Value);
        Loop.Add(_listener.Value, (int)EPOLLIN, _ => Accept());
    }

    /// <summary>Of several terminals the one that somebody uses, last of all, decides the size.</summary>
    private void UseSizeOf(ClientConnection client)
    {
        if (client.IsWritable && client != _clients.FindLast(c => c.IsWritable))
        {
            _ = _clients.Remove(client);
            _clients.Add(client);
        }

        if (client.IsWritable)
        {
            Resize(client.Size);
        }
    }

    private void Resize(NsTerminalSize size)
    {
        if (size != default && size != _record.TerminalSize && WindowSize.TrySet(_master, size))
        {
            _record = _record with { TerminalSize = size };
            _log?.Resize(size);
            Save();
        }
    }

    /// <summary>Makes programs draw their screen again: they do so for a size that differs, and the kernel tells them of no other. So it differs for a moment.</summary>
    private void Nudge()
    {
        NsTerminalSize size = _record.TerminalSize;
        _ = WindowSize.TrySet(_master, size with { Rows = (ushort)(size.Rows > 1 ? size.Rows - 1 : 2) });
        _nudge ??= new OneShotTimer(Loop, () => WindowSize.TrySet(_master, _record.TerminalSize));
        _nudge.Start(s_nudgeTime);
    }

    private void Signal(int signal) => _ = Sys.pidfd_send_signal(_spawned.Command.Value, signal);

    /// <summary>SIGKILL for everything: init takes a PID namespace with it; without one, orphans come to us and are killed as they arrive.</summary>
    private void Kill()
    {
        // By itself, because a joined PID namespace goes on.
        Signal(SIGKILL);
        _ = Sys.pidfd_send_signal(_spawned.Init.Value, SIGKILL);
    }

    /// <summary>The session that this one joined has ended.</summary>
    private void OnJoinedEnded(int init)
    {
        Loop.Remove(init);
        Kill();
    }

    /// <summary>The session goes on: what the command does without its network is its own affair.</summary>
    private void OnNetworkLost()
    {
        _record = _record with { IPAddress = null, PublishedPorts = [] };
        Save();
    }

    private void OnTimeout()
    {
        _record = _record with { TimedOut = true };
        Stop(0, StopDefaults.GraceMilliseconds);
    }

    private void OnMaster(uint events)
    {
        if ((events & (uint)EPOLLOUT) != 0)
        {
            bool wasFull = Input.IsFull;
            Input.Flush();
            if (wasFull && !Input.IsFull)
            {
                foreach (ClientConnection client in _clients.ToArray())
                {
                    client.TakeFrames();
                    client.WatchAgain();
                }
            }
        }

        if ((events & ~(uint)EPOLLOUT) != 0)
        {
            ReadOutput(ReadSize);
            PumpClients();
        }

        WatchMaster();
    }

    /// <summary>Reads what is there, at most about <paramref name="limit"/> bytes; false when nothing is left.</summary>
    private bool ReadOutput(int limit)
    {
        long from = Output.End;
        bool more = ReadPieces(limit);
        while (from < Output.End && _log is not null)
        {
            ReadOnlySpan<byte> piece = Output.Slice(from, ScrollbackCapacity);
            _log.Write(piece);
            from += piece.Length;
        }

        NoteLogError();
        return more;
    }

    private bool ReadPieces(int limit)
    {
        while (limit > 0)
        {
            Span<byte> free = Output.Free(limit);
            SkipTo(Output, Output.End + free.Length - ScrollbackCapacity);
            long count;
            fixed (byte* p = free)
            {
                count = read(_master, p, free.Length);
            }

            int error = count < 0 ? errno : 0;
            if (error == EAGAIN && limit <= ReadSize - BulkSize && MoreComesSoon())
            {
                continue;
            }

            if (count <= 0)
            {
                // EIO: the terminal was hung up; all that was written before has been read.
                _masterAtEnd |= error != EAGAIN && error != EINTR;
                return false;
            }

            Marks.Add(Output.End, Output.Start, DateTime.UtcNow, _record.TerminalSize);
            Modes.Feed(free[..(int)count]);
            Output.Advance((int)count);
            limit -= (int)count;
        }

        return true;
    }

    /// <summary>Before what lies before <paramref name="start"/> is overwritten: those who read it go on there.</summary>
    private void SkipTo(Scrollback kept, long start)
    {
        foreach (ClientConnection client in _clients)
        {
            client.SkipTo(kept, start);
        }
    }

    private void NoteLogError()
    {
        if (_log?.Error is string error && _record.OutputLogError is null)
        {
            _record = _record with { OutputLogError = error };
            Save();
        }
    }

    /// <summary>In the middle of much output the next piece is there in microseconds: passing on many at once wakes the clients less often.</summary>
    private bool MoreComesSoon()
    {
        pollfd master = new() { fd = _master, events = (short)POLLIN };
        return Sys.poll(&master, 1, BulkPatienceMilliseconds) > 0 && (master.revents & POLLIN) != 0;
    }

    private void PumpClients()
    {
        // Backwards: a client that is done leaves the list.
        for (int i = _clients.Count - 1; i >= 0; i--)
        {
            _clients[i].Pump();
        }
    }

    /// <summary>
    /// The command writes no faster than the fastest of those reads who work with it; with none attached, or only viewers, as fast as it
    /// likes.
    /// </summary>
    private void WatchMaster()
    {
        if (_masterAtEnd || ExitFrame is not null)
        {
            Loop.Remove(_master);
            return;
        }

        // This is asked for every piece of output: no LINQ, which would leave garbage each time.
        long fastest = -1;
        foreach (ClientConnection client in _clients)
        {
            fastest = client.HoldsCommandBack ? Math.Max(fastest, client.Position) : fastest;
        }

        if (fastest < 0)
        {
            // The terminal that a session was launched for is a reader that has yet to come: it is to see everything.
            fastest = _spec.AttachFirst && !_committed ? 0 : long.MaxValue;
        }

        bool room = fastest == long.MaxValue || Output.End - fastest < MaxLag;
        if (!room && !_heldBack)
        {
            _trickle ??= new OneShotTimer(Loop, Trickle);
            _trickle.Start(s_patience);
        }

        _heldBack = !room;
        Loop.Modify(_master, (room ? (int)EPOLLIN : 0) | (Input.IsEmpty ? 0 : (int)EPOLLOUT));
    }

    /// <summary>A command whose readers have all stopped is slowed down, not stopped: it goes on, at a rate that costs next to nothing, and the readers miss output.</summary>
    private void Trickle()
    {
        if (_heldBack && ExitFrame is null)
        {
            _ = ReadOutput(TrickleSize);
            PumpClients();
            _trickle!.Start(s_trickleTime);
        }
    }

    private void Accept()
    {
        int fd = accept4(_listener.Value, null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
        {
            if (errno == EMFILE || errno == ENFILE)
            {
                // It would be ready for ever: wait until a client has left.
                Loop.Remove(_listener.Value);
            }

            return;
        }

        var socket = new FileDescriptor(fd);
        if (UnixSocket.PeerUid(fd) != (uint)geteuid() || (_clients.Count >= MaxClients && !MakeRoom()))
        {
            socket.Dispose();
            return;
        }

        _clients.Add(new ClientConnection(this, socket));
    }

    /// <summary>
    /// Many clients that only wait do not keep others out: of those who never said hello, then of those who wait for the end, then of the
    /// readers, the one that was silent for longest goes.
    /// </summary>
    /// <remarks>
    /// Who waits for the end has the process to watch; a reader is told that its session could not be reached. Terminals, jobs and commands
    /// stay.
    /// </remarks>
    private bool MakeRoom()
    {
        ClientConnection? last = _clients.Where(c => Rank(c) < int.MaxValue).MinBy(c => (Rank(c), c.LastHeard));
        last?.Drop();
        return last is not null;

        static int Rank(ClientConnection client) => client.Role switch
        {
            null => 0,
            ClientRole.Control => 1,
            ClientRole.Read or ClientRole.ReadError => 2,
            _ => int.MaxValue,
        };
    }

    /// <summary>The launcher's word that the launch is complete, or its end without one: then nobody knows of this session.</summary>
    private void OnLauncher()
    {
        byte* frame = stackalloc byte[WireWriter.HeaderLength];
        bool commit = read(0, frame, WireWriter.HeaderLength) == WireWriter.HeaderLength && frame[WireWriter.HeaderLength - 1] == (byte)FrameKind.Commit;
        Loop.Remove(0);
        if (commit || _committed)
        {
            _committed = true;
            ReleaseLauncher();
            WatchMaster();
            EndWhenAllIsSaid();
        }
        else if (ExitFrame is null)
        {
            // What is left of it is known when init has ended.
            _abandoned = true;
            Kill();
        }
        else
        {
            Vanish();
        }
    }

    /// <summary>The session's processes are gone, and nobody is to know of it any more.</summary>
    private void Vanish()
    {
        _log?.Discard();
        Loop.Stop();
        Remove();
    }

    private void Remove()
    {
        try
        {
            _store.Delete(_spec.Id);
        }
        catch (NsException)
        {
            // It stays, as it reads, or Lost: there is nobody to tell.
        }
    }

    private static void ReleaseLauncher()
    {
        using FileDescriptor none = FileDescriptor.Open("/dev/null", O_RDWR);
        for (int fd = 0; fd <= 2; fd++)
        {
            _ = dup2(none.Value, fd);
        }
    }

    private void OnInitExited()
    {
        Loop.Remove(_spawned.Init.Value);
        Sys.siginfo_t info = default;
        _ = Sys.waitid(Sys.P_PIDFD, (uint)_spawned.Init.Value, &info, Sys.WEXITED);
        int code = info.ExitCode;

        _spawned.Anchors?.Dispose();

        // Where init was killed, and its PID namespace is a joined one, the command has outlived it.
        Signal(SIGKILL);
        _cgroup?.Kill();
        _network?.Dispose();
        KillOrphans();
        if (_abandoned)
        {
            Vanish();
            return;
        }

        Input.Clear();
        _endOfInput?.Dispose();
        _endOfInput = null;
        _grace.Dispose();
        _timeout?.Dispose();
        _nudge?.Dispose();
        _nudge = null;

        // The kernel moves what was written on to our side before it says that there is nothing.
        while (ReadOutput(ReadSize))
        {
        }

        _log?.End();
        NoteLogError();

        Error?.End();
        SessionFigures figures = _cgroup?.Figures() ?? default;
        _store.RemoveCgroup(_spec.Id);
        _record = _record with
        {
            HookError = SessionHooks.Stopped(_spec) ?? _record.HookError,
            State = NsSessionState.Exited,
            ExitCode = code,
            ExitTime = DateTimeOffset.UtcNow,
            PeakMemory = figures.PeakMemory,
            CpuTime = figures.CpuTime is TimeSpan counted ? counted + (_record.CpuTime ?? TimeSpan.Zero) : ChildrensTime(),
            OomKilled = figures.OomKilled,
        };
        _store.DeleteJoinSpec(_spec.Id);
        SaveEnd();
        ExitFrame = new WireWriter(FrameKind.Exited).Int32(code).ToFrame();
        Loop.Remove(_master);
        EndWhenAllIsSaid();
        PumpClients();
        EndWhenAllIsSaid();
    }

    /// <summary>Without an init, orphans of the command come to us. Init itself is left to <see cref="OnInitExited"/>.</summary>
    private void ReapOrphans()
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

    /// <summary>Without a PID namespace the processes that outlive an init that was killed become our children (PR_SET_CHILD_SUBREAPER).</summary>
    private void KillOrphans()
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
    private static TimeSpan ChildrensTime()
    {
        Sys.rusage_t usage;
        return Sys.getrusage(Sys.RUSAGE_CHILDREN, &usage) < 0
            ? TimeSpan.Zero
            : TimeSpan.FromSeconds(usage.utime_sec + usage.stime_sec) + TimeSpan.FromMicroseconds(usage.utime_usec + usage.stime_usec);
    }

    /// <summary>The output before the record says that the session has ended: who reads that finds the output in its place.</summary>
    private void SaveEnd()
    {
        string? output = OutputFile.TryWrite(_store.OutputPath(_spec.Id), OutputState, Output, Marks);
        string? error = Error is null ? null : OutputFile.TryWrite(_store.ErrorPath(_spec.Id), Error.State, Error.Kept, Error.Marks);
        _record = _record with { OutputError = output ?? (error is null ? null : "standard error: " + error) };
        Save();
        if (!_unsaved)
        {
            Name?.Dispose();
            if (!_spec.RemoveOnExit)
            {
                _store.MarkEnded(_spec.Id, DateTimeOffset.UtcNow);
            }
        }
    }

    /// <summary>
    /// Where the end cannot be written, on a file system that is read-only for one, we stay: whoever asks is told, and it is tried again.
    /// </summary>
    private void RetrySoon()
    {
        if (_retry is null)
        {
            _retry = new OneShotTimer(Loop, () =>
            {
                _retry!.Dispose();
                _retry = null;
                SaveEnd();
                EndWhenAllIsSaid();
            });
            _retry.Start(s_retryTime);
        }
    }

    private void EndWhenAllIsSaid()
    {
        if (ExitFrame is null || !_committed)
        {
            return;
        }

        if (_unsaved)
        {
            RetrySoon();
            return;
        }

        StopListening();
        if (_clients.Count == 0)
        {
            if (_spec.RemoveOnExit)
            {
                // Who waited has read the record before leaving.
                Remove();
            }

            Loop.Stop();
        }
    }

    /// <summary>Takes the socket away. Before anybody is told of the end, because whoever is may remove the whole directory.</summary>
    private void StopListening()
    {
        if (_listener.Value >= 0)
        {
            Loop.Remove(_listener.Value);
            _listener.Dispose();
            SessionStore.TryDelete(_store.SocketPath(_spec.Id));
        }
    }

    private void SaveClients()
    {
        if (ExitFrame is null)
        {
            _record = _record with { AttachedClients = _clients.Count(c => c.Role == ClientRole.Attach) };
            Save();
        }
    }

    private void Save()
    {
        try
        {
            _store.Write(_record);
            _unsaved = false;
        }
        catch (Exception e) when (e is NativeException or IOException or UnauthorizedAccessException)
        {
            // The session goes on: its processes and clients matter more than what is written about it. A directory that was taken away
            // does not come back.
            _unsaved = e is not NativeException { Errno: var error } || error != ENOENT;
        }
    }
}

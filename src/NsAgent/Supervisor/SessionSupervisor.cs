using System;
using NsModule.Agent.Events;
using NsModule.Agent.Joining;
using NsModule.Agent.Launching;
using NsModule.Agent.Network;
using NsModule.Agent.Output;
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
    private readonly LaunchSpec _spec;
    private readonly Pty? _pty;
    private readonly CommandStreams _streams;
    private readonly SpawnedCommand _spawned;
    private readonly SessionNetwork? _network;
    private readonly OutputLog? _log;
    private readonly LiveRecord _record;
    private readonly SessionClients _clients;
    private readonly SessionWindow _window;
    private readonly TerminalPump _pump;
    private readonly StandardError? _error;
    private readonly SessionEnding _ending;
    private readonly OneShotTimer? _timeout;
    private EndOfInput? _endOfInput;
    private bool _attachedBefore;
    private bool _abandoned;
    private bool _timedOut;

    public SessionSupervisor(
        SessionStore store,
        LaunchSpec spec,
        SessionRecord record,
        SessionName? name,
        SpawnedCommand spawned,
        CommandSurroundings surroundings,
        FileDescriptor listener,
        OutputLog? log)
    {
        _spec = spec;
        _spawned = spawned;
        _pty = spawned.Pty;
        _streams = surroundings.Streams;
        _network = surroundings.Network;
        _log = log;
        _record = new LiveRecord(store, record);
        _clients = new SessionClients(Loop, listener, store.SocketPath(spec.Id), socket => new ClientConnection(this, socket));
        Output = new KeptOutput(spec.OutputBufferSize, _clients.SkipTo);
        if (spec.Streams == StandardStreams.TerminalAndError)
        {
            Error = new KeptOutput(spec.OutputBufferSize, _clients.SkipTo);
            _error = new StandardError(Loop, _streams.FromError!, Error, _clients.Pump);
        }

        int master = _pty?.Master.Value ?? -1;
        Input = new InputQueue(master);
        _window = new SessionWindow(Loop, master, _record, Output, log);
        _pump = new TerminalPump(Loop, master, Input, Output, Modes, _clients, log, _record) { AwaitsReader = spec.AttachFirst };
        Processes = new ProcessControl(Loop, spec, spawned, _record);
        Limits = new SessionLimits(store, spec, surroundings.OwnCgroup, Processes.ProcessSignals, _record);
        _ending = new SessionEnding(store, spec, Loop, _clients, Output, Error, _record, name);

        Loop.Add(spawned.Init.Value, (int)EPOLLIN, _ => OnInitExited());
        if (surroundings.Target is JoinedSession joined)
        {
            Loop.Add(joined.Init.Value, (int)EPOLLIN, _ => OnJoinedEnded(joined.Init.Value));
        }

        if (spec.KillOnExit)
        {
            WatchLauncher();
        }

        Loop.Add(0, (int)EPOLLIN, _ => OnLauncher());
        _network?.Start(Loop, OnNetworkLost);
        if (spec.Timeout > TimeSpan.Zero)
        {
            _timeout = new OneShotTimer(Loop, OnTimeout);
            _timeout.Start(spec.Timeout);
        }
    }

    public EventLoop Loop { get; } = new();

    /// <summary>The session's output so far.</summary>
    public KeptOutput Output { get; }

    /// <summary>The command's standard error so far; null where that is the terminal, or not ours to read.</summary>
    public KeptOutput? Error { get; }

    /// <summary>The terminal modes that the output has left on.</summary>
    public TerminalModes Modes { get; } = new();

    /// <summary>Input on its way to the command.</summary>
    public InputQueue Input { get; }

    /// <summary>The session's processes.</summary>
    public ProcessControl Processes { get; }

    /// <summary>The session's limits.</summary>
    public SessionLimits Limits { get; }

    /// <summary>
    /// Whether the session's terminal shows what is typed: false where there is none, and where a program asks for a password.
    /// </summary>
    public bool Echoes
    {
        get
        {
            // Both ends of a pseudo-terminal have the same settings.
            termios settings;
            return _pty is not null && tcgetattr(_pty.Master.Value, &settings) == 0 && ((ulong)settings.c_lflag & (ulong)ECHO) != 0;
        }
    }

    /// <summary>Whether the session has a terminal.</summary>
    public bool HasTerminal => _pty is not null;

    /// <inheritdoc cref="SessionEnding.ExitFrame"/>
    public byte[]? ExitFrame => _ending.ExitFrame;

    public void Run() => Loop.Run();

    public void Dispose()
    {
        _endOfInput?.Dispose();
        _window.Dispose();
        _pump.Dispose();
        _ending.Dispose();
        Processes.Dispose();
        _timeout?.Dispose();
        _network?.Dispose();
        _clients.Dispose();
        Output.Dispose();
        _error?.Dispose();
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
                    Processes.ReapOrphans();
                }
                else
                {
                    Processes.Stop(0, StopDefaults.GraceMilliseconds);
                }
            }
        });
    }

    /// <summary>Sets the size of the terminal, unless it follows one that is attached.</summary>
    /// <returns>Whether it is so now.</returns>
    public bool SetSize(NsTerminalSize size)
    {
        if (size == default || ExitFrame is not null || _clients.LastUsed is not null)
        {
            return false;
        }

        _window.Resize(size);
        return _window.Size == size;
    }

    /// <summary>A client has said what it wants.</summary>
    /// <param name="client">The client.</param>
    /// <param name="position">Where in the output it starts.</param>
    /// <returns>What it is to be shown before that.</returns>
    public byte[] OnGreeted(ClientConnection client, out long position)
    {
        position = client.Kept?.Bytes.Start ?? 0;
        if (client.Role == ClientRole.Collect)
        {
            _attachedBefore = true;
            Commit();
        }

        if (client.Role != ClientRole.Attach)
        {
            return [];
        }

        // The first one gets all output, whole; later ones what they need to see the present screen.
        byte[] screen = _attachedBefore ? Redraw.Compose(Output.Bytes, Modes, out position) : [];
        Commit();
        NsTerminalSize before = _window.Size;
        UseSizeOf(client);
        if (_attachedBefore && _window.Size == before)
        {
            _window.Nudge();
        }

        _attachedBefore = true;
        CountAttached();
        return screen;
    }

    /// <summary>
    /// What a terminal is shown that has missed output; the program, if it has the whole screen, is made to draw it anew.
    /// </summary>
    public byte[] ComposeScreen(out long position)
    {
        if (Modes.AlternateScreenSince is not null)
        {
            _window.Nudge();
        }

        return Redraw.Compose(Output.Bytes, Modes, out position);
    }

    public void OnResized(ClientConnection client)
    {
        if (client == _clients.LastUsed)
        {
            _window.Resize(client.Size);
        }
    }

    public void OnInput(ClientConnection client)
    {
        UseSizeOf(client);
        if (!Input.IsEmpty)
        {
            _pump.Watch();
        }
    }

    public void OnEndOfInput()
    {
        if (_pty is not null && _clients.InputEnded)
        {
            _endOfInput ??= new EndOfInput(Loop, _pty, Input);
        }
    }

    /// <summary>Hands our ends of the command's streams to a client, once, and closes them here.</summary>
    /// <returns>Whether they were to be had.</returns>
    public bool TryPassStreams(int socket)
    {
        if (_streams is not
            { ToInput.Value: >= 0 and var input, FromOutput.Value: >= 0 and var output, FromError.Value: >= 0 and var error })
        {
            return false;
        }

        bool passed = UnixSocket.TrySend(socket, new WireWriter(FrameKind.Streams).ToFrame(), [input, output, error]);
        _streams.CloseOurs();
        return passed;
    }

    /// <summary>A client has taken output: there may be room again to read more.</summary>
    public void OnClientProgress() => _pump.Watch();

    public void OnClosed(ClientConnection client)
    {
        _clients.Remove(client);
        if (client.InputEnded)
        {
            EndEndOfInput();
        }

        if (client.Role == ClientRole.Attach && ExitFrame is null)
        {
            if (client.IsWritable && _clients.LastUsed is ClientConnection other)
            {
                _window.Resize(other.Size);
            }

            CountAttached();
        }

        _pump.Watch();
        _ending.Continue();
    }

    private void UseSizeOf(ClientConnection client)
    {
        _clients.Use(client);
        if (client.IsWritable)
        {
            _window.Resize(client.Size);
        }
    }

    private void CountAttached()
    {
        if (ExitFrame is null)
        {
            _record.Change(_record.Value with { AttachedClients = _clients.AttachedCount });
        }
    }

    private void Commit()
    {
        _pump.AwaitsReader = false;
        _ending.Commit();
    }

    private void EndEndOfInput()
    {
        _endOfInput?.Dispose();
        _endOfInput = null;
    }

    /// <summary>The session that this one joined has ended.</summary>
    private void OnJoinedEnded(int init)
    {
        Loop.Remove(init);
        Processes.Kill();
    }

    /// <summary>The session goes on: what the command does without its network is its own affair.</summary>
    private void OnNetworkLost() => _record.Change(_record.Value with { IPAddress = null, PublishedPorts = [] });

    private void OnTimeout()
    {
        _timedOut = true;
        Processes.Stop(0, StopDefaults.GraceMilliseconds);
    }

    /// <summary>The launcher says that the launch is complete, or ends without saying so: then nobody knows of this session.</summary>
    private void OnLauncher()
    {
        byte* frame = stackalloc byte[WireWriter.HeaderLength];
        bool whole = read(0, frame, WireWriter.HeaderLength) == WireWriter.HeaderLength;
        bool commit = whole && frame[WireWriter.HeaderLength - 1] == (byte)FrameKind.Commit;
        Loop.Remove(0);
        if (commit || _ending.IsCommitted)
        {
            ReleaseLauncher();
            Commit();
            _pump.Watch();
        }
        else if (ExitFrame is null)
        {
            // What is left of it is known when init has ended.
            _abandoned = true;
            Processes.Kill();
        }
        else
        {
            Vanish();
        }
    }

    /// <summary>
    /// The session ends with the process that launched it, however that ends. It is our parent, and still waits for our answer: should it
    /// be gone by now, its end of our standard input is closed, which ends the session as well.
    /// </summary>
    private void WatchLauncher()
    {
        int launcher = Sys.pidfd_open(getppid());
        if (launcher >= 0)
        {
            Loop.Add(launcher, (int)EPOLLIN, _ =>
            {
                Loop.Remove(launcher);
                Processes.Kill();
            });
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

    private void Vanish()
    {
        _log?.Discard();
        _ending.Vanish();
    }

    private void OnInitExited()
    {
        Loop.Remove(_spawned.Init.Value);
        int code = Processes.ReapInit();
        Limits.Kill();
        _network?.Dispose();
        Processes.KillOrphans();
        if (_abandoned)
        {
            Vanish();
            return;
        }

        EndEndOfInput();
        _timeout?.Dispose();
        _pump.End();
        _error?.End();
        SessionFigures figures = Limits.End();
        SessionRecord record = _record.Value;
        record = record with
        {
            HookError = SessionHooks.Stopped(_spec) ?? record.HookError,
            State = NsSessionState.Exited,
            ExitCode = code,
            ExitTime = DateTimeOffset.UtcNow,
            TimedOut = _timedOut,
            PeakMemory = figures.PeakMemory,
            CpuTime = figures.CpuTime is TimeSpan counted ? counted + (record.CpuTime ?? TimeSpan.Zero) : ProcessControl.CpuTimeOfReaped(),
            OomKilled = figures.OomKilled,
        };
        _ending.Begin(record, code);
    }
}

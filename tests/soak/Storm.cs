using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;
using static Tmds.Linux.LibC;

namespace NsModule.Soak;

/// <summary>The random life of many sessions.</summary>
internal sealed class Storm : IDisposable
{
    private const int MaxSessions = 20;
    private const int MaxViewers = 8;

    private readonly Random _random;
    private readonly SessionStore _store = new(Path.Combine(Path.GetTempPath(), "nsmodule-soak-" + Guid.NewGuid().ToString("N")[..8]));
    private readonly List<NsSession> _sessions = [];
    private readonly List<Viewer> _viewers = [];
    private readonly Queue<FileDescriptor> _stalled = new();
    private readonly List<string> _wrong = [];
    private readonly SortedDictionary<string, int> _done = [];

    public Storm(int seed) => _random = new Random(seed);

    public string Summary => string.Join(", ", _done.Select(d => string.Create(CultureInfo.InvariantCulture, $"{d.Key} {d.Value}")));

    public void Run(TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < time)
        {
            (string name, Action act) = _random.Next(24) switch
            {
                0 or 1 or 2 => ("start", Start),
                3 or 4 or 5 => ("attach", (Action)Attach),
                6 or 7 => ("type", Type),
                8 or 9 => ("resize", Resize),
                10 => ("leave", Leave),
                11 => ("stop", Stop),
                12 => ("kill client", () => OnViewer(v => v.Kill())),
                13 => ("kill supervisor", () => Kill(s => s.SupervisorProcessId)),
                14 =>
                    _random.Next(2) == 0 ? ("kill init", () => Kill(s => s.InitProcessId)) : ("kill command", () => Kill(s => s.ProcessId)),
                15 => ("kill launcher", KillLauncher),
                16 or 17 => ("join", Join),
                18 => ("suspend", Suspend),
                19 => ("stop supervisor", StopSupervisor),
                20 => ("stall", Stall),
                21 => ("nest", Nest),
                22 when geteuid() == 0 => ("fill disk", FillDisk),
                _ => ("invoke", Invoke),
            };
            act();
            _done[name] = _done.GetValueOrDefault(name) + 1;
        }
    }

    /// <summary>Ends everything, and says what went wrong or would not go.</summary>
    public IEnumerable<string> CleanUp()
    {
        while (_viewers.Count > 0)
        {
            EndViewer(_viewers[0]);
        }

        while (_stalled.TryDequeue(out FileDescriptor? stalled))
        {
            stalled.Dispose();
        }

        return [.. _wrong, .. Remains.Of(_store)];
    }

    public void Dispose()
    {
        if (Directory.Exists(_store.Path))
        {
            Directory.Delete(_store.Path, recursive: true);
        }
    }

    private void Start()
    {
        if (_sessions.Count >= MaxSessions)
        {
            Stop();
        }

        _sessions.Add(Launches.Start(_store, _random));
    }

    private void Join()
    {
        if (_sessions.Count > 0 && Launches.Join(_store, Any(_sessions), _random) is NsSession joined)
        {
            _sessions.Add(joined);
        }
    }

    /// <summary>Stops everything in a session, or lets it go on; some stay so until they are stopped or killed.</summary>
    private void Suspend()
    {
        if (_sessions.Count > 0 && Any(_sessions) is { State: NsSessionState.Running or NsSessionState.Suspended } session)
        {
            try
            {
                _ = session.Ask(
                    new WireWriter(session.State == NsSessionState.Running ? FrameKind.Suspend : FrameKind.Resume),
                    CancellationToken.None);
            }
            catch (NsException e) when (e.ErrorId is NsErrorId.SessionEnded or NsErrorId.SessionLost)
            {
                // Meanwhile.
            }
        }
    }

    /// <summary>Stops the supervisor itself; it goes on, or its session is ended all the same.</summary>
    private void StopSupervisor()
    {
        if (_sessions.Count == 0 || Any(_sessions) is not { State: NsSessionState.Running or NsSessionState.Suspended } session)
        {
            return;
        }

        using FileDescriptor? supervisor = session.OpenSupervisor();
        if (supervisor is null)
        {
            return;
        }

        _ = Sys.pidfd_send_signal(supervisor.Value, SIGSTOP);
        if (_random.Next(2) == 0)
        {
            _ = Sys.pidfd_send_signal(supervisor.Value, SIGCONT);
            return;
        }

        SessionEnd.Stop(session, 0, _random.Next(100));
        Check(session.Refresh().IsFinal, $"session {session.Id} is {session.State} after its supervisor was stopped and it was ended");
        session.Delete();
        _ = _sessions.Remove(session);
    }

    /// <summary>A viewer that never reads: the command goes on as if there were none.</summary>
    private void Stall()
    {
        if (_sessions.Count == 0)
        {
            return;
        }

        if (_stalled.Count >= MaxViewers)
        {
            _stalled.Dequeue().Dispose();
        }

        try
        {
            FileDescriptor viewer = UnixSocket.Connect(Any(_sessions).SocketPath);
            FileDescriptor.WriteAll(viewer.Value, new Hello(ClientRole.Attach, NsTerminalSize.Default, ReadOnly: true).ToFrame());
            _stalled.Enqueue(viewer);
        }
        catch (NativeException e) when (e.Errno == ENOENT || e.Errno == ECONNREFUSED || e.Errno == EPIPE)
        {
            // It has ended meanwhile.
        }
    }

    /// <summary>A session in a session: seen from here, it ends with the one it is in.</summary>
    private void Nest()
    {
        if (_sessions.Count >= MaxSessions)
        {
            Stop();
        }

        _sessions.Add(Launches.StartNested(_store));
    }

    /// <summary>
    /// On a full disk a session ends with its exit code and says what of its output is gone; a start is refused, and leaves nothing.
    /// </summary>
    private void FillDisk()
    {
        using var disk = new SmallDisk();
        NsSession session = Launches.StartTalker(disk.Store);
        disk.Fill();
        using (var input = new InputSender(session, CancellationToken.None))
        {
            input.Text("\r");
            input.Confirm();
        }

        using (ExitWatch watch = ExitWatch.Open(session))
        {
            _ = ExitWatch.WaitAny([watch], -1, CancellationToken.None);
        }

        Check(
            (session.State, session.ExitCode) == (NsSessionState.Exited, Launches.TalkersExitCode) && session.OutputError is not null,
            $"on a full disk session {session.Id} ended as {session.State} {session.ExitCode}:"
                + $" {session.OutputError ?? "nothing is missing"}");
        try
        {
            NsSession other = Launches.StartTalker(disk.Store);
            _wrong.Add($"session {other.Id} was started on a full disk");
        }
        catch (NsException)
        {
            // As it should be; what a refused start leaves is looked for below.
        }

        disk.Free();
        _wrong.AddRange(Remains.Of(disk.Store));
    }

    private void Invoke()
    {
        if (Launches.Invoke(_store, _random) is string wrong)
        {
            _wrong.Add(wrong);
        }
    }

    private void Attach()
    {
        if (_viewers.Count >= MaxViewers)
        {
            Leave();
        }

        if (_sessions.Count > 0)
        {
            _viewers.Add(new Viewer(Any(_sessions), readOnly: _random.Next(4) == 0));
        }
    }

    private void Type() => OnViewer(v => v.Type(Encoding.ASCII.GetBytes(_random.Next(4) switch
    {
        0 => "echo hello\n",
        1 => "\x03",
        2 => "\x04",
        _ => new string('x', _random.Next(200)) + "\n",
    })));

    private void Resize() => OnViewer(v => v.Resize(new NsTerminalSize((ushort)_random.Next(1, 300), (ushort)_random.Next(1, 100))));

    private void Leave() => OnViewer(EndViewer);

    private void Stop()
    {
        if (_sessions.Count == 0)
        {
            return;
        }

        NsSession session = Any(_sessions);
        using ExitWatch watch = ExitWatch.Open(session);
        watch.Stop(0, _random.Next(2) == 0 ? -1 : _random.Next(100));
        _ = ExitWatch.WaitAny([watch], -1, CancellationToken.None);
        Check(session.State != NsSessionState.Running, $"session {session.Id} is {session.State} after its end");
        session.Delete();
        _ = _sessions.Remove(session);
    }

    private void Kill(Func<NsSession, int> which)
    {
        if (_sessions.Count == 0 || Any(_sessions) is not { State: NsSessionState.Running or NsSessionState.Suspended } session)
        {
            return;
        }

        using ExitWatch watch = ExitWatch.Open(session);
        if (watch.Ended)
        {
            return;
        }

        _ = kill(which(session), SIGKILL);
        _ = ExitWatch.WaitAny([watch], -1, CancellationToken.None);
        session.Delete();
        _ = _sessions.Remove(session);
    }

    private void KillLauncher()
    {
        using Process victim = Launches.StartVictim(_store.Path);
        _ = victim.WaitForExit(_random.Next(50, 400));
        victim.Kill();
        victim.WaitForExit();
    }

    private void OnViewer(Action<Viewer> act)
    {
        if (_viewers.Count > 0)
        {
            act(Any(_viewers));
        }
    }

    private void EndViewer(Viewer viewer)
    {
        _ = _viewers.Remove(viewer);
        if (viewer.Leave() is string wrong)
        {
            _wrong.Add(wrong);
        }

        viewer.Dispose();
    }

    private void Check(bool condition, string message)
    {
        if (!condition)
        {
            _wrong.Add(message);
        }
    }

    private T Any<T>(List<T> list) => list[_random.Next(list.Count)];
}

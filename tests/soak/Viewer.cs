using System;
using System.Diagnostics;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using NsModule.Launching;
using NsModule.Native;
using NsModule.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Soak;

/// <summary>Somebody at a terminal: a PTY with <c>ns-agent attach</c> on it, whose output is read all the time.</summary>
internal sealed unsafe class Viewer : IDisposable
{
    private readonly FileDescriptor _master;
    private readonly FileDescriptor _slave;
    private readonly Termios _before;
    private readonly Process _attach;
    private readonly Thread _reader;
    private readonly CancellationTokenSource _closing = new();

    public Viewer(NsSession session, bool readOnly)
    {
        Session = session;
        _master = FileDescriptor.Open("/dev/ptmx", O_RDWR | O_NOCTTY);
        int unlocked = 0;
        _ = ioctl(_master.Value, TIOCSPTLCK, &unlocked);
        _slave = new FileDescriptor(NativeException.Check(ioctl(_master.Value, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), "TIOCGPTPEER"));
        _ = WindowSize.TrySet(_master.Value, NsTerminalSize.Default);
        _ = Termios.TryGet(_slave.Value, out _before);

        // setsid makes the PTY the controlling terminal, as a terminal window does; the trap keeps the shell as its leader.
        string command = string.Create(
            CultureInfo.InvariantCulture,
            $"exec setsid --ctty --wait \"$0\" \"$@\" <>/proc/{Environment.ProcessId}/fd/{_slave.Value} >&0 2>&1");
        var start = new ProcessStartInfo(
            "/bin/sh",
            ["-c", command, Agent.Path, "attach", session.SocketPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture)])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (readOnly)
        {
            start.ArgumentList.Add("--read-only");
        }

        _attach = Process.Start(start)!;
        _reader = new Thread(Read) { IsBackground = true };
        _reader.Start();
    }

    public NsSession Session { get; }

    public bool HasExited => _attach.HasExited;

    public void Type(ReadOnlySpan<byte> keys)
    {
        pollfd room = new() { fd = _master.Value, events = (short)POLLOUT };
        fixed (byte* p = keys)
        {
            if (Sys.poll(&room, 1, 0) > 0)
            {
                _ = write(_master.Value, p, keys.Length);
            }
        }
    }

    public void Resize(NsTerminalSize size) => WindowSize.TrySet(_master.Value, size);

    /// <summary>SIGKILL to the attach program itself, not to the setsid before it.</summary>
    public void Kill()
    {
        foreach (int child in ProcessTree.Children(_attach.Id))
        {
            _ = kill(child, SIGKILL);
        }
    }

    /// <summary>Waits for its end, by leaving if need be.</summary>
    /// <returns>What is wrong with the terminal afterwards; null where it is as before.</returns>
    public string? Leave()
    {
        Type([0x1d, 0x1d, 0x1d]);
        if (!_attach.WaitForExit(5000))
        {
            foreach (int child in ProcessTree.Children(_attach.Id))
            {
                _ = kill(child, SIGTERM);
            }

            _attach.WaitForExit();
        }

        // After a kill the supervisor restores it, a moment later; where that is gone as well, nobody can.
        DateTime deadline = DateTime.UtcNow.AddSeconds(30);
        Termios now;
        while (Termios.TryGet(_slave.Value, out now)
            && !now.SameAs(_before)
            && DateTime.UtcNow < deadline
            && _attach.ExitCode == 137
            && !Session.Refresh().IsFinal)
        {
            Thread.Yield();
        }

        return now.SameAs(_before) || (_attach.ExitCode == 137 && Session.Refresh().IsFinal)
            ? null
            : $"terminal of session {Session.Id} is still raw (attach ended with {_attach.ExitCode})";
    }

    public void Dispose()
    {
        _closing.Cancel();
        _reader.Join();
        _closing.Dispose();
        _attach.Dispose();
        _slave.Dispose();
        _master.Dispose();
    }

    private void Read()
    {
        const int Size = 65536;
        byte* buffer = stackalloc byte[Size];
        using var wakeup = new Wakeup(_closing.Token);
        try
        {
            do
            {
                _ = wakeup.WaitAny([_master.Value]);
            }
            while (read(_master.Value, buffer, Size) > 0);
        }
        catch (OperationCanceledException)
        {
            // A byte that is written to wake a reader would wait itself where the terminal is full, or was stopped by ^S.
        }
    }
}

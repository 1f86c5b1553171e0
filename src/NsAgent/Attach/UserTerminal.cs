using System;
using System.Globalization;
using NsModule.Native;
using NsModule.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Attach;

/// <summary>The person's terminal: raw while attached, afterwards exactly as before.</summary>
/// <remarks>Standard input or output may be something else (a pipe, a file); then only the other one is a terminal, or none.</remarks>
internal sealed unsafe class UserTerminal : IDisposable
{
    /// <summary>How long an answer is awaited in vain, and how long all of them together.</summary>
    private const int QuietMilliseconds = 500;
    private const int AnswersMilliseconds = 2000;

    private readonly FileDescriptor? _ownOutput;
    private readonly TerminalModes _modes = new();
    private readonly TerminalQueries _queries = new();
    private readonly bool _outputIsTerminal = isatty(1) == 1;
    private Termios _saved;
    private Termios _raw;
    private bool _shows;

    public UserTerminal()
    {
        Output = 1;
        if (IsRegularFile(1))
        {
            // What others write to it before and after us goes by the position of this very file description.
            return;
        }

        try
        {
            // Non-blocking output keeps input flowing while the terminal is slow. The flag must not be set on the inherited
            // descriptor: it is shared with pwsh and the shell. So output goes through a file description of our own.
            _ownOutput = FileDescriptor.Open("/proc/self/fd/1", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_APPEND);
            Output = _ownOutput.Value;
        }
        catch (NativeException)
        {
            // A socket cannot be reopened, another user's terminal may not be: those are written blocking.
        }
    }

    /// <summary>Where output goes.</summary>
    public int Output { get; }

    /// <summary>Whether input comes from a terminal, which then is in raw mode.</summary>
    public bool IsRaw { get; private set; }

    /// <summary>Its size; default where neither side is a terminal.</summary>
    public static NsTerminalSize Size => WindowSize.Get(1) ?? WindowSize.Get(0) ?? WindowSize.Get(2) ?? default;

    /// <summary>The settings before and in raw mode, for the supervisor's guard.</summary>
    public byte[] Settings => [.. _saved.ToArray(), .. _raw.ToArray()];

    /// <summary>Whether our process group may use the terminal (it is in the foreground, or this is no terminal of ours).</summary>
    private static bool IsForeground
    {
        get
        {
            int foreground = tcgetpgrp(0);
            return foreground < 0 || foreground == getpgrp();
        }
    }

    private static bool IsRegularFile(int fd)
    {
        stat status;
        return fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == S_IFREG;
    }

    /// <summary>Goes raw. Signals are blocked before: from here on only our own code decides when to leave.</summary>
    public void EnterRaw()
    {
        if (!IsRaw && IsForeground && Termios.TryGet(0, out _saved))
        {
            _raw = _saved.ToRaw();
            IsRaw = _raw.TrySet(0);
        }
    }

    /// <summary>Goes raw again after somebody else has changed the settings while we were stopped.</summary>
    public void EnterRawAgain()
    {
        if (IsRaw && IsForeground)
        {
            _ = _raw.TrySet(0);
        }
    }

    /// <summary>Follows the modes that output switches on, and what it asks the terminal.</summary>
    public void Follow(ReadOnlySpan<byte> output)
    {
        if (_outputIsTerminal)
        {
            _shows = true;
            _modes.Feed(output);
            _queries.Show(output, Environment.TickCount64);
        }
    }

    /// <summary>Follows what the terminal answers.</summary>
    /// <returns>Whether this answers something.</returns>
    public bool FollowInput(ReadOnlySpan<byte> input) => _queries.Hear(input);

    /// <summary>
    /// Takes the answers that the terminal still owes the session, for a bounded time. Left alone, they would be typed into the shell.
    /// Without any to come nothing is read: what the person has typed ahead is the shell's.
    /// </summary>
    public void DiscardLateAnswers()
    {
        long now = Environment.TickCount64;
        if (!IsRaw || !IsForeground || !_queries.AreOpen(now))
        {
            return;
        }

        (long quiet, long end) = (now + QuietMilliseconds, now + AnswersMilliseconds);
        byte[] buffer = new byte[4096];
        fixed (byte* p = buffer)
        {
            var input = new pollfd { fd = 0, events = (short)POLLIN };
            while (_queries.AreOpen(now = Environment.TickCount64) && Sys.poll(&input, 1, (int)Math.Max(0, Math.Min(quiet, end) - now)) > 0)
            {
                int count = (int)read(0, p, buffer.Length);
                if (count <= 0)
                {
                    return;
                }

                if (_queries.Hear(buffer.AsSpan(0, count)))
                {
                    quiet = Environment.TickCount64 + QuietMilliseconds;
                }
            }
        }

        _ = tcflush(0, (int)TCIFLUSH);
    }

    /// <summary>
    /// Puts everything back. If pwsh is gone and a shell has taken the terminal over, the settings are left to that shell. It knows nothing
    /// of what the session has done to the screen: that is undone all the same.
    /// </summary>
    public void Restore()
    {
        bool ours = IsRaw && (IsForeground || (Termios.TryGet(0, out Termios now) && now.SameAs(_raw)));
        byte[] undo = _shows ? _modes.UndoSequence() : [];
        _shows = false;
        fixed (byte* p = undo)
        {
            _ = undo.Length == 0 ? 0 : write(Output, p, undo.Length);
        }

        if (ours)
        {
            _ = _saved.TrySet(0);
        }

        IsRaw = false;
    }

    public void Dispose()
    {
        Restore();
        _ownOutput?.Dispose();
    }
}

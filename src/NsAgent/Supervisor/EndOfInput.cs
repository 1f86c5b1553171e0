using System;
using NsModule.Agent.Events;
using NsModule.Agent.Launching;
using NsModule.Native;
using NsModule.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Supervisor;

/// <summary>Turns the end of a client's input into what a terminal has for it: the VEOF character (termios(3)).</summary>
/// <remarks>
/// The character means end of file only if the reader is in the mode it was typed for, so it may be typed only when all
/// earlier input has been read: bytes left over from a line editor's raw mode would turn it into a plain byte. And where a
/// pipe stays at its end for every further read, a terminal's end of file is over once read (a shell's child takes it, then
/// the shell wants one too), so it is typed again whenever the input is empty. The kernel has no event for "all has
/// been read"; only here, and only after a client's input has ended, a timer looks, ever more rarely.
/// </remarks>
internal sealed unsafe class EndOfInput : IDisposable
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(1);

    private readonly Pty _pty;
    private readonly InputQueue _input;
    private readonly OneShotTimer _timer;
    private TimeSpan _interval = s_first;
    private bool _midLine;

    public EndOfInput(EventLoop loop, Pty pty, InputQueue input)
    {
        _pty = pty;
        _input = input;
        _midLine = input.EndsMidLine;
        _timer = new OneShotTimer(loop, Look);
        Look();
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        pollfd slave = new() { fd = _pty.Slave.Value, events = (short)POLLIN };
        bool unread = Sys.poll(&slave, 1, 0) > 0;
        if (!unread && _input.IsEmpty && Termios.TryGet(_pty.Slave.Value, out Termios settings))
        {
            // A line editor takes the character for an end in an empty line only: a last line without its end is ended first,
            // and so runs, as it would from a pipe.
            bool endLine = _midLine && !settings.IsCanonical;
            _midLine &= !endLine;
            _input.Write([endLine ? (byte)'\r' : settings.EndOfFile]);
        }

        _timer.Start(_interval);
        _interval = _interval * 2 < s_longest ? _interval * 2 : s_longest;
    }
}

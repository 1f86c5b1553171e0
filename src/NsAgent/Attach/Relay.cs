using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Attach;

/// <summary>Carries bytes between the person's terminal and the session, both ways at once, until one side is done.</summary>
internal sealed unsafe class Relay : IDisposable
{
    private const int BufferSize = 64 * 1024;
    private const int MaxFrame = 16 * 1024;

    /// <summary>What a person types while the supervisor takes nothing is kept up to here, so that the keys that leave are seen.</summary>
    private const int MaxHeld = 4 << 20;

    /// <summary>
    /// A supervisor answers in a few milliseconds. If it has not after this time, keys are read all the same, so that a person can leave.
    /// Until then, what was typed ahead stays in the terminal.
    /// </summary>
    private const long EarlyKeysAfterMilliseconds = 250;

    /// <summary>How long the supervisor may take to answer.</summary>
    private const long WelcomeTimeoutMilliseconds = 10_000;

    /// <summary>The emergency exit before the supervisor has answered: so many ^C within this time.</summary>
    private const int InterruptCount = 3;
    private const long InterruptMilliseconds = 1000;
    private const byte Interrupt = 0x03;

    private const int Terminal = 0;
    private const int Socket = 1;
    private const int Sink = 2;
    private const int Signal = 3;
    private const int Parent = 4;

    private readonly FileDescriptor _socket;
    private readonly FileDescriptor _parent;
    private readonly UserTerminal _terminal;
    private readonly FileDescriptor _signals;
    private readonly DetachKeyScanner _keys;
    private readonly bool _readOnly;
    private readonly List<byte> _typed = [];
    private readonly FrameDecoder _decoder = new(BufferSize + WireWriter.HeaderLength, 2 * BufferSize);
    private readonly byte[] _input = new byte[MaxFrame];
    private byte[] _toSocket = [];
    private ReadOnlyMemory<byte> _toSink;
    private bool _inputEnded;
    private bool _welcome;
    private long _started;
    private readonly Queue<long> _interrupts = new();
    private AttachOutcome? _outcome;

    public Relay(FileDescriptor socket, FileDescriptor parent, UserTerminal terminal, DetachKeys keys, bool readOnly)
    {
        _keys = new DetachKeyScanner(keys);
        _readOnly = readOnly;
        _socket = socket;
        _parent = parent;
        _terminal = terminal;
        sigset_t all;
        _ = sigfillset(&all);
        _signals = new FileDescriptor(NativeException.Check(Sys.signalfd(-1, &all, Sys.SFD_CLOEXEC | Sys.SFD_NONBLOCK), "signalfd"));
    }

    public AttachOutcome Run()
    {
        _started = Environment.TickCount64;
        _terminal.EnterRaw();
        Send(new Hello(ClientRole.Attach, UserTerminal.Size, _readOnly).ToFrame());
        if (_terminal.IsRaw)
        {
            SendTerminal();
        }

        bool parentIsGone = false;
        pollfd* polls = stackalloc pollfd[5];
        polls[Terminal].fd = 0;
        polls[Socket].fd = _socket.Value;
        polls[Sink].events = (short)POLLOUT;
        polls[Signal] = new pollfd { fd = _signals.Value, events = (short)POLLIN };
        polls[Parent] = new pollfd { fd = _parent.Value, events = (short)POLLIN };
        while (_outcome is null || !_toSink.IsEmpty)
        {
            long now = Environment.TickCount64;
            if (!_welcome && _outcome is null && now - _started >= WelcomeTimeoutMilliseconds)
            {
                _outcome = AttachOutcome.NotResponding;
                break;
            }

            bool readInput = !_inputEnded && _outcome is null && HasRoomForInput(now);
            polls[Terminal].fd = readInput ? 0 : -1;
            polls[Terminal].events = (short)POLLIN;
            polls[Socket].fd = _outcome is null && (_toSink.IsEmpty || _toSocket.Length > 0) ? _socket.Value : -1;
            polls[Socket].events = (short)((_toSink.IsEmpty ? POLLIN : 0) | (_toSocket.Length > 0 ? POLLOUT : 0));
            polls[Sink].fd = _toSink.IsEmpty ? -1 : _terminal.Output;
            int ready = Sys.poll(polls, 5, Wait(now));
            if (_keys.Deadline is not null)
            {
                _keys.Expire(Environment.TickCount64, _typed);
                SendTyped();
            }

            if (ready < 0)
            {
                continue;
            }

            if (polls[Signal].revents != 0)
            {
                TakeSignals();
            }

            if (polls[Parent].revents != 0)
            {
                Leave();
                parentIsGone = true;
                break;
            }

            if (polls[Sink].revents != 0)
            {
                WriteSink();
            }

            if ((polls[Socket].revents & POLLOUT) != 0)
            {
                byte[] rest = _toSocket;
                _toSocket = [];
                Send(rest);
            }

            if ((polls[Socket].revents & ~POLLOUT) != 0 && _toSink.IsEmpty)
            {
                ReceiveFrames();
            }

            // What is typed at a session that has ended is for whoever has the terminal next.
            if (polls[Terminal].revents != 0 && _outcome is null)
            {
                ReadTerminal();
            }
        }

        if (!parentIsGone)
        {
            _terminal.DiscardLateAnswers();
        }

        _terminal.Restore();
        if (_outcome is AttachOutcome.Detached or AttachOutcome.Left or AttachOutcome.NotResponding or AttachOutcome.WriteFailed)
        {
            Send(new WireWriter(FrameKind.Detach).ToFrame());
        }

        return _outcome ?? AttachOutcome.Refused;
    }

    public void Dispose() => _signals.Dispose();

    /// <summary>
    /// A full way forward holds its source back: a pipe at once, a person only at the end of our means, because the keys that leave must be
    /// seen.
    /// </summary>
    private bool HasRoomForInput(long now) =>
        !_terminal.IsRaw ? _welcome && _toSocket.Length == 0
        : _welcome ? _toSocket.Length < MaxHeld
        : now - _started >= EarlyKeysAfterMilliseconds && _typed.Count < MaxHeld;

    /// <summary>How long to wait for anything to happen, as poll(2) takes it.</summary>
    private int Wait(long now)
    {
        long due = _keys.Deadline ?? long.MaxValue;
        if (!_welcome)
        {
            bool early = now - _started < EarlyKeysAfterMilliseconds;
            due = Math.Min(due, _started + (early ? EarlyKeysAfterMilliseconds : WelcomeTimeoutMilliseconds));
        }

        return due == long.MaxValue ? -1 : (int)Math.Max(0, due - now);
    }

    private void ReceiveFrames()
    {
        bool connected = UnixSocket.TryReceive(_socket.Value, _decoder.Free, [], out int count);
        _decoder.Advance(count);
        TakeFrames();
        if (!connected)
        {
            _outcome ??= _welcome ? AttachOutcome.Lost : AttachOutcome.Refused;
        }
    }

    private void TakeFrames()
    {
        try
        {
            while (_toSink.IsEmpty && _decoder.TryRead(out FrameKind kind, out ReadOnlySpan<byte> payload))
            {
                switch (kind)
                {
                    case FrameKind.Welcome:
                        _welcome = true;
                        SendTyped();
                        break;
                    case FrameKind.Output:
                        _terminal.Follow(payload);
                        payload = payload[Write(payload)..];
                        _toSink = payload.ToArray();
                        break;
                    case FrameKind.Exited when _outcome != AttachOutcome.WriteFailed:
                        _outcome = AttachOutcome.Ended;
                        break;
                    case FrameKind.Error:
                        _outcome = AttachOutcome.Refused;
                        break;
                    default:
                        break;
                }
            }
        }
        catch (InvalidDataException)
        {
            _outcome = AttachOutcome.Refused;
        }
    }

    private void WriteSink()
    {
        _toSink = _toSink[Write(_toSink.Span)..];
        if (_toSink.IsEmpty)
        {
            TakeFrames();
        }
    }

    /// <summary>Writes what the sink takes now; all of it counts as written once the sink is closed.</summary>
    private int Write(ReadOnlySpan<byte> output)
    {
        int done = 0;
        fixed (byte* p = output)
        {
            while (done < output.Length)
            {
                int count = (int)write(_terminal.Output, p + done, output.Length - done);
                if (count >= 0)
                {
                    done += count;
                }
                else if (errno == EAGAIN)
                {
                    break;
                }
                else if (errno == EPIPE || errno == EIO)
                {
                    // The reader is gone, or the terminal hung up: there is nobody to show anything to.
                    Leave();
                    return output.Length;
                }
                else if (errno != EINTR)
                {
                    // What was to be kept (on a disk that is full) is not: that must not look like success.
                    _outcome = AttachOutcome.WriteFailed;
                    return output.Length;
                }
            }
        }

        return done;
    }

    private void ReadTerminal()
    {
        int count;
        fixed (byte* p = _input)
        {
            count = (int)read(0, p, MaxFrame);
        }

        if (count > 0)
        {
            _ = _terminal.FollowInput(_input.AsSpan(0, count));

            // Keys leave only where somebody types them.
            if (!_terminal.IsRaw)
            {
                _typed.AddRange(_input.AsSpan(0, count));
            }
            else if (!_welcome && IsEmergency(_input.AsSpan(0, count), Environment.TickCount64))
            {
                _outcome = AttachOutcome.NotResponding;
            }
            else if (_keys.Scan(_input.AsSpan(0, count), Environment.TickCount64, _typed))
            {
                _outcome = AttachOutcome.Left;
            }

            SendTyped();
        }
        else if (count == 0 || (errno != EAGAIN && errno != EINTR))
        {
            _inputEnded = true;
            if (_terminal.IsRaw)
            {
                // In raw mode there is no end-of-file character: the terminal was hung up.
                Leave();
                return;
            }

            Send(new WireWriter(FrameKind.EndOfInput).ToFrame());
        }
    }

    /// <summary>Whether somebody gives up waiting for a supervisor that does not answer.</summary>
    private bool IsEmergency(ReadOnlySpan<byte> typed, long now)
    {
        for (int i = typed.Count(Interrupt); i > 0; i--)
        {
            _interrupts.Enqueue(now);
        }

        while (_interrupts.TryPeek(out long first) && now - first > InterruptMilliseconds)
        {
            _ = _interrupts.Dequeue();
        }

        return _interrupts.Count >= InterruptCount;
    }

    /// <summary>Passes on what was typed, once the supervisor has answered: of one that never does, nothing is to arrive late.</summary>
    private void SendTyped()
    {
        if (!_welcome)
        {
            return;
        }

        Span<byte> typed = CollectionsMarshal.AsSpan(_typed);
        while (!typed.IsEmpty && !_readOnly)
        {
            int length = Math.Min(typed.Length, MaxFrame);
            byte[] frame = new byte[WireWriter.HeaderLength + length];
            WireWriter.WriteHeader(frame, FrameKind.Input, length);
            typed[..length].CopyTo(frame.AsSpan(WireWriter.HeaderLength));
            Send(frame);
            typed = typed[length..];
        }

        _typed.Clear();
    }

    private void TakeSignals()
    {
        Sys.signalfd_siginfo info;
        while (read(_signals.Value, &info, sizeof(Sys.signalfd_siginfo)) == sizeof(Sys.signalfd_siginfo))
        {
            int signal = (int)info.ssi_signo;
            if (signal == SIGWINCH)
            {
                SendSize();
            }
            else if (signal == SIGTSTP)
            {
                // Not from the keyboard, which is raw: from a shell's or a person's kill(1).
                _terminal.Restore();
                _ = kill(getpid(), SIGSTOP);
                _terminal.EnterRaw();
                SendSize();
            }
            else if (signal == SIGCONT)
            {
                _terminal.EnterRawAgain();
                SendSize();
            }
            else if (signal == SIGTERM || signal == SIGHUP || signal == SIGINT || signal == SIGQUIT || signal == SIGALRM
                || signal == SIGUSR1 || signal == SIGUSR2 || signal == SIGXCPU || signal == SIGPWR)
            {
                Leave();
                _toSink = default;
            }
        }
    }

    /// <summary>Leaves the session running, if it ever had us.</summary>
    private void Leave() => _outcome ??= _welcome ? AttachOutcome.Detached : AttachOutcome.Refused;

    private void SendSize()
    {
        if (_welcome && UserTerminal.Size is var size && size != default)
        {
            Send(new WireWriter(FrameKind.Resize).Int32(size.Columns).Int32(size.Rows).ToFrame());
        }
    }

    private void Send(ReadOnlySpan<byte> frame)
    {
        if (_toSocket.Length == 0)
        {
            _ = UnixSocket.TrySend(_socket.Value, frame, out int count);
            frame = frame[count..];
        }

        if (!frame.IsEmpty)
        {
            // A connection that broke shows when it is next read.
            _toSocket = [.. _toSocket, .. frame];
        }
    }

    /// <summary>Hands the supervisor our terminal (SCM_RIGHTS), so that it can restore it when we are killed.</summary>
    private void SendTerminal()
    {
        byte[] frame = new WireWriter(FrameKind.Terminal).ToFrame();
        byte[] settings = _terminal.Settings;
        WireWriter.WriteHeader(frame, FrameKind.Terminal, settings.Length);
        _ = UnixSocket.TrySend(_socket.Value, [.. frame, .. settings], [0]);
    }
}

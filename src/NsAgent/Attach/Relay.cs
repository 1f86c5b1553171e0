using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
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
        _terminal.EnterRaw();
        Send(new Hello(ClientRole.Attach, UserTerminal.Size, _readOnly).ToFrame());
        if (_terminal.IsRaw)
        {
            SendTerminal();
        }

        pollfd* polls = stackalloc pollfd[5];
        polls[Terminal].fd = 0;
        polls[Socket].fd = _socket.Value;
        polls[Sink].events = (short)POLLOUT;
        polls[Signal] = new pollfd { fd = _signals.Value, events = (short)POLLIN };
        polls[Parent] = new pollfd { fd = _parent.Value, events = (short)POLLIN };
        while (_outcome is null || !_toSink.IsEmpty)
        {
            // Nothing is read that could not be passed on: a full way forward holds its source back.
            bool readInput = _welcome && !_inputEnded && _toSocket.Length == 0 && _outcome is null;
            polls[Terminal].fd = readInput ? 0 : -1;
            polls[Terminal].events = (short)POLLIN;
            polls[Socket].fd = _outcome is null && (_toSink.IsEmpty || _toSocket.Length > 0) ? _socket.Value : -1;
            polls[Socket].events = (short)((_toSink.IsEmpty ? POLLIN : 0) | (_toSocket.Length > 0 ? POLLOUT : 0));
            polls[Sink].fd = _toSink.IsEmpty ? -1 : _terminal.Output;
            int ready = Sys.poll(polls, 5, _keys.Deadline is long due ? (int)Math.Max(0, due - Environment.TickCount64) : -1);
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

            if (polls[Terminal].revents != 0)
            {
                ReadTerminal();
            }
        }

        _terminal.Restore();
        if (_outcome is AttachOutcome.Detached or AttachOutcome.Left)
        {
            Send(new WireWriter(FrameKind.Detach).ToFrame());
        }

        return _outcome ?? AttachOutcome.Refused;
    }

    public void Dispose() => _signals.Dispose();

    private void ReceiveFrames()
    {
        int count;
        Span<byte> free = _decoder.Free;
        fixed (byte* p = free)
        {
            count = (int)recv(_socket.Value, p, free.Length, MSG_DONTWAIT);
        }

        if (count <= 0)
        {
            if (count == 0 || (errno != EAGAIN && errno != EINTR))
            {
                _outcome ??= _welcome ? AttachOutcome.Lost : AttachOutcome.Refused;
            }

            return;
        }

        _decoder.Advance(count);
        TakeFrames();
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
                        break;
                    case FrameKind.Output:
                        _terminal.Follow(payload);
                        payload = payload[Write(payload)..];
                        _toSink = payload.ToArray();
                        break;
                    case FrameKind.Exited:
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
                else if (errno != EINTR)
                {
                    // The reader is gone (EPIPE) or the terminal hung up (EIO): there is nobody to show anything to.
                    Leave();
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
            // Keys leave only where somebody types them.
            if (!_terminal.IsRaw)
            {
                _typed.AddRange(_input.AsSpan(0, count));
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

    private void SendTyped()
    {
        if (_typed.Count > 0 && !_readOnly)
        {
            byte[] frame = new byte[WireWriter.HeaderLength + _typed.Count];
            WireWriter.WriteHeader(frame, FrameKind.Input, _typed.Count);
            _typed.CopyTo(frame, WireWriter.HeaderLength);
            Send(frame);
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
            fixed (byte* p = frame)
            {
                int count = (int)send(_socket.Value, p, frame.Length, MSG_NOSIGNAL | MSG_DONTWAIT);
                frame = frame[Math.Max(count, 0)..];
            }
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

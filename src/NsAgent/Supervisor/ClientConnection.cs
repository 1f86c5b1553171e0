using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using NsModule.Agent.Output;
using NsModule.Cgroups;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using NsModule.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Supervisor;

/// <summary>One client: its frames in, the session's output out, at its own pace.</summary>
/// <remarks>
/// Output is sent straight from the scrollback, so a client has no queue of its own, only a position. One that is so slow
/// that its position is overwritten goes on at the oldest byte that is kept; a terminal with the present screen, and a sign.
/// </remarks>
internal sealed unsafe class ClientConnection : IDisposable
{
    private const int MaxFrame = 64 * 1024;

    /// <summary>One that does not take its answers is asked for no more.</summary>
    private const int MaxAnswers = 64;

    private readonly SessionSupervisor _session;
    private readonly FileDescriptor _socket;
    private readonly FrameDecoder _decoder = new(MaxFrame, 1024);
    private readonly Queue<byte[]> _control = new();
    private readonly byte[] _header = new byte[WireWriter.HeaderLength + OutputMark.Length];
    private ReadOnlyMemory<byte> _pending;
    private int _headerLeft;
    private int _payloadLeft;
    private bool _sawEnd;
    private bool _hasTyped;
    private readonly List<FileDescriptor> _received = [];
    private FileDescriptor? _passed;
    private long _missed;
    private TerminalGuard? _guard;

    public ClientConnection(SessionSupervisor session, FileDescriptor socket)
    {
        _session = session;
        _socket = socket;
        session.Loop.Add(socket.Value, (int)EPOLLIN, OnReady);
    }

    /// <summary>What it asked for; null until its hello.</summary>
    public ClientRole? Role { get; private set; }

    /// <summary>What it gets: the output, or the standard error; null for nothing.</summary>
    public KeptOutput? Kept { get; private set; }

    /// <summary>How far it is: the position of the next byte to send.</summary>
    public long Position { get; private set; }

    /// <summary>Its terminal's size; default where unknown.</summary>
    public NsTerminalSize Size { get; private set; }

    /// <summary>Whether it may type, and its size counts.</summary>
    public bool IsWritable { get; private set; }

    /// <summary>When it last said something (<see cref="Environment.TickCount64"/>).</summary>
    public long LastHeard { get; private set; } = Environment.TickCount64;

    /// <summary>Whether the command is not to write faster than it reads. Who only watches does not count.</summary>
    public bool HoldsCommandBack => IsWritable || Role == ClientRole.Collect;

    private bool MayType => IsWritable || Role == ClientRole.Control;

    private bool IsReader => Role is ClientRole.Read or ClientRole.ReadError or ClientRole.Collect;

    /// <summary>
    /// Whether it must wait before it may say more: those who type, never one who comes to stop the session, and those who do not take our
    /// answers.
    /// </summary>
    private bool IsHeldBack => (_hasTyped && _session.Input.IsFull) || _control.Count >= MaxAnswers;

    /// <summary>Whether its input has come to an end.</summary>
    public bool InputEnded { get; private set; }

    /// <summary>Sends what can be sent now: answers first, then output, then the end. Closes when all is said.</summary>
    public void Pump()
    {
        while (true)
        {
            if (!_pending.IsEmpty)
            {
                if (!SendPending())
                {
                    return;
                }
            }
            else if (_headerLeft + _payloadLeft > 0)
            {
                if (!SendOutput())
                {
                    return;
                }
            }
            else if (_control.TryDequeue(out byte[]? frame))
            {
                _pending = frame;
            }
            else if (_sawEnd)
            {
                Close(restoreTerminal: false);
                return;
            }
            else if (_missed > 0 && Role == ClientRole.Attach)
            {
                ShowAnew();
            }
            else if (Position < Kept?.Bytes.End)
            {
                BeginOutput();
            }
            else if (Role is not null && _session.ExitFrame is byte[] exit)
            {
                _sawEnd = true;
                _control.Enqueue(exit);
            }
            else
            {
                Watch(writable: false);
                return;
            }
        }
    }

    /// <summary>
    /// Before the part of <paramref name="kept"/> up to <paramref name="start"/> is overwritten: keeps the rest of a frame under way, and
    /// goes on from there.
    /// </summary>
    public void SkipTo(KeptOutput kept, long start)
    {
        if (Kept != kept || Position >= start)
        {
            return;
        }

        if (_headerLeft + _payloadLeft > 0)
        {
            var rest = new List<byte>(_header[^_headerLeft..]);
            while (_payloadLeft > 0)
            {
                ReadOnlySpan<byte> slice = Kept!.Bytes.Slice(Position, _payloadLeft);
                rest.AddRange(slice);
                Position += slice.Length;
                _payloadLeft -= slice.Length;
            }

            _headerLeft = 0;
            _pending = rest.ToArray();
        }

        _missed += Math.Max(0, start - Position);
        Position = Math.Max(Position, start);
    }

    /// <summary>Closes the connection to make room for others.</summary>
    public void Drop() => Close(restoreTerminal: false);

    /// <summary>Watches for what there is room for: no input while the queue to the PTY is full.</summary>
    public void WatchAgain() => Watch(_headerLeft + _payloadLeft > 0 || !_pending.IsEmpty);

    /// <summary>Takes frames that came while the queue to the PTY was full.</summary>
    public void TakeFrames()
    {
        try
        {
            while (!IsHeldBack && _socket.Value >= 0 && _decoder.TryRead(out FrameKind kind, out ReadOnlySpan<byte> payload))
            {
                Take(kind, payload);
            }
        }
        catch (InvalidDataException)
        {
            Close(restoreTerminal: true);
        }
    }

    public void Dispose()
    {
        _passed?.Dispose();
        _guard?.Dispose();
        _socket.Dispose();
    }

    private void OnReady(uint events)
    {
        if ((events & (uint)EPOLLOUT) != 0)
        {
            Pump();
            TakeFrames();
            _session.OnClientProgress();
            if (_socket.Value >= 0)
            {
                WatchAgain();
            }
        }

        if (_socket.Value >= 0 && (events & ~(uint)EPOLLOUT) != 0)
        {
            Receive();
        }
    }

    private void Receive()
    {
        LastHeard = Environment.TickCount64;
        bool connected = UnixSocket.TryReceive(_socket.Value, _decoder.Free, _received, out int count);
        KeepLastReceived();
        _decoder.Advance(count);
        TakeFrames();
        if (!connected)
        {
            Close(restoreTerminal: true);
        }

        if (_socket.Value >= 0)
        {
            WatchAgain();
        }
    }

    /// <summary>Keeps one passed descriptor and closes any other: a client cannot fill our table.</summary>
    private void KeepLastReceived()
    {
        foreach (FileDescriptor descriptor in _received)
        {
            _passed?.Dispose();
            _passed = descriptor;
        }

        _received.Clear();
    }

    private void Take(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        var reader = new WireReader(payload);
        switch (kind)
        {
            case FrameKind.Hello when Role is null:
                Greet(Hello.Read(payload));
                break;
            case var _ when Role is null:
                throw new InvalidDataException("no hello");
            case FrameKind.Input when MayType:
                Type(payload);
                break;
            case FrameKind.CursorKey when MayType && payload.Length == 1:
                Type([0x1b, _session.Modes.ApplicationCursorKeys ? (byte)'O' : (byte)'[', payload[0]]);
                break;
            case FrameKind.Confirm:
                _control.Enqueue(new WireWriter(FrameKind.Confirm).ToFrame());
                Pump();
                break;
            case FrameKind.SearchedTo when Role is ClientRole.Read or ClientRole.ReadError:
                Kept!.ReadTo = reader.Int64();
                break;
            case FrameKind.EndOfInput when IsWritable:
                InputEnded = true;
                _session.OnEndOfInput();
                break;
            case FrameKind.Resize when Role == ClientRole.Attach:
                Size = Hello.ReadSize(ref reader);
                _session.OnResized(this);
                break;
            case FrameKind.Terminal when Role == ClientRole.Attach && _passed is not null && payload.Length == 2 * Termios.Size:
                _guard?.Dispose();
                _guard = new TerminalGuard(_passed, Termios.Read(payload), Termios.Read(payload[Termios.Size..]));
                _passed = null;
                break;
            case FrameKind.Detach:
                Close(restoreTerminal: false);
                break;
            case FrameKind.Stop:
                _session.Processes.Stop(reader.Int32(), reader.Int32());
                break;
            case FrameKind.Suspend:
                Answer(_session.Processes.Suspend());
                break;
            case FrameKind.Resume:
                Answer(_session.Processes.Resume());
                break;
            case FrameKind.Signal when payload.Length == 2 * sizeof(int):
                Answer(Signal(reader.Int32(), (SignalScope)reader.Int32()));
                break;
            case FrameKind.Echo:
                Answer(_session.Echoes);
                break;
            case FrameKind.SetLimits:
                var wire = new SpecWire(reader);
                SetLimits(SpecCodec.Limits(ref wire, CgroupSpec.None));
                break;
            case FrameKind.SetSize:
                Answer(_session.SetSize(Hello.ReadSize(ref reader)));
                break;
            default:
                throw new InvalidDataException("unexpected frame");
        }
    }

    private bool Signal(int signal, SignalScope scope) =>
        signal is >= 1 and <= Sys.SIGNAL_COUNT && Enum.IsDefined(scope) && _session.Processes.Signal(signal, scope);

    private void SetLimits(CgroupSpec limits)
    {
        try
        {
            Answer(_session.Limits.Set(limits));
        }
        catch (CgroupException e)
        {
            _control.Enqueue(e.Failure.ToFrame(FrameKind.RequestFailed));
            Pump();
        }
    }

    private void Answer(bool done)
    {
        _control.Enqueue(new WireWriter(FrameKind.Done).Boolean(done).ToFrame());
        Pump();
    }

    private void Type(ReadOnlySpan<byte> input)
    {
        _hasTyped = true;
        _session.Input.Write(input);
        _session.OnInput(this);
    }

    private void Greet(Hello? hello)
    {
        if (hello is not Hello h || !Enum.IsDefined(h.Role))
        {
            Refuse("another version of the protocol");
            return;
        }

        if (h.Role is ClientRole.Attach or ClientRole.Collect && !_session.HasTerminal)
        {
            Refuse("no terminal");
            return;
        }

        if (h.Role == ClientRole.Command && !_session.TryPassStreams(_socket.Value))
        {
            Refuse("no streams");
            return;
        }

        if (h.Role == ClientRole.ReadError && _session.Error is null)
        {
            Refuse("no standard error");
            return;
        }

        Role = h.Role;
        Kept = Role switch
        {
            ClientRole.Attach or ClientRole.Read or ClientRole.Collect => _session.Output,
            ClientRole.ReadError => _session.Error,
            _ => null,
        };
        Size = h.Size;
        IsWritable = h.Role == ClientRole.Attach && !h.ReadOnly;
        _control.Enqueue(new WireWriter(FrameKind.Welcome).Int32(Hello.Version).ToFrame());
        byte[] screen = _session.OnGreeted(this, out long position);
        Position = position;
        if (IsReader)
        {
            _control.Enqueue(Kept!.State.ToFrame());
        }

        Show(screen);
        Pump();
        _session.OnClientProgress();
    }

    /// <summary>A terminal that missed output goes on where a new one would: with the last lines of the screen, and a sign.</summary>
    private void ShowAnew()
    {
        long shownTo = Position - _missed;
        byte[] screen = _session.ComposeScreen(out long position);

        // What was sent last may have been cut within an escape sequence (CAN ends it) and in any colour.
        byte[] sign = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"\u0018\e[m\r\n[{position - shownTo} bytes of output were skipped; their last lines follow]\r\n"));
        (Position, _missed) = (position, 0);
        Show([.. sign, .. screen]);
    }

    private void Show(byte[] screen)
    {
        if (screen.Length > 0)
        {
            byte[] output = new byte[WireWriter.HeaderLength + screen.Length];
            WireWriter.WriteHeader(output, FrameKind.Output, screen.Length);
            screen.CopyTo(output, WireWriter.HeaderLength);
            _control.Enqueue(output);
        }
    }

    private void Refuse(string reason)
    {
        _control.Enqueue(new WireWriter(FrameKind.Error).String(reason).ToFrame());
        _sawEnd = true;
        Pump();
    }

    private bool SendPending()
    {
        fixed (byte* p = _pending.Span)
        {
            return Sent(send(_socket.Value, p, _pending.Length, MSG_NOSIGNAL | MSG_DONTWAIT), out int count) && Consume(count);
        }

        bool Consume(int count)
        {
            _pending = _pending[count..];
            return true;
        }
    }

    /// <summary>
    /// Starts the next frame of output. The header is at the end of its buffer; for a reader it has the mark in it, which holds for the
    /// whole frame.
    /// </summary>
    private void BeginOutput()
    {
        long end = Math.Min(Kept!.Bytes.End, Position + MaxFrame);
        if (IsReader)
        {
            OutputMark mark = Kept.Marks.At(Position, ref end) with { Position = Position };
            _payloadLeft = (int)(end - Position);
            _headerLeft = _header.Length;
            mark.WriteHeader(_header, _payloadLeft);
        }
        else
        {
            _payloadLeft = (int)(end - Position);
            _headerLeft = WireWriter.HeaderLength;
            WireWriter.WriteHeader(_header.AsSpan(^_headerLeft..), FrameKind.Output, _payloadLeft);
        }
    }

    private bool SendOutput()
    {
        ReadOnlySpan<byte> slice = Kept!.Bytes.Slice(Position, _payloadLeft);
        fixed (byte* header = _header, output = slice)
        {
            iovec* vectors = stackalloc iovec[2];
            vectors[0] = new iovec { iov_base = header + _header.Length - _headerLeft, iov_len = _headerLeft };
            vectors[1] = new iovec { iov_base = output, iov_len = slice.Length };
            msghdr message = default;
            message.msg_iov = vectors;
            message.msg_iovlen = 2;
            if (!Sent(sendmsg(_socket.Value, &message, MSG_NOSIGNAL | MSG_DONTWAIT), out int count))
            {
                return false;
            }

            int ofHeader = Math.Min(count, _headerLeft);
            _headerLeft -= ofHeader;
            _payloadLeft -= count - ofHeader;
            Position += count - ofHeader;
            return true;
        }
    }

    private bool Sent(long result, out int count)
    {
        count = (int)result;
        if (result >= 0)
        {
            return true;
        }

        if (errno == EAGAIN || errno == EINTR)
        {
            Watch(writable: true);
        }
        else
        {
            // It is gone, and hears nothing more; what it said before may still lie in the socket. Its end shows when that is read.
            Watch(writable: false);
        }

        return false;
    }

    private void Watch(bool writable)
    {
        if (_socket.Value >= 0)
        {
            int input = IsHeldBack ? 0 : (int)EPOLLIN;
            _session.Loop.Modify(_socket.Value, input | (writable ? (int)EPOLLOUT : 0));
        }
    }

    private void Close(bool restoreTerminal)
    {
        if (_socket.Value < 0)
        {
            return;
        }

        if (restoreTerminal)
        {
            _guard?.Restore(_session.Modes.UndoSequence());
        }

        _session.Loop.Remove(_socket.Value);
        Dispose();
        _session.OnClosed(this);
    }
}

using System;
using System.IO;
using System.Threading;
using NsModule.Failures;
using NsModule.Native;
using NsModule.Protocol;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Sessions;

/// <summary>A connection to a session's supervisor, to command it and to hear of the session's end.</summary>
internal sealed unsafe class SessionConnection : IDisposable
{
    private readonly FileDescriptor _socket;
    private readonly FrameDecoder _decoder = new(capacity: 1024);
    private bool? _answer;
    private LaunchFailure? _failure;

    private readonly NsSession _session;

    private SessionConnection(NsSession session, FileDescriptor socket)
    {
        _session = session;
        _socket = socket;
    }

    /// <summary>The socket: readable when the supervisor has said something, or is gone.</summary>
    public int Descriptor => _socket.Value;

    /// <summary>The command's exit status, once the supervisor has said it.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>Connects; null where nobody listens (any more).</summary>
    /// <exception cref="NsException">The supervisor takes nobody in the given time.</exception>
    public static SessionConnection? TryOpen(NsSession session, long patienceMilliseconds)
    {
        try
        {
            var connection = new SessionConnection(session, UnixSocket.Connect(session.SocketPath, patienceMilliseconds));
            connection.Send(new Hello(ClientRole.Control, default).ToFrame());
            return connection;
        }
        catch (NativeException e) when (e.Errno == ENOENT || e.Errno == ECONNREFUSED || e.Errno == ENOTDIR)
        {
            return null;
        }
        catch (NativeException e) when (e.Errno == EAGAIN)
        {
            throw SessionErrors.NotResponding(session);
        }
    }

    /// <summary>Asks for the end of the session: see <see cref="FrameKind.Stop"/>.</summary>
    public void Stop(int signal, int graceMilliseconds) => Send(new WireWriter(FrameKind.Stop).Int32(signal).Int32(graceMilliseconds).ToFrame());

    /// <summary>Makes a request that is answered by <see cref="FrameKind.Done"/>, and waits for the answer.</summary>
    /// <returns>The answer; null when the session has ended or the connection is broken instead.</returns>
    /// <exception cref="NsException">It could not be carried out, or the supervisor does not answer.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public bool? Ask(WireWriter request, CancellationToken cancellation)
    {
        Send(request.ToFrame());
        using var wakeup = new Wakeup(cancellation);
        long deadline = Environment.TickCount64 + SessionEnd.SupervisorPatience;
        do
        {
            if (wakeup.WaitAny([Descriptor], Math.Max(0, deadline - Environment.TickCount64)) < 0)
            {
                throw SessionErrors.NotResponding(_session);
            }
        }
        while (!ReadEnd() && _answer is null);
        return _failure is LaunchFailure failure ? throw CgroupErrors.Explain(failure) : _answer;
    }

    /// <summary>Reads what has come; true once the session has ended or the supervisor is gone: the record says which.</summary>
    public bool ReadEnd()
    {
        Span<byte> free = _decoder.Free;
        int count;
        fixed (byte* p = free)
        {
            count = (int)recv(_socket.Value, p, free.Length, MSG_DONTWAIT);
        }

        if (count <= 0)
        {
            return count == 0 || (errno != EAGAIN && errno != EINTR);
        }

        _decoder.Advance(count);
        try
        {
            while (_decoder.TryRead(out FrameKind kind, out ReadOnlySpan<byte> payload))
            {
                if (kind == FrameKind.Done)
                {
                    _answer = new WireReader(payload).Boolean();
                }

                if (kind == FrameKind.RequestFailed)
                {
                    (_failure, _answer) = (LaunchFailure.Read(payload), false);
                }

                if (kind == FrameKind.Exited)
                {
                    ExitCode = new WireReader(payload).Int32();
                }

                if (kind is FrameKind.Exited or FrameKind.Error)
                {
                    return true;
                }
            }
        }
        catch (InvalidDataException)
        {
            return true;
        }

        return false;
    }

    public void Dispose() => _socket.Dispose();

    private void Send(byte[] frame)
    {
        fixed (byte* p = frame)
        {
            // A few bytes on a fresh connection always fit; a broken one shows when it is read.
            _ = send(_socket.Value, p, frame.Length, MSG_NOSIGNAL);
        }
    }
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using NsModule.Failures;
using NsModule.Native;
using NsModule.Protocol;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Sessions;

/// <summary>A connection to a session's supervisor: frames both ways, each with a bounded wait.</summary>
internal sealed unsafe class SupervisorClient : IDisposable
{
    /// <summary>
    /// How long, in milliseconds, a supervisor may say nothing before it is asked whether it is still there; as long again it has to
    /// answer that.
    /// </summary>
    private const long SilenceMilliseconds = SessionEnd.SupervisorTimeoutMilliseconds / 2;

    private readonly NsSession _session;
    private readonly FileDescriptor _socket;
    private readonly CancellationToken _cancellation;
    private readonly FrameDecoder _decoder;
    private readonly List<FileDescriptor> _received = [];

    /// <summary>Made by the first wait: of many sessions whose end somebody awaits, each takes one descriptor and not two.</summary>
    private Wakeup? _wakeup;

    private SupervisorClient(NsSession session, FileDescriptor socket, ClientRole role, CancellationToken cancellation)
    {
        _session = session;
        _socket = socket;
        _cancellation = cancellation;

        // Those who get no output get a few short frames in all.
        _decoder = new FrameDecoder(capacity: role is ClientRole.Control or ClientRole.Command ? 1024 : 16 * 1024);
    }

    /// <summary>The socket: readable when the supervisor has said something, or is gone.</summary>
    public int Descriptor => _socket.Value;

    /// <summary>The command's exit status, once the supervisor has said it.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>The descriptors that came with the frames so far. They belong to this client, and are closed with it.</summary>
    public IReadOnlyList<FileDescriptor> Received => _received;

    private Wakeup Wakeup => _wakeup ??= new Wakeup(_cancellation);

    /// <summary>Connects and says hello; null where nobody listens (any more).</summary>
    /// <param name="session">The session.</param>
    /// <param name="role">What is wanted of its supervisor.</param>
    /// <param name="cancellation">Ends every wait of this client.</param>
    /// <param name="timeoutMilliseconds">How long the supervisor may take to let us in.</param>
    /// <exception cref="NsException">It lets nobody in.</exception>
    /// <exception cref="NativeException">No descriptor is left.</exception>
    public static SupervisorClient? TryOpen(
        NsSession session, ClientRole role, CancellationToken cancellation, long timeoutMilliseconds = SilenceMilliseconds)
    {
        FileDescriptor socket;
        try
        {
            socket = UnixSocket.Connect(session.SocketPath, timeoutMilliseconds);
        }
        catch (NativeException e) when (e.Errno == ENOENT || e.Errno == ECONNREFUSED || e.Errno == ENOTDIR)
        {
            return null;
        }
        catch (NativeException e) when (e.Errno == EAGAIN)
        {
            throw SessionErrors.NotResponding(session);
        }

        var client = new SupervisorClient(session, socket, role, cancellation);
        _ = client.TrySend(new Hello(role, default).ToFrame());
        return client;
    }

    /// <summary>Sends all of it, as fast as the supervisor takes it; false when that is gone.</summary>
    /// <exception cref="NsException">The supervisor does not answer.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public bool TrySend(ReadOnlySpan<byte> frames)
    {
        while (!frames.IsEmpty)
        {
            if (!UnixSocket.TrySend(_socket.Value, frames, out int count))
            {
                return false;
            }

            frames = frames[count..];
            if (!frames.IsEmpty)
            {
                // Readable as well: the news of the session's end, which would otherwise not be taken before all is sent.
                if (Wakeup.WaitAny([_socket.Value], SilenceMilliseconds, writable: true) < 0)
                {
                    RequireAnswer();
                }

                if (!TryFill())
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Asks for the end of the session: see <see cref="FrameKind.Stop"/>.</summary>
    public void Stop(int signal, int graceMilliseconds) =>
        _ = TrySend(new WireWriter(FrameKind.Stop).Int32(signal).Int32(graceMilliseconds).ToFrame());

    /// <summary>Makes a request that is answered by <see cref="FrameKind.Done"/>, and waits for the answer.</summary>
    /// <returns>The answer; null when the session has ended or the connection is broken instead.</returns>
    /// <exception cref="NsException">It could not be carried out, or the supervisor does not answer.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public bool? Ask(WireWriter request)
    {
        _ = TrySend(request.ToFrame());
        var limit = TimeLimit.In(SessionEnd.SupervisorTimeoutMilliseconds);
        try
        {
            bool? received;
            while ((received = TryReceive(limit.Left, out FrameKind kind, out ReadOnlySpan<byte> payload)) == true)
            {
                switch (kind)
                {
                    case FrameKind.Done:
                        return new WireReader(payload).Boolean();
                    case FrameKind.RequestFailed:
                        throw CgroupErrors.Explain(LaunchFailure.Read(payload));
                    case FrameKind.Exited or FrameKind.Error:
                        return null;
                    default:
                        break;
                }
            }

            return received == false ? throw SessionErrors.NotResponding(_session) : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>
    /// Reads what has come, without waiting; true once the session has ended or the supervisor is gone: the record says which.
    /// </summary>
    public bool ReadEnd()
    {
        bool connected = TryFill();
        while (true)
        {
            switch (TryDecode(out FrameKind kind, out _))
            {
                case null:
                case true when kind is FrameKind.Exited or FrameKind.Error:
                    return true;
                case false:
                    return !connected;
                default:
                    break;
            }
        }
    }

    /// <summary>Waits for a frame that is due: for as long as the supervisor is there and answers others.</summary>
    /// <exception cref="NsException">It answers nobody.</exception>
    /// <inheritdoc cref="TryReceive"/>
    public bool? Receive(out FrameKind kind, out ReadOnlySpan<byte> payload)
    {
        bool? received;
        while ((received = TryReceive(SilenceMilliseconds, out kind, out payload)) == false)
        {
            RequireAnswer();
        }

        return received;
    }

    /// <summary>Waits for the next frame.</summary>
    /// <param name="timeoutMilliseconds">How long; -1 for as long as it takes.</param>
    /// <param name="kind">What it says.</param>
    /// <param name="payload">Its payload, valid until the next call.</param>
    /// <returns>Whether there is one; null when the supervisor is gone, or says what cannot be understood.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public bool? TryReceive(long timeoutMilliseconds, out FrameKind kind, out ReadOnlySpan<byte> payload)
    {
        var limit = TimeLimit.In(timeoutMilliseconds);
        bool? decoded;
        while ((decoded = TryDecode(out kind, out payload)) == false)
        {
            if (Wakeup.WaitAny([_socket.Value], limit.Left) < 0)
            {
                return false;
            }

            if (!TryFill())
            {
                return null;
            }
        }

        return decoded;
    }

    public void Dispose()
    {
        _received.ForEach(d => d.Dispose());
        _socket.Dispose();
        _wakeup?.Dispose();
    }

    /// <summary>
    /// What takes long may take long for good reasons, such as a command that does not read what is typed: a supervisor that works welcomes
    /// whoever comes.
    /// </summary>
    private void RequireAnswer()
    {
        using SupervisorClient? other = TryOpen(_session, ClientRole.Control, _cancellation);
        if (other?.TryReceive(SilenceMilliseconds, out _, out _) == false)
        {
            throw SessionErrors.NotResponding(_session);
        }
    }

    /// <summary>Takes the next frame of what was received; false where there is none, null for one that cannot be understood.</summary>
    private bool? TryDecode(out FrameKind kind, out ReadOnlySpan<byte> payload)
    {
        try
        {
            if (!_decoder.TryRead(out kind, out payload))
            {
                return false;
            }

            ExitCode = kind == FrameKind.Exited ? new WireReader(payload).Int32() : ExitCode;
            return true;
        }
        catch (InvalidDataException)
        {
            kind = default;
            payload = default;
            return null;
        }
    }

    /// <summary>Takes what has come; false at the end of the connection.</summary>
    private bool TryFill()
    {
        bool connected = UnixSocket.TryReceive(_socket.Value, _decoder.Free, _received, out int count);
        _decoder.Advance(count);
        return connected;
    }
}

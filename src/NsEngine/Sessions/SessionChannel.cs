using System;
using System.IO;
using System.Threading;
using NsModule.Native;
using NsModule.Protocol;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Sessions;

/// <summary>Frames to and from a supervisor, waiting on the socket both ways.</summary>
internal sealed unsafe class SessionChannel : IDisposable
{
    private readonly FileDescriptor _socket;
    private readonly FrameDecoder _decoder = new(capacity: 16 * 1024);
    private readonly Wakeup _wakeup;

    /// <summary>
    /// How long a supervisor may say nothing before it is asked whether it is still there; as long again it has to answer that.
    /// </summary>
    private const long Silence = SessionEnd.SupervisorPatience / 2;

    private readonly NsSession _session;
    private readonly CancellationToken _cancellation;

    private SessionChannel(NsSession session, FileDescriptor socket, CancellationToken cancellation)
    {
        _session = session;
        _socket = socket;
        _cancellation = cancellation;
        _wakeup = new Wakeup(cancellation);
    }

    /// <summary>Connects and says hello; null where nobody listens (any more).</summary>
    /// <exception cref="NsException">The supervisor takes nobody, or another version of the module started the session.</exception>
    public static SessionChannel? TryOpen(NsSession session, ClientRole role, CancellationToken cancellation, bool readOnly = false)
    {
        session.RequireSameVersion();
        FileDescriptor socket;
        try
        {
            socket = UnixSocket.Connect(session.SocketPath, Silence);
        }
        catch (NativeException e) when (e.Errno == ENOENT || e.Errno == ECONNREFUSED || e.Errno == ENOTDIR)
        {
            return null;
        }
        catch (NativeException e) when (e.Errno == EAGAIN)
        {
            throw SessionErrors.NotResponding(session);
        }

        var channel = new SessionChannel(session, socket, cancellation);
        _ = channel.TrySend(new Hello(role, default, readOnly).ToFrame());
        return channel;
    }

    /// <summary>Sends all of it, as fast as the supervisor takes it; false when that is gone.</summary>
    /// <exception cref="NsException">The supervisor does not answer.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public bool TrySend(ReadOnlySpan<byte> frames)
    {
        fixed (byte* p = frames)
        {
            for (int done = 0; done < frames.Length;)
            {
                int count = (int)send(_socket.Value, p + done, frames.Length - done, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (count >= 0)
                {
                    done += count;
                }
                else if (errno == EAGAIN)
                {
                    // Readable as well: the news of the session's end, which would otherwise not be taken before all is sent.
                    if (_wakeup.WaitAny([_socket.Value], Silence, writable: true) < 0)
                    {
                        RequireAnswer();
                    }

                    if (!TryFill())
                    {
                        return false;
                    }
                }
                else if (errno != EINTR)
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Waits for a frame that is due: for as long as the supervisor is there and answers others.</summary>
    /// <exception cref="NsException">It answers nobody.</exception>
    /// <inheritdoc cref="TryReceive"/>
    public bool? Receive(out FrameKind kind, out ReadOnlySpan<byte> payload)
    {
        bool? received;
        while ((received = TryReceive(Silence, out kind, out payload)) == false)
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
        long deadline = timeoutMilliseconds < 0 ? -1 : Environment.TickCount64 + timeoutMilliseconds;
        try
        {
            while (!_decoder.TryRead(out kind, out payload))
            {
                if (_wakeup.WaitAny([_socket.Value], deadline < 0 ? -1 : Math.Max(0, deadline - Environment.TickCount64)) < 0)
                {
                    return false;
                }

                if (!TryFill())
                {
                    return null;
                }
            }

            return true;
        }
        catch (InvalidDataException)
        {
            kind = default;
            payload = default;
            return null;
        }
    }

    public void Dispose()
    {
        _wakeup.Dispose();
        _socket.Dispose();
    }

    /// <summary>
    /// What takes long may take long for good reasons, such as a command that does not read what is typed: a supervisor that works welcomes
    /// whoever comes.
    /// </summary>
    private void RequireAnswer()
    {
        using SessionChannel? other = TryOpen(_session, ClientRole.Control, _cancellation);
        if (other?.TryReceive(Silence, out _, out _) == false)
        {
            throw SessionErrors.NotResponding(_session);
        }
    }

    /// <summary>Takes what has come; false at the end of the connection.</summary>
    private bool TryFill()
    {
        Span<byte> free = _decoder.Free;
        int count;
        fixed (byte* p = free)
        {
            count = (int)recv(_socket.Value, p, free.Length, MSG_DONTWAIT);
        }

        if (count > 0)
        {
            _decoder.Advance(count);
        }

        return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
    }
}

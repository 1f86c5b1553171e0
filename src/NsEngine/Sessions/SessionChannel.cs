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

    private SessionChannel(FileDescriptor socket, CancellationToken cancellation)
    {
        _socket = socket;
        _wakeup = new Wakeup(cancellation);
    }

    /// <summary>Connects and says hello; null where nobody listens (any more).</summary>
    public static SessionChannel? TryOpen(NsSession session, ClientRole role, CancellationToken cancellation, bool readOnly = false)
    {
        FileDescriptor socket;
        try
        {
            socket = UnixSocket.Connect(session.SocketPath);
        }
        catch (NativeException e) when (e.Errno == ENOENT || e.Errno == ECONNREFUSED || e.Errno == EAGAIN || e.Errno == ENOTDIR)
        {
            return null;
        }

        var channel = new SessionChannel(socket, cancellation);
        _ = channel.TrySend(new Hello(role, default, readOnly).ToFrame());
        return channel;
    }

    /// <summary>Sends all of it, as fast as the supervisor takes it; false when that is gone.</summary>
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
                    _ = _wakeup.WaitAny([_socket.Value], -1, writable: true);
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

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Systemd;

/// <summary>A connection to a D-Bus socket of the same user's (D-Bus specification), for a few calls one after the other.</summary>
/// <remarks>
/// As small as what is asked of systemd allows: no objects of our own, no descriptors. It is there for a moment, so nothing is bound to it.
/// </remarks>
internal sealed unsafe class DBusConnection : IDisposable
{
    /// <summary>
    /// As clients of D-Bus have it. What systemd needs for a scope are milliseconds, where the machine is not overloaded.
    /// </summary>
    private const long TimeoutMilliseconds = 25_000;

    private readonly FileDescriptor _socket;
    private readonly TimeLimit _limit = TimeLimit.In(TimeoutMilliseconds);

    /// <summary>Signals that came before an answer.</summary>
    private readonly Queue<DBusMessage> _signals = new();

    private uint _serial;

    private DBusConnection(FileDescriptor socket) => _socket = socket;

    /// <summary>Connects, and says who calls (SASL EXTERNAL).</summary>
    /// <param name="path">The socket.</param>
    /// <exception cref="NativeException">Nobody listens there, or somebody else does.</exception>
    /// <exception cref="DBusException">Who listens does not want us.</exception>
    public static DBusConnection Open(string path)
    {
        var connection = new DBusConnection(UnixSocket.Connect(path));
        try
        {
            uint uid = (uint)geteuid();
            if (UnixSocket.PeerUid(connection._socket.Value) != uid)
            {
                throw new NativeException($"connect({path})", EPERM);
            }

            connection.Authenticate(uid);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Calls a method and waits for its answer.</summary>
    /// <exception cref="DBusException">The answer is an error, or does not come in time.</exception>
    /// <exception cref="InvalidDataException">What came is no D-Bus message.</exception>
    public DBusMessage Call(
        string destination,
        string path,
        string @interface,
        string member,
        string signature = "",
        DBusWriter? body = null)
    {
        var call = new DBusMessage(DBusMessageKind.Call, ++_serial)
        {
            Destination = destination,
            Path = path,
            Interface = @interface,
            Member = member,
            Signature = signature,
            Body = body?.ToArray() ?? [],
        };
        Send(call.ToArray());
        while (true)
        {
            DBusMessage message = Receive();
            if (message.Kind == DBusMessageKind.Signal)
            {
                _signals.Enqueue(message);
            }
            else if (message.ReplySerial == call.Serial)
            {
                return message.Kind == DBusMessageKind.Return
                    ? message
                    : throw new DBusException(
                        message.ErrorName,
                        message.Signature.StartsWith('s') ? new DBusReader(message.Body).String() : message.ErrorName);
            }
        }
    }

    /// <summary>Waits for the next signal.</summary>
    /// <exception cref="DBusException">None comes in time.</exception>
    public DBusMessage NextSignal()
    {
        DBusMessage? message;
        while (!_signals.TryDequeue(out message))
        {
            DBusMessage received = Receive();
            if (received.Kind == DBusMessageKind.Signal)
            {
                _signals.Enqueue(received);
            }
        }

        return message;
    }

    public void Dispose() => _socket.Dispose();

    private void Authenticate(uint uid)
    {
        string id = Convert.ToHexString(Encoding.ASCII.GetBytes(uid.ToString(CultureInfo.InvariantCulture)));
        Send(Encoding.ASCII.GetBytes($"\0AUTH EXTERNAL {id}\r\n"));

        // A line at a time: what comes after it is not ours to read yet, as nothing was asked for.
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (!line.ToString().EndsWith("\r\n", StringComparison.Ordinal))
        {
            Fill(one);
            _ = line.Append((char)one[0]);
        }

        if (!line.ToString().StartsWith("OK ", StringComparison.Ordinal))
        {
            throw new DBusException("org.freedesktop.DBus.Error.AuthFailed", line.ToString().Trim());
        }

        Send("BEGIN\r\n"u8);
    }

    private DBusMessage Receive()
    {
        byte[] start = new byte[DBusMessage.FixedLength];
        Fill(start);
        byte[] message = new byte[DBusMessage.LengthOf(start)];
        start.CopyTo(message, 0);
        Fill(message.AsSpan(start.Length));
        return DBusMessage.Parse(message);
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            long count;
            fixed (byte* p = bytes)
            {
                count = (long)send(_socket.Value, p, bytes.Length, MSG_NOSIGNAL);
            }

            if (count < 0)
            {
                WaitOrThrow("send", POLLOUT);
            }
            else
            {
                bytes = bytes[(int)count..];
            }
        }
    }

    private void Fill(Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            long count;
            fixed (byte* p = bytes)
            {
                count = (long)recv(_socket.Value, p, bytes.Length, 0);
            }

            if (count == 0)
            {
                throw new DBusException(DBusException.NoReply, "The connection was closed.");
            }

            if (count < 0)
            {
                WaitOrThrow("recv", POLLIN);
            }
            else
            {
                bytes = bytes[(int)count..];
            }
        }
    }

    private void WaitOrThrow(string call, int events)
    {
        int error = errno;
        if (error != EAGAIN && error != EINTR)
        {
            throw new NativeException(call, error);
        }

        pollfd poll = new() { fd = _socket.Value, events = (short)events };
        if (Sys.poll(&poll, 1, _limit.PollTimeout) == 0)
        {
            throw new DBusException(
                DBusException.NoReply,
                string.Create(CultureInfo.InvariantCulture, $"No answer within {TimeoutMilliseconds / 1000} seconds."));
        }
    }
}

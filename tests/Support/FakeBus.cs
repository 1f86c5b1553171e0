using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using NsModule.Native;
using NsModule.Systemd;
using static Tmds.Linux.LibC;

namespace NsModule.Testing;

/// <summary>
/// A message bus with a user's systemd on it, at a socket of the test's own: it answers as the real one was seen to,
/// and remembers what it was asked.
/// </summary>
internal sealed class FakeBus : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly uint _uid;
    private readonly bool _ownsDirectory;

    /// <param name="file">Where in a runtime directory it is: <c>bus</c>, or <c>systemd/private</c> for systemd without a bus.</param>
    public FakeBus(string file = "bus")
        : this(Directory.CreateTempSubdirectory("bus-").FullName, file, (uint)geteuid()) => _ownsDirectory = true;

    /// <summary>The bus of another person.</summary>
    /// <param name="directory">The person's runtime directory.</param>
    /// <param name="uid">The person's user id.</param>
    public FakeBus(string directory, uint uid)
        : this(directory, "bus", uid)
    {
    }

    private FakeBus(string directory, string file, uint uid)
    {
        _uid = uid;
        RuntimeDirectory = directory;
        Socket = Path.Combine(directory, file);
        _ = Directory.CreateDirectory(Path.GetDirectoryName(Socket)!);
        using var ready = new ManualResetEventSlim();
        new Thread(() => Run(ready)) { IsBackground = true }.Start();
        ready.Wait();
    }

    /// <summary>The runtime directory that it is in.</summary>
    public string RuntimeDirectory { get; }

    public string Socket { get; }

    public ConcurrentQueue<DBusMessage> Calls { get; } = new();

    /// <summary>Whose the clients were.</summary>
    public ConcurrentQueue<uint> Peers { get; } = new();

    /// <summary>What became of the job.</summary>
    public string JobResult { get; init; } = "done";

    /// <summary>The error that StartTransientUnit answers; empty for none.</summary>
    public string Error { get; init; } = "";

    /// <summary>Whether systemd is on the bus.</summary>
    public bool HasSystemd { get; init; } = true;

    /// <summary>Whether it lets anybody in.</summary>
    public bool Accepts { get; init; } = true;

    /// <summary>Whether it lets everybody in, as one would that lies in wait.</summary>
    public bool AcceptsAnybody { get; init; }

    /// <summary>Whether the connection ends instead of a job.</summary>
    public bool HangsUp { get; init; }

    /// <summary>What is sent in place of an answer to a call of systemd; null for an answer.</summary>
    public byte[]? Garbage { get; init; }

    public void Dispose()
    {
        _listener.Dispose();
        if (_ownsDirectory)
        {
            Directory.Delete(RuntimeDirectory, recursive: true);
        }
    }

    private void Run(ManualResetEventSlim ready)
    {
        // Whose it is, is who listened; the system call is for this thread alone.
        _ = Sys.setresuid(uint.MaxValue, _uid, uint.MaxValue);
        _listener.Bind(new UnixDomainSocketEndPoint(Socket));
        _listener.Listen();
        ready.Set();
        try
        {
            while (true)
            {
                using Socket client = _listener.Accept();
                Peers.Enqueue(UnixSocket.PeerUid((int)client.Handle));
                using var stream = new NetworkStream(client);
                Serve(stream);
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private void Serve(NetworkStream stream)
    {
        string greeting = ReadLine(stream);
        string uid = Convert.ToHexString(Encoding.ASCII.GetBytes(_uid.ToString(CultureInfo.InvariantCulture)));
        if (!Accepts || (greeting != $"\0AUTH EXTERNAL {uid}" && !AcceptsAnybody))
        {
            stream.Write("REJECTED EXTERNAL\r\n"u8);
            return;
        }

        stream.Write("OK 0123456789abcdef0123456789abcdef\r\n"u8);
        if (ReadLine(stream) != "BEGIN")
        {
            return;
        }

        byte[] start = new byte[DBusMessage.FixedLength];
        while (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length)
        {
            byte[] message = new byte[DBusMessage.LengthOf(start)];
            start.CopyTo(message, 0);
            stream.ReadExactly(message.AsSpan(start.Length));
            DBusMessage call = DBusMessage.Parse(message);
            Calls.Enqueue(call);
            if (!Answer(stream, call))
            {
                return;
            }
        }
    }

    private bool Answer(NetworkStream stream, DBusMessage call)
    {
        bool toSystemd = call.Destination == "org.freedesktop.systemd1";
        if (toSystemd && !HasSystemd)
        {
            Send(
                stream,
                Reply(
                    call,
                    DBusMessageKind.Error,
                    "s",
                    new DBusWriter().String("The name org.freedesktop.systemd1 was not provided by any .service files")) with
                {
                    ErrorName = DBusException.ServiceUnknown,
                });
            return true;
        }

        if (toSystemd && Garbage is not null)
        {
            stream.Write(Garbage);
            return true;
        }

        switch (call.Member)
        {
            case "Hello":
                // The bus tells of the name before anything is asked.
                Send(stream, Reply(call, DBusMessageKind.Return, "s", new DBusWriter().String(":1.7")));
                Send(
                    stream,
                    new DBusMessage(DBusMessageKind.Signal, 2)
                    {
                        Path = "/org/freedesktop/DBus",
                        Interface = "org.freedesktop.DBus",
                        Member = "NameAcquired",
                        Signature = "s",
                        Body = new DBusWriter().String(":1.7").ToArray(),
                    });
                break;
            case "Get":
                Send(
                    stream,
                    Reply(
                        call,
                        DBusMessageKind.Return,
                        "v",
                        new DBusWriter().Signature("s").String("/user.slice/user-1000.slice/user@1000.service")));
                break;
            case "StartTransientUnit" when Error.Length > 0:
                Send(
                    stream,
                    Reply(call, DBusMessageKind.Error, "s", new DBusWriter().String(Error)) with
                    {
                        ErrorName = "org.freedesktop.systemd1.UnitExists",
                    });
                break;
            case "StartTransientUnit" when HangsUp:
                Send(stream, Reply(call, DBusMessageKind.Return, "o", new DBusWriter().String("/org/freedesktop/systemd1/job/8")));
                return false;
            case "StartTransientUnit":
                // Another's job, and ours before the answer, as may well be.
                Send(stream, JobRemoved(7, "failed"));
                Send(stream, JobRemoved(8, JobResult));
                Send(stream, Reply(call, DBusMessageKind.Return, "o", new DBusWriter().String("/org/freedesktop/systemd1/job/8")));
                break;
            default:
                Send(stream, Reply(call, DBusMessageKind.Return, "", new DBusWriter()));
                break;
        }

        return true;
    }

    private static DBusMessage Reply(DBusMessage call, DBusMessageKind kind, string signature, DBusWriter body) =>
        new(kind, call.Serial + 100) { ReplySerial = call.Serial, Signature = signature, Body = body.ToArray(), Destination = ":1.7" };

    private static DBusMessage JobRemoved(uint id, string result) => new(DBusMessageKind.Signal, 50 + id)
    {
        Path = "/org/freedesktop/systemd1",
        Interface = "org.freedesktop.systemd1.Manager",
        Member = "JobRemoved",
        Signature = "uoss",
        Body = new DBusWriter()
            .UInt32(id)
            .String($"/org/freedesktop/systemd1/job/{id}")
            .String("nsmodule-x.scope")
            .String(result)
            .ToArray(),
    };

    private static void Send(NetworkStream stream, DBusMessage message) => stream.Write(message.ToArray());

    private static string ReadLine(NetworkStream stream)
    {
        var line = new StringBuilder();
        while (!line.ToString().EndsWith("\r\n", StringComparison.Ordinal) && stream.ReadByte() is int b and >= 0)
        {
            _ = line.Append((char)b);
        }

        return line.ToString().TrimEnd();
    }
}

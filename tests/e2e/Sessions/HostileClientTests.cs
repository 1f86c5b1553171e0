using System;
using System.Linq;
using System.Threading;
using NsModule.EndToEndTests.Harness;
using NsModule.Launching;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Specs;
using NsModule.Testing;
using Tmds.Linux;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>A client that does not keep to the protocol is cut off, and nobody else notices.</summary>
public sealed unsafe class HostileClientTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly SessionStore _store;
    private readonly NsSession _session;

    public HostileClientTests()
    {
        _store = new SessionStore(System.IO.Path.Combine(_scratch.Path, "store"));
        var options = new LaunchOptions { FilePath = "/bin/cat", WorkingDirectory = "/" };
        using LaunchedSession launched = new AgentSpawner(_store).Spawn(options.ToSpec(geteuid(), getegid()), CancellationToken.None);
        launched.Commit();
        _session = launched.Session;
    }

    public static TheoryData<string, byte[]> Attacks => new()
    {
        { "another version", new WireWriter(FrameKind.Hello).Int32(99).Int32(0).Int32(80).Int32(24).Boolean(false).ToFrame() },
        { "no hello", new WireWriter(FrameKind.Input).String("rm -rf /\n").ToFrame() },
        { "an unknown role", new WireWriter(FrameKind.Hello).Int32(Hello.Version).Int32(77).Int32(80).Int32(24).Boolean(false).ToFrame() },
        { "a hello that is cut short", new WireWriter(FrameKind.Hello).Int32(Hello.Version).ToFrame() },
        { "a length of 4 GiB", [0xff, 0xff, 0xff, 0xff, (byte)FrameKind.Hello] },
        { "a length of 2 GiB", [0xff, 0xff, 0xff, 0x7f, (byte)FrameKind.Hello] },
        {
            "a frame that only a supervisor sends",
            [.. new Hello(ClientRole.Attach, default).ToFrame(), .. new WireWriter(FrameKind.Exited).Int32(0).ToFrame()]
        },
        {
            "a terminal without its descriptor",
            [.. new Hello(ClientRole.Attach, default).ToFrame(), .. new WireWriter(FrameKind.Terminal).Int32(0).ToFrame()]
        },
        {
            "a resize without a size",
            [.. new Hello(ClientRole.Attach, default).ToFrame(), .. new WireWriter(FrameKind.Resize).Int32(1).ToFrame()]
        },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public void A_client_that_breaks_the_protocol_is_cut_off(string attack, byte[] bytes)
    {
        using FileDescriptor client = UnixSocket.Connect(_store.SocketPath(_session.Id));
        Send(client, bytes);

        Assert.True(EndsWithin(client), $"{attack}: the connection stays open");
        AssertSessionIsWell();
    }

    [Fact]
    public void Half_a_frame_holds_nobody_up()
    {
        using FileDescriptor client = UnixSocket.Connect(_store.SocketPath(_session.Id));
        Send(client, new Hello(ClientRole.Attach, default).ToFrame().AsSpan(0, 7).ToArray());

        AssertSessionIsWell();
    }

    [Fact]
    public void Random_bytes_hurt_nobody()
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        for (int i = 0; i < 50; i++)
        {
            using FileDescriptor client = UnixSocket.Connect(_store.SocketPath(_session.Id));
            byte[] bytes = new byte[random.Next(1, 2000)];
            random.NextBytes(bytes);
            Send(client, i % 2 == 0 ? bytes : [.. new Hello(ClientRole.Attach, default).ToFrame(), .. bytes]);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        AssertSessionIsWell();
    }

    [Fact]
    public void Of_more_clients_than_any_session_has_those_who_said_nothing_for_longest_go_and_the_rest_are_served()
    {
        FileDescriptor[] clients = [.. Enumerable.Range(0, 300).Select(_ => UnixSocket.Connect(_store.SocketPath(_session.Id)))];
        Assert.True(EndsWithin(clients[0]), "the first of 300 is kept");
        Array.ForEach(clients, c => c.Dispose());

        // Their places are free as soon as the supervisor has seen them go.
        DateTime deadline = DateTime.UtcNow.AddSeconds(60);
        while (!GetsIn())
        {
            Assert.True(DateTime.UtcNow < deadline, "nobody is let in any more");
        }

        AssertSessionIsWell();
    }

    /// <summary>The supervisor stays for a slow reader, and is asked meanwhile for what has happened already.</summary>
    [Fact]
    public void A_session_that_has_ended_can_be_told_to_end()
    {
        var options = new LaunchOptions { FilePath = "/usr/bin/head", Arguments = ["-c", "500000", "/dev/zero"], WorkingDirectory = "/" };
        using LaunchedSession launched = new AgentSpawner(_store).Spawn(options.ToSpec(geteuid(), getegid()), CancellationToken.None);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using SupervisorClient reader = SupervisorClient.TryOpen(launched.Session, ClientRole.Read, cancellation)!;
        Assert.True(reader.TryReceive(-1, out FrameKind kind, out _));
        launched.Commit();
        using (ExitWatch watch = ExitWatch.Open(launched.Session))
        {
            while (!watch.Ended)
            {
                _ = ExitWatch.WaitAny([watch], -1, cancellation);
            }
        }

        reader.Stop(0, 1000);

        while (kind != FrameKind.Exited)
        {
            Assert.True(reader.TryReceive(-1, out kind, out _), "the supervisor is gone without a word");
        }

        launched.Session.Delete();
    }

    [Fact]
    public void Another_user_is_turned_away()
    {
        // The directory keeps others out; here the door is held open, and the supervisor itself must refuse.
        Assert.SkipWhen((uint)geteuid() != 0, "Only root can become another user.");
        foreach (string path in new[] { _scratch.Path, _store.Path, System.IO.Path.Combine(_store.Path, _session.Id) })
        {
            System.IO.File.SetUnixFileMode(path, (System.IO.UnixFileMode)0x1ed);
        }

        System.IO.File.SetUnixFileMode(_store.SocketPath(_session.Id), (System.IO.UnixFileMode)0x1b6);
        bool ended = false;
        var other = new Thread(() =>
        {
            // The system call itself: the credentials of this thread alone.
            _ = Sys.setresuid(uint.MaxValue, 65534, uint.MaxValue);
            using FileDescriptor client = UnixSocket.Connect(_store.SocketPath(_session.Id));
            Send(client, new Hello(ClientRole.Attach, default).ToFrame());
            ended = EndsWithin(client);
        });
        other.Start();
        other.Join();
        Assert.True(ended, "another user got in");

        System.IO.File.SetUnixFileMode(_store.Path, (System.IO.UnixFileMode)0x1c0);
        AssertSessionIsWell();
    }

    public void Dispose()
    {
        using (ExitWatch watch = ExitWatch.Open(_session))
        {
            watch.Stop(0, -1);
            _ = ExitWatch.WaitAny([watch], -1, CancellationToken.None);
        }

        _session.Delete();
        _scratch.Dispose();
    }

    private static void Send(FileDescriptor client, byte[] bytes)
    {
        fixed (byte* p = bytes)
        {
            // The supervisor may have cut us off half-way.
            _ = send(client.Value, p, bytes.Length, MSG_NOSIGNAL);
        }
    }

    /// <summary>Whether a client that keeps to the protocol is welcomed, not cut off.</summary>
    private bool GetsIn()
    {
        using FileDescriptor client = UnixSocket.Connect(_store.SocketPath(_session.Id));
        Send(client, new Hello(ClientRole.Control, default).ToFrame());
        byte* buffer = stackalloc byte[64];
        return Poll.IsReadable(client) && recv(client.Value, buffer, 64, 0) > 0;
    }

    /// <summary>Whether the supervisor closes the connection, whatever it says before.</summary>
    private static bool EndsWithin(FileDescriptor client)
    {
        byte* buffer = stackalloc byte[4096];
        while (Poll.IsReadable(client))
        {
            if (recv(client.Value, buffer, 4096, 0) <= 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The session still runs, and a client that keeps to the protocol gets in and sees its echo.</summary>
    private void AssertSessionIsWell()
    {
        Assert.Equal(NsSessionState.Running, _session.State);
        using FileDescriptor client = UnixSocket.Connect(_store.SocketPath(_session.Id));
        Send(client, new Hello(ClientRole.Attach, NsTerminalSize.Default).ToFrame());
        string word = Guid.NewGuid().ToString("N");
        Send(client, new WireWriter(FrameKind.Input).Raw(word + "\n"));
        var decoder = new FrameDecoder();
        string seen = "";
        while (!seen.Contains(word, StringComparison.Ordinal))
        {
            Assert.True(Poll.IsReadable(client), "no echo");
            Span<byte> free = decoder.Free;
            int count;
            fixed (byte* p = free)
            {
                count = (int)recv(client.Value, p, free.Length, 0);
            }

            Assert.True(count > 0, "a good client was cut off");
            decoder.Advance(count);
            while (decoder.TryRead(out FrameKind kind, out ReadOnlySpan<byte> payload))
            {
                seen += kind == FrameKind.Output ? System.Text.Encoding.UTF8.GetString(payload) : "";
            }
        }
    }
}

/// <summary>Frames whose payload is plain bytes.</summary>
internal static class RawFrames
{
    public static byte[] Raw(this WireWriter writer, string text)
    {
        byte[] header = writer.ToFrame();
        byte[] payload = System.Text.Encoding.UTF8.GetBytes(text);
        WireWriter.WriteHeader(header, (FrameKind)header[^1], payload.Length);
        return [.. header, .. payload];
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
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

/// <summary>Clients that take more than their share cost the session's owner nothing, nor the command.</summary>
public sealed unsafe class GreedyClientTests : IDisposable
{
    /// <summary>More clients than a session has.</summary>
    private const int Many = 210;
    private const long FloodSize = 40 << 20;
    private const long MuchMemory = 64 << 20;

    private readonly ScratchDirectory _scratch = new();
    private readonly SessionStore _store;
    private readonly List<FileDescriptor> _clients = [];
    private NsSession? _session;

    public GreedyClientTests() => _store = new SessionStore(Path.Combine(_scratch.Path, "store"));

    [Fact]
    public void Silent_ones_do_not_lock_the_owner_out()
    {
        Start("/bin/cat");
        for (int i = 0; i < Many; i++)
        {
            _ = Connect();
        }

        AssertWelcome();
    }

    [Fact]
    public void Nor_do_those_who_only_wait_for_the_end_nor_readers()
    {
        Start("/bin/cat");
        for (int i = 0; i < Many; i++)
        {
            Send(Connect(), new Hello(i % 2 == 0 ? ClientRole.Control : ClientRole.Read, default).ToFrame());
        }

        AssertWelcome();
    }

    [Fact]
    public void A_terminal_that_is_attached_stays_whoever_comes()
    {
        Start("/bin/cat");
        FileDescriptor terminal = Connect();
        Send(terminal, new Hello(ClientRole.Attach, NsTerminalSize.Default).ToFrame());
        for (int i = 0; i < Many; i++)
        {
            _ = Connect();
        }

        AssertWelcome();
        Send(terminal, new WireWriter(FrameKind.Input).Raw("typed\n"));
        Assert.Contains("typed", Read(terminal, text => text.Contains("typed", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_asks_and_never_reads_is_held_back_and_costs_no_memory()
    {
        Start("/bin/cat");
        FileDescriptor client = Connect();
        Send(client, new Hello(ClientRole.Control, default).ToFrame());
        byte[] frames = [.. Enumerable.Repeat(new WireWriter(FrameKind.Confirm).ToFrame(), 10_000).SelectMany(f => f)];
        int full = 0;
        for (long sent = 0; sent < FloodSize && full < 3;)
        {
            long count;
            fixed (byte* p = frames)
            {
                count = send(client.Value, p, frames.Length, MSG_NOSIGNAL | MSG_DONTWAIT);
            }

            // What does not go on after others were served does not go on at all.
            full = count > 0 ? 0 : full + 1;
            sent += Math.Max(0, count);
            if (count < 0)
            {
                AssertWelcome();
            }
        }

        AssertWelcome();
        Assert.InRange(Memory(), 1, MuchMemory);
    }

    [Fact]
    public void One_that_reads_what_it_asked_for_gets_every_answer()
    {
        const int Requests = 2000;
        Start("/bin/cat");
        FileDescriptor client = Connect();
        Send(client, new Hello(ClientRole.Control, default).ToFrame());
        Send(client, [.. Enumerable.Repeat(new WireWriter(FrameKind.Confirm).ToFrame(), Requests).SelectMany(f => f)]);

        int answers = 0;
        ReadFrames(client, (kind, _) => (answers += kind == FrameKind.Confirm ? 1 : 0) == Requests);

        Assert.Equal(Requests, answers);
    }

    /// <summary>At the rate that a command is held back to, this would take minutes.</summary>
    [Fact]
    public void A_viewer_that_stops_reading_slows_nothing_and_is_shown_where_it_missed_something()
    {
        Start("/bin/sh", "-c", "read -r _; head -c 100000000 /dev/zero | tr '\\0' x | fold -w 1000; echo all-written; read -r _");
        FileDescriptor viewer = Connect();
        Send(viewer, new Hello(ClientRole.Attach, NsTerminalSize.Default, ReadOnly: true).ToFrame());
        FileDescriptor typist = Connect();
        Send(typist, new Hello(ClientRole.Control, default).ToFrame());
        Send(typist, new WireWriter(FrameKind.Input).Raw("\n"));

        FileDescriptor reader = Connect();
        Send(reader, new Hello(ClientRole.Read, default).ToFrame());
        bool written = false;
        ReadFrames(
            reader,
            (kind, payload) => written = kind == FrameKind.TimedOutput
                && Text(payload[OutputMark.Length..]).Contains("all-written", StringComparison.Ordinal));
        Assert.True(written, "The command has not come to its end.");

        string seen = Read(viewer, text => text.Contains("all-written", StringComparison.Ordinal));
        Assert.Contains("bytes of output were skipped", seen, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _clients.ForEach(c => c.Dispose());
        if (_session is not null)
        {
            using (ExitWatch watch = ExitWatch.Open(_session))
            {
                watch.Stop(0, -1);
                _ = ExitWatch.WaitAny([watch], -1, CancellationToken.None);
            }

            _session.Delete();
        }

        _scratch.Dispose();
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private void Start(string path, params string[] arguments)
    {
        var options = new LaunchOptions { FilePath = path, Arguments = arguments, WorkingDirectory = "/" };
        using LaunchedSession launched = new AgentSpawner(_store).Spawn(options.ToSpec(geteuid(), getegid()), CancellationToken.None);
        launched.Commit();
        _session = launched.Session;
    }

    private FileDescriptor Connect()
    {
        FileDescriptor client = UnixSocket.Connect(_store.SocketPath(_session!.Id));
        _clients.Add(client);
        return client;
    }

    /// <summary>Sends it all, and reads nothing.</summary>
    private static void Send(FileDescriptor client, byte[] bytes)
    {
        fixed (byte* p = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                Assert.True(Poll.IsWritable(client), "The supervisor takes nothing.");
                int count = (int)send(client.Value, p + done, bytes.Length - done, MSG_NOSIGNAL | MSG_DONTWAIT);
                if (count < 0 && errno != EAGAIN)
                {
                    // It may have closed the connection: what is read shows it.
                    return;
                }

                done += Math.Max(0, count);
            }
        }
    }

    private void AssertWelcome()
    {
        FileDescriptor owner = Connect();
        Send(owner, new Hello(ClientRole.Control, default).ToFrame());
        bool welcome = false;
        ReadFrames(owner, (kind, _) => welcome = kind == FrameKind.Welcome);
        Assert.True(welcome, "The owner does not get in.");
        owner.Dispose();
    }

    private static string Read(FileDescriptor client, Predicate<string> isEnough)
    {
        var seen = new StringBuilder();
        ReadFrames(client, (kind, payload) =>
        {
            _ = seen.Append(kind == FrameKind.Output ? Text(payload) : "");
            return kind == FrameKind.Output && isEnough(seen.ToString(Math.Max(0, seen.Length - 200_000), Math.Min(seen.Length, 200_000)));
        });
        return seen.ToString();
    }

    private delegate bool IsLast(FrameKind kind, ReadOnlySpan<byte> payload);

    /// <summary>Reads frames up to the one that is wanted, or to the end of the connection.</summary>
    private static void ReadFrames(FileDescriptor client, IsLast isLast)
    {
        var decoder = new FrameDecoder();
        while (true)
        {
            Assert.True(Poll.IsReadable(client), "The supervisor says nothing.");
            Span<byte> free = decoder.Free;
            int count;
            fixed (byte* p = free)
            {
                count = (int)recv(client.Value, p, free.Length, 0);
            }

            if (count <= 0)
            {
                return;
            }

            decoder.Advance(count);
            while (decoder.TryRead(out FrameKind kind, out ReadOnlySpan<byte> payload))
            {
                if (isLast(kind, payload))
                {
                    return;
                }
            }
        }
    }

    private long Memory() => File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{_session!.SupervisorProcessId}/status"))
        .Where(l => l.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Select(l => long.Parse(l["VmRSS:".Length..^"kB".Length], CultureInfo.InvariantCulture) * 1024)
        .Single();
}

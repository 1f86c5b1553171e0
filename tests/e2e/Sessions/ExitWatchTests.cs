using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Testing;
using Tmds.Linux;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>Watching sessions whose supervisor is a <c>sleep</c>, with a socket that the test itself listens on.</summary>
public sealed class ExitWatchTests : IDisposable
{
    private const string Id = "0123456789ab";

    private readonly ScratchDirectory _directory = new();
    private readonly SessionStore _store;
    private readonly Process _supervisor = Process.Start("sleep", "1000");

    public ExitWatchTests()
    {
        _store = new SessionStore(_directory["store"]);
        _store.Prepare();
        _store.Create(Id);
        _store.Write(Record);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private SessionRecord Record => new()
    {
        Id = Id,
        Name = "n",
        Supervisor = ProcessIdentity.Of(_supervisor.Id),
        State = NsSessionState.Running,
    };

    public void Dispose()
    {
        _supervisor.Kill();
        _supervisor.WaitForExit();
        _supervisor.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void A_session_that_has_ended_is_seen_at_once_and_not_waited_for()
    {
        using ExitWatch watch = ExitWatch.Open(new NsSession(_store, Record with { State = NsSessionState.Exited }));
        Assert.True(watch.Ended);
        Assert.Empty(ExitWatch.WaitAny([watch], -1, Token));
    }

    [Fact]
    public void The_word_of_the_supervisor_ends_the_wait()
    {
        using FileDescriptor listener = UnixSocket.Listen(_store.SocketPath(Id));
        using ExitWatch watch = Open();
        using FileDescriptor client = Accept(listener);
        Assert.Empty(ExitWatch.WaitAny([watch], 0, Token));
        Assert.False(watch.Ended);

        _store.Write(Record with { State = NsSessionState.Exited, ExitCode = 5 });
        Send(client, new WireWriter(FrameKind.Welcome).Int32(1).ToFrame());
        Send(client, new WireWriter(FrameKind.Exited).Int32(5).ToFrame());

        Assert.Same(watch, Assert.Single(ExitWatch.WaitAny([watch], -1, Token)));
        Assert.True(watch.Ended);
        Assert.Equal(5, watch.Session.ExitCode);
    }

    [Fact]
    public void Where_nobody_listens_the_end_of_the_supervisor_ends_the_wait()
    {
        using ExitWatch watch = Open();
        Assert.Empty(ExitWatch.WaitAny([watch], 0, Token));

        _supervisor.Kill();
        Assert.Same(watch, Assert.Single(ExitWatch.WaitAny([watch], -1, Token)));
        Assert.Equal(NsSessionState.Lost, watch.Session.State);
    }

    [Fact]
    public void A_connection_that_breaks_is_not_the_end_while_the_supervisor_lives()
    {
        // Free and lower than the connection's, so that what is opened next does not happen to take the connection's number.
        FileDescriptor[] spare = [new(dup(0)), new(dup(0)), new(dup(0))];
        using FileDescriptor listener = UnixSocket.Listen(_store.SocketPath(Id));
        using ExitWatch watch = Open();
        Array.ForEach(spare, s => s.Dispose());
        Accept(listener).Dispose();

        Assert.Empty(ExitWatch.WaitAny([watch], 100, Token));
        Assert.False(watch.Ended);

        _supervisor.Kill();
        Assert.Same(watch, Assert.Single(ExitWatch.WaitAny([watch], -1, Token)));
        Assert.Equal(NsSessionState.Lost, watch.Session.State);
    }

    [Fact]
    public void Nonsense_on_the_connection_is_a_broken_connection()
    {
        using FileDescriptor listener = UnixSocket.Listen(_store.SocketPath(Id));
        using ExitWatch watch = Open();
        using FileDescriptor client = Accept(listener);
        Send(client, [0xff, 0xff, 0xff, 0xff, 0xff]);
        _supervisor.Kill();

        Assert.Same(watch, Assert.Single(ExitWatch.WaitAny([watch], -1, Token)));
        Assert.Equal(NsSessionState.Lost, watch.Session.State);
    }

    [Fact]
    public async Task Cancelling_ends_the_wait()
    {
        using FileDescriptor listener = UnixSocket.Listen(_store.SocketPath(Id));
        using ExitWatch watch = Open();
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<IReadOnlyList<ExitWatch>> wait = Task.Run(() => ExitWatch.WaitAny([watch], -1, cancelled.Token), Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        Assert.False(watch.Ended);
    }

    [Fact]
    public unsafe void Stopping_asks_the_supervisor_in_one_frame()
    {
        using FileDescriptor listener = UnixSocket.Listen(_store.SocketPath(Id));
        using ExitWatch watch = Open();
        using FileDescriptor client = Accept(listener);
        watch.Stop(15, 2000);

        var decoder = new FrameDecoder();
        Assert.Equal(FrameKind.Hello, Next(decoder, client, out _).Kind);
        Assert.Equal((FrameKind.Stop, 8), Next(decoder, client, out byte[] stop));
        Assert.Equal([.. BitConverter.GetBytes(15), .. BitConverter.GetBytes(2000)], stop);
    }

    [Fact]
    public void Stopping_one_that_does_not_listen_kills_its_supervisor()
    {
        using ExitWatch watch = Open();
        watch.Stop(15, 2000);
        Assert.Same(watch, Assert.Single(ExitWatch.WaitAny([watch], -1, Token)));
        _supervisor.WaitForExit();
        Assert.Equal(128 + 9, _supervisor.ExitCode);
    }

    private static unsafe FileDescriptor Accept(FileDescriptor listener)
    {
        int fd = NativeException.Check(accept4(listener.Value, null, null, SOCK_CLOEXEC), "accept4");
        return new FileDescriptor(fd);
    }

    private static unsafe void Send(FileDescriptor client, byte[] bytes)
    {
        fixed (byte* p = bytes)
        {
            Assert.Equal(bytes.Length, (int)write(client.Value, p, bytes.Length));
        }
    }

    private static unsafe (FrameKind Kind, int Length) Next(FrameDecoder decoder, FileDescriptor client, out byte[] payload)
    {
        while (true)
        {
            if (decoder.TryRead(out FrameKind kind, out ReadOnlySpan<byte> bytes))
            {
                payload = bytes.ToArray();
                return (kind, payload.Length);
            }

            int count;
            fixed (byte* p = decoder.Free)
            {
                count = NativeException.Check((int)read(client.Value, p, decoder.Free.Length), "read");
            }

            Assert.NotEqual(0, count);
            decoder.Advance(count);
        }
    }

    private ExitWatch Open() => ExitWatch.Open(new NsSession(_store, Record));
}

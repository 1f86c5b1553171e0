using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using NsModule.Agent.Events;
using NsModule.Agent.Network;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Testing;
using Tmds.Linux;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Network;

/// <summary>The relays of published ports, between sockets of this machine's loopback.</summary>
public sealed class RelayTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Bytes_pass_both_ways_and_each_way_ends_by_itself()
    {
        using var server = Listen();
        using var relay = Relay.Tcp(Port(server));
        byte[] request = RandomBytes(3 << 20);
        byte[] response = RandomBytes(3 << 20);

        using Socket client = await Connect(relay.Port);
        using Socket accepted = await server.AcceptAsync(Limit());
        Task<byte[]> atServer = ReadAll(accepted);
        Task<byte[]> atClient = ReadAll(client);
        await Task.WhenAll(SendAll(client, request), SendAll(accepted, response));
        client.Shutdown(SocketShutdown.Send);

        // The server's way goes on after the client's has ended.
        Assert.Equal(request, await atServer);
        Assert.False(atClient.IsCompleted);
        await SendAll(accepted, new byte[] { 1, 2, 3 });
        accepted.Shutdown(SocketShutdown.Send);
        Assert.Equal([.. response, 1, 2, 3], await atClient);
    }

    [Fact]
    public async Task Many_connections_at_once_do_not_mix()
    {
        using var server = Listen();
        using var relay = Relay.Tcp(Port(server));
        Task echo = Echo();
        await Task.WhenAll(Enumerable.Range(0, 300).Select(async i =>
        {
            using Socket client = await Connect(relay.Port);
            byte[] sent = BitConverter.GetBytes(i);
            _ = await client.SendAsync(sent, Limit());
            client.Shutdown(SocketShutdown.Send);
            Assert.Equal(sent, await ReadAll(client));
        }));
        await echo;

        async Task Echo()
        {
            var tasks = new List<Task>();
            for (int i = 0; i < 300; i++)
            {
                Socket accepted = await server.AcceptAsync(Limit());
                tasks.Add(Answer(accepted));
            }

            await Task.WhenAll(tasks);
        }

        static async Task Answer(Socket accepted)
        {
            using (accepted)
            {
                byte[] all = await ReadAll(accepted);
                _ = await accepted.SendAsync(all, Limit());
            }
        }
    }

    [Fact]
    public async Task Where_nobody_listens_the_client_is_hung_up_on()
    {
        using var server = Listen();
        ushort port = Port(server);
        server.Dispose();
        using var relay = Relay.Tcp(port);

        using Socket client = await Connect(relay.Port);
        Assert.Empty(await ReadAll(client));
    }

    [Fact]
    public async Task A_client_that_vanishes_ends_its_connection_inside()
    {
        using var server = Listen();
        using var relay = Relay.Tcp(Port(server));
        Socket client = await Connect(relay.Port);
        using Socket accepted = await server.AcceptAsync(Limit());
        _ = await accepted.SendAsync(new byte[10], Limit());
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();

        Assert.Empty(await ReadAll(accepted));
    }

    [Fact]
    public async Task With_the_relay_its_connections_and_its_port_are_gone()
    {
        using var server = Listen();
        var relay = Relay.Tcp(Port(server));
        using Socket client = await Connect(relay.Port);
        using Socket accepted = await server.AcceptAsync(Limit());

        relay.Dispose();

        Assert.Empty(await ReadAll(client));
        await Assert.ThrowsAsync<SocketException>(() => Connect(relay.Port));
    }

    [Fact]
    public async Task Datagrams_find_their_way_back_to_whoever_sent_them()
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var relay = Relay.Udp(Port(server));
        Socket[] clients =
        [
            .. Enumerable.Range(0, 20).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)),
        ];
        var received = new HashSet<EndPoint>();
        foreach ((int i, Socket client) in clients.Index())
        {
            await client.ConnectAsync(IPAddress.Loopback, relay.Port, Limit());
            _ = await client.SendAsync(new[] { (byte)i }, Limit());
            byte[] buffer = new byte[10];
            SocketReceiveFromResult request = await server.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), Limit());
            Assert.Equal((1, (byte)i), (request.ReceivedBytes, buffer[0]));
            Assert.True(received.Add(request.RemoteEndPoint), "Two clients share a socket.");
            _ = await server.SendToAsync(new byte[] { (byte)i, 1 }, request.RemoteEndPoint, Limit());
        }

        foreach ((int i, Socket client) in clients.Index())
        {
            byte[] buffer = new byte[10];
            Assert.Equal(2, await client.ReceiveAsync(buffer, Limit()));
            Assert.Equal((byte)i, buffer[0]);
            client.Dispose();
        }
    }

    [Fact]
    public void A_port_that_is_in_use_fails_the_launch_and_leaves_no_other_open()
    {
        using var taken = Listen();
        using var free = Listen();
        ushort first = Port(free);
        free.Dispose();

        LaunchException error = Assert.Throws<LaunchException>(() =>
            HostPort.OpenAll([new NsPublishedPort("127.0.0.1", first, 80), new NsPublishedPort("127.0.0.1", Port(taken), 81)]));

        Assert.Equal((LaunchStep.PublishedPort, EADDRINUSE), (error.Failure.Step, error.Failure.Errno));
        foreach (HostPort port in HostPort.OpenAll([new NsPublishedPort("127.0.0.1", first, 80)]))
        {
            port.Dispose();
        }
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(512);
        return socket;
    }

    private static ushort Port(Socket socket) => (ushort)((IPEndPoint)socket.LocalEndPoint!).Port;

    private static async Task<Socket> Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, Limit());
        return socket;
    }

    private static async Task SendAll(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await socket.SendAsync(bytes, Limit())..];
        }
    }

    /// <summary>Everything up to the end; a connection that was broken has ended, too.</summary>
    private static async Task<byte[]> ReadAll(Socket socket)
    {
        var all = new List<byte>();
        byte[] buffer = new byte[65536];
        try
        {
            while (await socket.ReceiveAsync(buffer, Limit()) is int count and > 0)
            {
                all.AddRange(buffer.AsSpan(0, count));
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
        }

        return [.. all];
    }

    private static CancellationToken Limit() => new CancellationTokenSource(s_patience).Token;

    private static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        Random.Shared.NextBytes(bytes);
        return bytes;
    }

    /// <summary>A relay with an event loop of its own, on a thread of its own.</summary>
    private sealed class Relay : IDisposable
    {
        private readonly EventLoop _loop = new();
        private readonly FileDescriptor _stop = new(eventfd(0, EFD_CLOEXEC));
        private readonly IDisposable _relay;
        private readonly Thread _thread;

        private Relay(FileDescriptor socket, Func<EventLoop, IDisposable> create)
        {
            Port = LocalPort(socket);
            _relay = create(_loop);
            _loop.Add(_stop.Value, (int)EPOLLIN, _ =>
            {
                _relay.Dispose();
                _loop.Stop();
            });
            _thread = new Thread(_loop.Run);
            _thread.Start();
        }

        public int Port { get; }

        public static Relay Tcp(ushort target) =>
            Create(NsPortProtocol.Tcp, (loop, socket) => new TcpRelay(loop, socket, new InternetAddress(IPAddress.Loopback, target)));

        public static Relay Udp(ushort target) =>
            Create(NsPortProtocol.Udp, (loop, socket) => new UdpRelay(loop, socket, new InternetAddress(IPAddress.Loopback, target)));

        public unsafe void Dispose()
        {
            if (_stop.Value >= 0)
            {
                ulong one = 1;
                _ = write(_stop.Value, &one, 8);
                _thread.Join();
                _loop.Dispose();
                _stop.Dispose();
            }
        }

        private static Relay Create(NsPortProtocol protocol, Func<EventLoop, FileDescriptor, IDisposable> create)
        {
            FileDescriptor socket = InternetSocket.Open(protocol, IPAddress.Loopback, 0);
            return new Relay(socket, loop => create(loop, socket));
        }

        private static unsafe int LocalPort(FileDescriptor socket)
        {
            InternetAddress address = default;
            socklen_t length = InternetAddress.MaxLength;
            _ = NativeException.Check(getsockname(socket.Value, (sockaddr*)&address, &length), "getsockname");
            return (address.Bytes[2] << 8) | address.Bytes[3];
        }
    }
}

using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using NsModule.Agent.Events;
using NsModule.Agent.Network;
using NsModule.Native;
using NsModule.Testing;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Network;

/// <summary>Connections that say nothing do not keep others from a published port.</summary>
public sealed class IdleConnectionTests
{
    /// <summary>As many as a port passes on at a time.</summary>
    private const int Many = 256;

    [Fact]
    public async Task A_new_client_gets_in_where_all_places_are_taken_by_silent_ones_and_one_that_talks_stays()
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        server.Listen(512);
        using var stop = new CancellationTokenSource();
        Task echo = Echo(server, stop.Token);
        using var loop = new EventLoop();
        FileDescriptor listener = InternetSocket.Open(NsPortProtocol.Tcp, IPAddress.Loopback, 0);
        int port = ((IPEndPoint)new Socket(new SafeSocketHandle(listener.Value, ownsHandle: false)).LocalEndPoint!).Port;
        using var end = new FileDescriptor(eventfd(0, EFD_CLOEXEC));
        var relay = new TcpRelay(loop, listener, new InternetAddress(IPAddress.Loopback, (ushort)((IPEndPoint)server.LocalEndPoint!).Port));
        loop.Add(end.Value, (int)Tmds.Linux.LibC.EPOLLIN, _ =>
        {
            relay.Dispose();
            loop.Stop();
        });
        var thread = new Thread(loop.Run);
        thread.Start();
        var clients = new List<Socket>();
        try
        {
            for (int i = 0; i < Many; i++)
            {
                clients.Add(await Connect(port));
            }

            // It is one of them, and says something all the time.
            using var talks = new CancellationTokenSource();
            Task talking = Talk(clients[0], talks.Token);
            Assert.Equal(7, await Ask(await Connect(port, clients), 7));

            await talks.CancelAsync();
            await talking;
            Assert.Equal(9, await Ask(clients[0], 9));
        }
        finally
        {
            Stop(end);
            thread.Join();
            clients.ForEach(c => c.Dispose());
            await stop.CancelAsync();
            await echo;
        }
    }

    private static unsafe void Stop(FileDescriptor end)
    {
        ulong one = 1;
        _ = write(end.Value, &one, 8);
    }

    private static async Task Talk(Socket socket, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            Assert.Equal(1, await Ask(socket, 1));
        }
    }

    private static async Task<byte> Ask(Socket socket, byte word)
    {
        _ = await socket.SendAsync(new[] { word }, Limit());
        byte[] answer = new byte[1];
        Assert.Equal(1, await socket.ReceiveAsync(answer, Limit()));
        return answer[0];
    }

    private static async Task Echo(Socket server, CancellationToken end)
    {
        try
        {
            while (true)
            {
                _ = Answer(await server.AcceptAsync(end), end);
            }
        }
        catch (OperationCanceledException)
        {
        }

        static async Task Answer(Socket accepted, CancellationToken end)
        {
            using (accepted)
            {
                byte[] buffer = new byte[64];
                try
                {
                    while (await accepted.ReceiveAsync(buffer, end) is int count and > 0)
                    {
                        _ = await accepted.SendAsync(buffer.AsMemory(0, count), end);
                    }
                }
                catch (Exception e) when (e is SocketException or OperationCanceledException)
                {
                }
            }
        }
    }

    private static async Task<Socket> Connect(int port, List<Socket>? clients = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        clients?.Add(socket);
        await socket.ConnectAsync(IPAddress.Loopback, port, Limit());
        return socket;
    }

    private static CancellationToken Limit() => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;
}

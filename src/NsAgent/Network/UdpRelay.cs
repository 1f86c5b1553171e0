using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Agent.Events;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>
/// Passes datagrams to a port of the host on to one of the session, and the answers back. Each client has a socket of its own
/// for as long as it is heard of.
/// </summary>
internal sealed unsafe class UdpRelay : IDisposable
{
    /// <summary>With so many clients, a new one takes the place of the one that was silent for longest.</summary>
    private const int MaxClients = 256;

    private const int MaxDatagram = 64 * 1024;

    /// <summary>After so many datagrams other events get their turn.</summary>
    private const int Batch = 32;

    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(60);

    private readonly EventLoop _loop;
    private readonly FileDescriptor _socket;
    private readonly InternetAddress _target;
    private readonly OneShotTimer _sweep;
    private readonly Dictionary<InternetAddress, Client> _clients = [];
    private readonly byte[] _datagram = new byte[MaxDatagram];

    public UdpRelay(EventLoop loop, FileDescriptor socket, InternetAddress target)
    {
        _loop = loop;
        _socket = socket;
        _target = target;
        _sweep = new OneShotTimer(loop, Sweep);
        loop.Add(socket.Value, (int)EPOLLIN, _ => OnRequest());
    }

    public void Dispose()
    {
        _loop.Remove(_socket.Value);
        _socket.Dispose();
        _sweep.Dispose();
        foreach (InternetAddress address in _clients.Keys.ToArray())
        {
            Forget(address);
        }
    }

    private void OnRequest()
    {
        for (int i = 0; i < Batch; i++)
        {
            InternetAddress from = default;
            socklen_t length = InternetAddress.MaxLength;
            int count;
            fixed (byte* p = _datagram)
            {
                count = (int)recvfrom(_socket.Value, p, _datagram.Length, 0, (sockaddr*)&from, &length);
                if (count < 0)
                {
                    return;
                }

                if (ClientAt(from) is Client client)
                {
                    // UDP promises nothing: what does not go now is lost.
                    _ = send(client.Socket.Value, p, count, MSG_NOSIGNAL);
                }
            }
        }
    }

    private void OnAnswer(InternetAddress to, Client client)
    {
        client.LastHeard = Environment.TickCount64;
        for (int i = 0; i < Batch; i++)
        {
            fixed (byte* p = _datagram)
            {
                int count = (int)recv(client.Socket.Value, p, _datagram.Length, 0);
                if (count < 0)
                {
                    return;
                }

                _ = sendto(_socket.Value, p, count, MSG_NOSIGNAL, (sockaddr*)&to, to.Length);
            }
        }
    }

    private Client? ClientAt(InternetAddress address)
    {
        if (!_clients.TryGetValue(address, out Client? client))
        {
            if (_clients.Count >= MaxClients)
            {
                Forget(_clients.MinBy(c => c.Value.LastHeard).Key);
            }

            try
            {
                client = new Client(InternetSocket.Connect(NsPortProtocol.Udp, _target));
            }
            catch (NativeException)
            {
                return null;
            }

            if (_clients.Count == 0)
            {
                _sweep.Start(s_silence);
            }

            _clients.Add(address, client);
            _loop.Add(client.Socket.Value, (int)EPOLLIN, _ => OnAnswer(address, client));
        }

        client.LastHeard = Environment.TickCount64;
        return client;
    }

    private void Sweep()
    {
        long oldest = Environment.TickCount64 - (long)s_silence.TotalMilliseconds;
        foreach (InternetAddress address in _clients.Where(c => c.Value.LastHeard < oldest).Select(c => c.Key).ToArray())
        {
            Forget(address);
        }

        if (_clients.Count > 0)
        {
            _sweep.Start(s_silence);
        }
    }

    private void Forget(InternetAddress address)
    {
        if (_clients.Remove(address, out Client? client))
        {
            _loop.Remove(client.Socket.Value);
            client.Socket.Dispose();
        }
    }

    private sealed class Client(FileDescriptor socket)
    {
        public FileDescriptor Socket { get; } = socket;

        public long LastHeard { get; set; }
    }
}

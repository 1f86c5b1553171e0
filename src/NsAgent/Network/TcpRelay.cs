using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using NsModule.Agent.Events;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>
/// Passes the connections to a port of the host on to one of the session. It ends with its process, which no firewall rule would.
/// </summary>
internal sealed unsafe class TcpRelay : IDisposable
{
    /// <summary>
    /// With so many, a new one takes the place of one that was silent for long enough; where there is none, it waits in the kernel's queue,
    /// then at its own end.
    /// </summary>
    private const int MaxConnections = 256;

    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(10);

    private readonly EventLoop _loop;
    private readonly FileDescriptor _listener;
    private readonly InternetAddress _target;
    private readonly HashSet<TcpConnection> _connections = [];
    private readonly OneShotTimer _retry;
    private bool _listening;

    public TcpRelay(EventLoop loop, FileDescriptor listener, InternetAddress target)
    {
        _loop = loop;
        _listener = listener;
        _target = target;
        _retry = new OneShotTimer(loop, Listen);
        Listen();
    }

    public void Dispose()
    {
        StopListening();
        _retry.Dispose();
        _listener.Dispose();
        foreach (TcpConnection connection in _connections)
        {
            connection.Dispose();
        }

        _connections.Clear();
    }

    private void Listen()
    {
        if (!_listening)
        {
            _listening = true;
            _loop.Add(_listener.Value, (int)EPOLLIN, _ => Accept());
        }
    }

    private void StopListening()
    {
        _loop.Remove(_listener.Value);
        _listening = false;
    }

    private void Accept()
    {
        if (_connections.Count >= MaxConnections && !MakeRoom())
        {
            StopListening();
            return;
        }

        InternetAddress from = default;
        socklen_t length = InternetAddress.MaxLength;
        int fd = accept4(_listener.Value, (sockaddr*)&from, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
        {
            // With no descriptor left it would be ready for ever. A connection that closes brings one back.
            if ((errno == EMFILE || errno == ENFILE) && _connections.Count > 0)
            {
                StopListening();
            }

            return;
        }

        var client = new FileDescriptor(fd);
        try
        {
            FileDescriptor server = InternetSocket.Connect(NsPortProtocol.Tcp, _target);
            _ = _connections.Add(new TcpConnection(_loop, from.Host, client, server, Closed));
        }
        catch (NativeException)
        {
            client.Dispose();
        }
    }

    /// <summary>Closes the connection that was silent for longest, of the host that has most; none that was heard of lately.</summary>
    private bool MakeRoom()
    {
        long now = Environment.TickCount64;
        long oldest = now - (long)s_silence.TotalMilliseconds;
        Dictionary<IPAddress, int> counts = _connections.CountBy(c => c.Client).ToDictionary();
        TcpConnection? silent = _connections.Where(c => c.LastMoved <= oldest).MinBy(c => (-counts[c.Client], c.LastMoved));
        if (silent is null)
        {
            _retry.Start(TimeSpan.FromMilliseconds(_connections.Min(c => c.LastMoved) - oldest));
            return false;
        }

        _ = _connections.Remove(silent);
        silent.Dispose();
        return true;
    }

    private void Closed(TcpConnection connection)
    {
        _ = _connections.Remove(connection);
        Listen();
    }
}

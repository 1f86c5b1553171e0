using System;
using System.Collections.Generic;
using NsModule.Agent.Supervisor;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>Passes the connections to a port of the host on to one of the session. It ends with its process, which no firewall rule would.</summary>
internal sealed unsafe class TcpRelay : IDisposable
{
    /// <summary>Further clients wait in the kernel's queue, then at their own end.</summary>
    private const int MaxConnections = 256;

    private readonly EventLoop _loop;
    private readonly FileDescriptor _listener;
    private readonly InternetAddress _target;
    private readonly HashSet<TcpConnection> _connections = [];
    private bool _listening;

    public TcpRelay(EventLoop loop, FileDescriptor listener, InternetAddress target)
    {
        _loop = loop;
        _listener = listener;
        _target = target;
        Listen();
    }

    public void Dispose()
    {
        StopListening();
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
        int fd = accept4(_listener.Value, null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
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
            _ = _connections.Add(new TcpConnection(_loop, client, server, Closed));
        }
        catch (NativeException)
        {
            client.Dispose();
        }

        if (_connections.Count >= MaxConnections)
        {
            StopListening();
        }
    }

    private void Closed(TcpConnection connection)
    {
        _ = _connections.Remove(connection);
        Listen();
    }
}

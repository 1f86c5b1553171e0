using System;
using System.Net;
using NsModule.Agent.Events;
using NsModule.Native;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>
/// A client of a published port, and the connection made for it into the session: bytes both ways, and each way ends by itself.
/// </summary>
internal sealed class TcpConnection : IDisposable
{
    private readonly EventLoop _loop;
    private readonly FileDescriptor _client;
    private readonly FileDescriptor _server;
    private readonly Action<TcpConnection> _closed;
    private readonly BytePump _request;
    private readonly BytePump _response;
    private int _clientEvents;
    private int _serverEvents;
    private bool _connecting = true;

    public TcpConnection(EventLoop loop, IPAddress from, FileDescriptor client, FileDescriptor server, Action<TcpConnection> closed)
    {
        _loop = loop;
        Client = from;
        _client = client;
        _server = server;
        _closed = closed;
        _request = new BytePump(client.Value, server.Value);
        _response = new BytePump(server.Value, client.Value);
        Watch(server.Value, ref _serverEvents, (int)EPOLLOUT);
    }

    /// <summary>Where the client is.</summary>
    public IPAddress Client { get; }

    /// <summary>When something last moved, either way (<see cref="Environment.TickCount64"/>).</summary>
    public long LastMoved { get; private set; } = Environment.TickCount64;

    public void Dispose()
    {
        _loop.Remove(_client.Value);
        _loop.Remove(_server.Value);
        _client.Dispose();
        _server.Dispose();
    }

    private void Go()
    {
        if (_connecting && InternetSocket.ErrorOf(_server) != 0)
        {
            Close();
            return;
        }

        _connecting = false;
        LastMoved = Environment.TickCount64;
        _request.Move();
        _response.Move();
        if (_request.IsBroken || _response.IsBroken || (_request.IsDone && _response.IsDone))
        {
            Close();
            return;
        }

        Watch(_client.Value, ref _clientEvents, Events(_request.WantsInput, _response.WantsOutput));
        Watch(_server.Value, ref _serverEvents, Events(_response.WantsInput, _request.WantsOutput));
    }

    private static int Events(bool input, bool output) => (input ? (int)EPOLLIN : 0) | (output ? (int)EPOLLOUT : 0);

    /// <summary>What is wanted of nothing is not watched at all: a hang-up would be reported over and over.</summary>
    private void Watch(int fd, ref int current, int wanted)
    {
        if (wanted == 0)
        {
            _loop.Remove(fd);
        }
        else if (current == 0)
        {
            _loop.Add(fd, wanted, _ => Go());
        }
        else
        {
            _loop.Modify(fd, wanted);
        }

        current = wanted;
    }

    private void Close()
    {
        Dispose();
        _closed(this);
    }
}

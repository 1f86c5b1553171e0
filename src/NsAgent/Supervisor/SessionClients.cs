using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Agent.Events;
using NsModule.Agent.Output;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Supervisor;

/// <summary>The session's clients: lets them in at its socket, and knows who of them decides what.</summary>
internal sealed unsafe class SessionClients : IDisposable
{
    private const int MaxClients = 200;

    private readonly EventLoop _loop;
    private readonly FileDescriptor _listener;
    private readonly string _socketPath;
    private readonly Func<FileDescriptor, ClientConnection> _welcome;

    /// <summary>The terminal that was used last is behind all others that may type.</summary>
    private readonly List<ClientConnection> _clients = [];

    /// <param name="loop">Where the sockets are watched.</param>
    /// <param name="listener">The session's socket.</param>
    /// <param name="socketPath">Its path.</param>
    /// <param name="welcome">Makes a client of a connection.</param>
    public SessionClients(EventLoop loop, FileDescriptor listener, string socketPath, Func<FileDescriptor, ClientConnection> welcome)
    {
        (_loop, _listener, _socketPath, _welcome) = (loop, listener, socketPath, welcome);
        Listen();
    }

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => _clients.Count == 0;

    /// <summary>How many terminals are attached.</summary>
    public int AttachedCount => _clients.Count(c => c.Role == ClientRole.Attach);

    /// <summary>Of several terminals the one that somebody uses, last of all, decides the size; null where none may type.</summary>
    public ClientConnection? LastUsed => _clients.FindLast(c => c.IsWritable);

    /// <summary>Whether no more input is to come. Several clients are several keyboards: it has ended when all of them have.</summary>
    public bool InputEnded => _clients.TrueForAll(c => !c.IsWritable || c.InputEnded);

    /// <summary>How far the fastest of those has read who hold the command back; null where nobody does.</summary>
    public long? FastestPosition
    {
        get
        {
            // This is asked for every piece of output: no LINQ, which would leave garbage each time.
            long? fastest = null;
            foreach (ClientConnection client in _clients)
            {
                fastest = client.HoldsCommandBack ? Math.Max(fastest ?? 0, client.Position) : fastest;
            }

            return fastest;
        }
    }

    /// <summary>Somebody types at this one, or has just come.</summary>
    public void Use(ClientConnection client)
    {
        if (client.IsWritable && client != LastUsed)
        {
            _ = _clients.Remove(client);
            _clients.Add(client);
        }
    }

    /// <summary>Sends each what it can take now.</summary>
    public void Pump()
    {
        // Backwards: a client that is done leaves the list.
        for (int i = _clients.Count - 1; i >= 0; i--)
        {
            _clients[i].Pump();
        }
    }

    /// <summary>Takes what those have said who had to wait with it.</summary>
    public void TakeFrames()
    {
        foreach (ClientConnection client in _clients.ToArray())
        {
            client.TakeFrames();
            client.WatchAgain();
        }
    }

    /// <summary>Before what lies before <paramref name="start"/> is overwritten: those who read it go on there.</summary>
    public void SkipTo(KeptOutput kept, long start)
    {
        foreach (ClientConnection client in _clients)
        {
            client.SkipTo(kept, start);
        }
    }

    /// <summary>This one has left: there is room again for another.</summary>
    public void Remove(ClientConnection client)
    {
        _ = _clients.Remove(client);
        if (_listener.Value >= 0)
        {
            Listen();
        }
    }

    /// <summary>Takes the socket away. Before anybody is told of the end, because whoever is may remove the whole directory.</summary>
    public void StopListening()
    {
        if (_listener.Value >= 0)
        {
            _loop.Remove(_listener.Value);
            _listener.Dispose();
            SessionStore.TryDelete(_socketPath);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _clients.ForEach(c => c.Dispose());
    }

    private void Listen()
    {
        _loop.Remove(_listener.Value);
        _loop.Add(_listener.Value, (int)EPOLLIN, _ => Accept());
    }

    private void Accept()
    {
        int fd = accept4(_listener.Value, null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0)
        {
            if (errno == EMFILE || errno == ENFILE)
            {
                // It would be ready for ever: wait until a client has left.
                _loop.Remove(_listener.Value);
            }

            return;
        }

        var socket = new FileDescriptor(fd);
        if (UnixSocket.PeerUid(fd) != (uint)geteuid() || (_clients.Count >= MaxClients && !MakeRoom()))
        {
            socket.Dispose();
            return;
        }

        _clients.Add(_welcome(socket));
    }

    /// <summary>
    /// Many clients that only wait do not keep others out: of those who never said hello, then of those who wait for the end, then of the
    /// readers, the one that was silent for longest goes.
    /// </summary>
    /// <remarks>
    /// Who waits for the end has the process to watch; a reader is told that its session could not be reached. Terminals, jobs and commands
    /// stay.
    /// </remarks>
    private bool MakeRoom()
    {
        ClientConnection? last = _clients.Where(c => Rank(c) < int.MaxValue).MinBy(c => (Rank(c), c.LastHeard));
        last?.Drop();
        return last is not null;

        static int Rank(ClientConnection client) => client.Role switch
        {
            null => 0,
            ClientRole.Control => 1,
            ClientRole.Read or ClientRole.ReadError => 2,
            _ => int.MaxValue,
        };
    }
}

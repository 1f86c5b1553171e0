using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>A conversation with the kernel's network configuration (netlink(7)), in the network namespace that it was opened in.</summary>
internal sealed unsafe class NetlinkSocket : IDisposable
{
    public const int NETLINK_ROUTE = 0;
    public const int NETLINK_NETFILTER = 12;

    private const int ReceiveSize = 64 * 1024;

    private readonly FileDescriptor _socket;
    private uint _sequence;

    /// <exception cref="NativeException">Such sockets are not allowed here.</exception>
    public NetlinkSocket(int protocol) =>
        _socket = new FileDescriptor(NativeException.Check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), "socket(AF_NETLINK)"));

    /// <summary>Asks for a change and waits until it is made.</summary>
    /// <exception cref="NativeException">It was refused.</exception>
    /// <param name="call">What it is, for messages.</param>
    /// <param name="request">The request.</param>
    public void Change(string call, NetlinkMessage request) => Change(call, [request]);

    /// <summary>Asks for several changes in one message, as nf_tables takes them: all or none.</summary>
    /// <exception cref="NativeException">They were refused.</exception>
    /// <param name="call">What they are, for messages.</param>
    /// <param name="requests">The requests, of which at least the last asks for an acknowledgement (or fails).</param>
    /// <param name="acknowledged">The index of that one; the last by default.</param>
    public void Change(string call, IReadOnlyList<NetlinkMessage> requests, Index? acknowledged = null)
    {
        uint first = _sequence + 1;
        _sequence += (uint)requests.Count;
        Send(call, [.. requests.SelectMany((r, i) => r.ToArray(first + (uint)i))]);
        uint last = first + (uint)(acknowledged ?? ^1).GetOffset(requests.Count);
        while (true)
        {
            foreach (NetlinkReply reply in Receive(call))
            {
                if (reply.Sequence >= first && reply.Error is int error)
                {
                    if (error != 0)
                    {
                        throw new NativeException(call, error);
                    }

                    if (reply.Sequence == last)
                    {
                        return;
                    }
                }
            }
        }
    }

    /// <summary>Asks for something and returns the answers.</summary>
    /// <exception cref="NativeException">It was refused.</exception>
    /// <param name="call">What it is, for messages.</param>
    /// <param name="request">The request: a dump, or one that asks for an acknowledgement.</param>
    public List<NetlinkReply> Query(string call, NetlinkMessage request)
    {
        Send(call, request.ToArray(++_sequence));
        var answers = new List<NetlinkReply>();
        while (true)
        {
            foreach (NetlinkReply reply in Receive(call).Where(r => r.Sequence == _sequence))
            {
                if (reply.Error is not int error)
                {
                    answers.Add(reply);
                }
                else
                {
                    return error == 0 ? answers : throw new NativeException(call, error);
                }
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private void Send(string call, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* p = bytes)
        {
            _ = NativeException.Check((int)send(_socket.Value, p, bytes.Length, 0), call);
        }
    }

    private List<NetlinkReply> Receive(string call)
    {
        var bytes = new byte[ReceiveSize];
        int count;
        fixed (byte* p = bytes)
        {
            do
            {
                count = (int)recv(_socket.Value, p, bytes.Length, 0);
            }
            while (count < 0 && errno == EINTR);
        }

        return [.. NetlinkReply.Split(bytes.AsMemory(0, NativeException.Check(count, call)))];
    }
}

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using NsModule.Native;
using static NsModule.Agent.Network.NetlinkMessage;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>The devices, addresses and routes of a network namespace (rtnetlink(7)), as far as sessions need them.</summary>
internal sealed class RouteNetlink : IDisposable
{
    private const ushort RTM_NEWLINK = 16;
    private const ushort RTM_DELLINK = 17;
    private const ushort RTM_GETLINK = 18;
    private const ushort RTM_NEWADDR = 20;
    private const ushort RTM_NEWROUTE = 24;
    private const ushort RTM_GETROUTE = 26;

    private const int IFLA_IFNAME = 3;
    private const int IFLA_LINKINFO = 18;
    private const int IFLA_NET_NS_FD = 28;
    private const int IFLA_INFO_KIND = 1;
    private const int IFLA_INFO_DATA = 2;
    private const int VETH_INFO_PEER = 1;
    private const uint IFF_UP = 1;
    private const int IFA_ADDRESS = 1;
    private const int IFA_LOCAL = 2;
    private const int RTA_DST = 1;
    private const int RTA_OIF = 4;
    private const int RTA_GATEWAY = 5;
    private const byte RT_TABLE_MAIN = 254;
    private const byte RTPROT_STATIC = 4;
    private const byte RTN_UNICAST = 1;

    private readonly NetlinkSocket _socket = new(NetlinkSocket.NETLINK_ROUTE);

    /// <summary>Makes a pair of devices, one here, one in the namespace that the descriptor is of.</summary>
    public void AddVeth(string name, string peer, int peerNamespace) =>
        _socket.Change($"RTM_NEWLINK(veth {name})", VethRequest(name, peer, peerNamespace));

    public void SetUp(int index) => _socket.Change("RTM_NEWLINK(up)", new NetlinkMessage(RTM_NEWLINK, NLM_F_ACK)
        .Fixed(new LinkHeader { ifi_index = index, ifi_flags = IFF_UP, ifi_change = IFF_UP }));

    public void Delete(int index) => _socket.Change("RTM_DELLINK", new NetlinkMessage(RTM_DELLINK, NLM_F_ACK)
        .Fixed(new LinkHeader { ifi_index = index }));

    /// <summary>The index of a device.</summary>
    public int IndexOf(string name)
    {
        NetlinkReply link = _socket.Query(
            $"RTM_GETLINK({name})",
            new NetlinkMessage(RTM_GETLINK, NLM_F_ACK).Fixed(default(LinkHeader)).Text(IFLA_IFNAME, name))[0];
        return MemoryMarshal.Read<LinkHeader>(link.Body.Span).ifi_index;
    }

    public void AddAddress(int index, uint address, int prefixLength) => _socket.Change(
        "RTM_NEWADDR",
        new NetlinkMessage(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)
            .Fixed(new AddressHeader { ifa_family = (byte)AF_INET, ifa_prefixlen = (byte)prefixLength, ifa_index = (uint)index })
            .BigEndian32(IFA_LOCAL, address)
            .BigEndian32(IFA_ADDRESS, address));

    public void AddDefaultRoute(int index, uint gateway) => _socket.Change(
        "RTM_NEWROUTE(default)",
        new NetlinkMessage(RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)
            .Fixed(new RouteHeader
            {
                rtm_family = (byte)AF_INET,
                rtm_table = RT_TABLE_MAIN,
                rtm_protocol = RTPROT_STATIC,
                rtm_type = RTN_UNICAST,
            })
            .BigEndian32(RTA_GATEWAY, gateway)
            .UInt32(RTA_OIF, (uint)index));

    /// <summary>Where all IPv4 routes but the default ones lead to, those to the host's own addresses included.</summary>
    public IEnumerable<AddressRange> Routes() => _socket
        .Query("RTM_GETROUTE", new NetlinkMessage(RTM_GETROUTE, NLM_F_DUMP).Fixed(new RouteHeader { rtm_family = (byte)AF_INET }))
        .Select(ReadRoute)
        .OfType<AddressRange>();

    public void Dispose() => _socket.Dispose();

    internal static NetlinkMessage VethRequest(string name, string peer, int peerNamespace) => new NetlinkMessage(
        RTM_NEWLINK,
        NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)
        .Fixed(default(LinkHeader))
        .Text(IFLA_IFNAME, name)
        .Nest(IFLA_LINKINFO, info => info
            .Text(IFLA_INFO_KIND, "veth")
            .Nest(IFLA_INFO_DATA, data => data
                .Nest(VETH_INFO_PEER, other => other
                    .Fixed(default(LinkHeader))
                    .Text(IFLA_IFNAME, peer)
                    .UInt32(IFLA_NET_NS_FD, (uint)peerNamespace))));

    internal static AddressRange? ReadRoute(NetlinkReply reply)
    {
        if (reply.Type != RTM_NEWROUTE || reply.Body.Length < Marshal.SizeOf<RouteHeader>())
        {
            return null;
        }

        RouteHeader route = MemoryMarshal.Read<RouteHeader>(reply.Body.Span);
        ReadOnlySpan<byte> destination = reply.Attribute(Marshal.SizeOf<RouteHeader>(), RTA_DST);
        return route.rtm_dst_len is > 0 and <= 32 && destination.Length == 4
            ? new AddressRange(BinaryPrimitives.ReadUInt32BigEndian(destination), route.rtm_dst_len)
            : null;
    }

    /// <summary>struct ifinfomsg.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LinkHeader
    {
        public byte ifi_family;
        public byte pad;
        public ushort ifi_type;
        public int ifi_index;
        public uint ifi_flags;
        public uint ifi_change;
    }

    /// <summary>struct ifaddrmsg.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct AddressHeader
    {
        public byte ifa_family;
        public byte ifa_prefixlen;
        public byte ifa_flags;
        public byte ifa_scope;
        public uint ifa_index;
    }

    /// <summary>struct rtmsg.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct RouteHeader
    {
        public byte rtm_family;
        public byte rtm_dst_len;
        public byte rtm_src_len;
        public byte rtm_tos;
        public byte rtm_table;
        public byte rtm_protocol;
        public byte rtm_scope;
        public byte rtm_type;
        public uint rtm_flags;
    }
}

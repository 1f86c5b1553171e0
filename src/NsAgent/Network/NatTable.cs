using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using static NsModule.Agent.Network.NetlinkMessage;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>
/// The nf_tables table of one session: what comes from its address goes out under the host's. Nothing else that it sends gets anywhere, to
/// the host itself neither, and no IPv6 at all, should somebody have switched that on for the device.
/// </summary>
/// <remarks>
/// The table belongs to the socket that made it (NFT_TABLE_F_OWNER, Linux 5.12): nobody else can change it, and the kernel
/// removes it with the socket, however the process that has it ends.
/// </remarks>
internal sealed class NatTable : IDisposable
{
    private const int NFNL_SUBSYS_NFTABLES = 10;
    private const int NFNL_MSG_BATCH_BEGIN = 16;
    private const int NFNL_MSG_BATCH_END = 17;
    private const int NFT_MSG_NEWTABLE = (NFNL_SUBSYS_NFTABLES << 8) | 0;
    private const int NFT_MSG_NEWCHAIN = (NFNL_SUBSYS_NFTABLES << 8) | 3;
    private const int NFT_MSG_NEWRULE = (NFNL_SUBSYS_NFTABLES << 8) | 6;

    private const int NFTA_TABLE_NAME = 1;
    private const int NFTA_TABLE_FLAGS = 2;
    private const uint NFT_TABLE_F_OWNER = 2;
    private const int NFTA_CHAIN_TABLE = 1;
    private const int NFTA_CHAIN_NAME = 3;
    private const int NFTA_CHAIN_HOOK = 4;
    private const int NFTA_CHAIN_TYPE = 7;
    private const int NFTA_HOOK_HOOKNUM = 1;
    private const int NFTA_HOOK_PRIORITY = 2;
    private const byte NFPROTO_INET = 1;
    private const byte NFPROTO_IPV4 = 2;
    private const uint NF_INET_PRE_ROUTING = 0;
    private const uint NF_INET_FORWARD = 2;
    private const uint NF_INET_POST_ROUTING = 4;
    private const int NF_IP_PRI_RAW = -300;
    private const int NF_IP_PRI_FILTER = 0;
    private const int NF_IP_PRI_NAT_SRC = 100;
    private const int NFTA_RULE_TABLE = 1;
    private const int NFTA_RULE_CHAIN = 2;
    private const int NFTA_RULE_EXPRESSIONS = 4;
    private const int NFTA_LIST_ELEM = 1;
    private const int NFTA_EXPR_NAME = 1;
    private const int NFTA_EXPR_DATA = 2;

    private const string PreRouting = "prerouting";
    private const string Forward = "forward";
    private const string PostRouting = "postrouting";

    private readonly NetlinkSocket _owner = new(NetlinkSocket.NETLINK_NETFILTER);

    /// <param name="name">The table's name.</param>
    /// <param name="device">The session's device on the host.</param>
    /// <param name="address">The session's address.</param>
    /// <exception cref="Native.NativeException">The kernel has no NAT, or it may not be changed.</exception>
    public NatTable(string name, string device, uint address)
    {
        try
        {
            // The acknowledgement that counts is that of the last rule; the end of the batch gives none.
            _owner.Change("nf_tables(NFT_MSG_NEWTABLE)", Requests(name, device, address), ^2);
        }
        catch
        {
            _owner.Dispose();
            throw;
        }
    }

    /// <summary>Removes the table.</summary>
    public void Dispose() => _owner.Dispose();

    internal static IReadOnlyList<NetlinkMessage> Requests(string name, string device, uint address) =>
    [
        new NetlinkMessage(NFNL_MSG_BATCH_BEGIN, 0).Fixed(new NetfilterHeader { res_id = BigEndian16(NFNL_SUBSYS_NFTABLES) }),
        Request(NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL).Text(NFTA_TABLE_NAME, name).BigEndian32(NFTA_TABLE_FLAGS, NFT_TABLE_F_OWNER),
        Chain(name, PreRouting, "filter", NF_INET_PRE_ROUTING, NF_IP_PRI_RAW),
        Chain(name, Forward, "filter", NF_INET_FORWARD, NF_IP_PRI_FILTER),
        Chain(name, PostRouting, "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC),

        // Root inside may give itself any address, and write any packet; only what comes from its own address gets to the host or past it.
        Rule(name, PreRouting, IncomingDevice, e => Equal(e, Name(device)), Protocol, e => Differ(e, [NFPROTO_IPV4]), Drop),
        Rule(name, PreRouting, IncomingDevice, e => Equal(e, Name(device)), SourceAddress, e => Differ(e, Bytes(address)), Drop),

        // A private network is private from the other sessions, too.
        Rule(name, Forward, IncomingDevice, e => Equal(e, Name(device)), OutgoingDevice, e => Equal(e, AnySession), Drop),

        // What the host passes on to it from other machines are answers; who wants in goes through a published port.
        Rule(
            name,
            Forward,
            OutgoingDevice,
            e => Equal(e, Name(device)),
            ConnectionState,
            KnownConnection,
            e => Equal(e, new byte[4]),
            Drop),
        Rule(name, PostRouting, Protocol, e => Equal(e, [NFPROTO_IPV4]), SourceAddress, e => Equal(e, Bytes(address)), Masquerade),
        new NetlinkMessage(NFNL_MSG_BATCH_END, 0).Fixed(new NetfilterHeader { res_id = BigEndian16(NFNL_SUBSYS_NFTABLES) }),
    ];

    private static NetlinkMessage Request(int type, int flags) => new NetlinkMessage(type, flags | NLM_F_ACK)
        .Fixed(new NetfilterHeader { nfgen_family = NFPROTO_INET });

    private static NetlinkMessage Chain(string table, string chain, string type, uint hook, int priority) =>
        Request(NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL)
            .Text(NFTA_CHAIN_TABLE, table)
            .Text(NFTA_CHAIN_NAME, chain)
            .Nest(NFTA_CHAIN_HOOK, h => h.BigEndian32(NFTA_HOOK_HOOKNUM, hook).BigEndian32(NFTA_HOOK_PRIORITY, unchecked((uint)priority)))
            .Text(NFTA_CHAIN_TYPE, type);

    private static NetlinkMessage Rule(
        string table,
        string chain,
        params Action<NetlinkMessage>[] expressions) => Request(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND)
        .Text(NFTA_RULE_TABLE, table)
        .Text(NFTA_RULE_CHAIN, chain)
        .Nest(NFTA_RULE_EXPRESSIONS, list =>
        {
            foreach (Action<NetlinkMessage> expression in expressions)
            {
                _ = list.Nest(NFTA_LIST_ELEM, expression);
            }
        });

    private static void Expression(NetlinkMessage message, string name, Action<NetlinkMessage> data) =>
        message.Text(NFTA_EXPR_NAME, name).Nest(NFTA_EXPR_DATA, data);

    // The expressions of linux/netfilter/nf_tables.h: each loads register 1 or looks at it.
    private static void IncomingDevice(NetlinkMessage message) => Meta(message, 6);

    private static void OutgoingDevice(NetlinkMessage message) => Meta(message, 7);

    /// <summary>IPv4 or IPv6 (NFT_META_NFPROTO).</summary>
    private static void Protocol(NetlinkMessage message) => Meta(message, 15);

    /// <summary>meta: NFTA_META_DREG, NFTA_META_KEY.</summary>
    private static void Meta(NetlinkMessage message, uint key) => Expression(message, "meta", d => d.BigEndian32(1, 1).BigEndian32(2, key));

    /// <summary>
    /// payload: NFTA_PAYLOAD_DREG, _BASE (the network header), _OFFSET, _LEN. Of IPv4, which is to be made sure of before.
    /// </summary>
    private static void SourceAddress(NetlinkMessage message) =>
        Expression(message, "payload", d => d.BigEndian32(1, 1).BigEndian32(2, 1).BigEndian32(3, 12).BigEndian32(4, 4));

    /// <summary>ct: NFTA_CT_DREG, NFTA_CT_KEY (the state).</summary>
    private static void ConnectionState(NetlinkMessage message) => Expression(message, "ct", d => d.BigEndian32(1, 1).BigEndian32(2, 0));

    /// <summary>
    /// bitwise: NFTA_BITWISE_SREG, _DREG, _LEN, _MASK (the bits for established and related, in the machine's order), _XOR.
    /// </summary>
    private static void KnownConnection(NetlinkMessage message) => Expression(message, "bitwise", d => d
        .BigEndian32(1, 1)
        .BigEndian32(2, 1)
        .BigEndian32(3, 4)
        .Nest(4, v => v.UInt32(1, 2 | 4))
        .Nest(5, v => v.UInt32(1, 0)));

    private static void Equal(NetlinkMessage message, byte[] value) => Compare(message, 0, value);

    private static void Differ(NetlinkMessage message, byte[] value) => Compare(message, 1, value);

    /// <summary>
    /// cmp: NFTA_CMP_SREG, NFTA_CMP_OP, NFTA_CMP_DATA with an NFTA_DATA_VALUE. One shorter than the register compares its beginning.
    /// </summary>
    private static void Compare(NetlinkMessage message, uint operation, byte[] value) =>
        Expression(message, "cmp", d => d.BigEndian32(1, 1).BigEndian32(2, operation).Nest(3, v => v.Attribute(1, value)));

    /// <summary>
    /// immediate: NFTA_IMMEDIATE_DREG (the verdict's), NFTA_IMMEDIATE_DATA with an NFTA_DATA_VERDICT whose NFTA_VERDICT_CODE is NF_DROP.
    /// </summary>
    private static void Drop(NetlinkMessage message) =>
        Expression(message, "immediate", d => d.BigEndian32(1, 0).Nest(2, v => v.Nest(2, c => c.BigEndian32(1, 0))));

    private static void Masquerade(NetlinkMessage message) => Expression(message, "masq", _ => { });

    /// <summary>The beginning of a device's name.</summary>
    private static byte[] AnySession => Encoding.ASCII.GetBytes(PrivateSubnet.NamePrefix);

    /// <summary>A device's name fills a whole IFNAMSIZ.</summary>
    private static byte[] Name(string device)
    {
        var name = new byte[16];
        _ = Encoding.ASCII.GetBytes(device, name);
        return name;
    }

    private static byte[] Bytes(uint address) => [(byte)(address >> 24), (byte)(address >> 16), (byte)(address >> 8), (byte)address];

    private static ushort BigEndian16(int value) => System.Buffers.Binary.BinaryPrimitives.ReverseEndianness((ushort)value);

    /// <summary>struct nfgenmsg.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct NetfilterHeader
    {
        public byte nfgen_family;
        public byte version;
        public ushort res_id;
    }
}

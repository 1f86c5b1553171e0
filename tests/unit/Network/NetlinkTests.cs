using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using NsModule.Agent.Network;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Network;

public sealed class NetlinkTests
{
    /// <summary>What iproute2 sends for the same request, but for its own order of flags.</summary>
    private const string Veth =
        """
        68000000 1000 0506 07000000 00000000
        00 00 0000 00000000 00000000 00000000
        0900 0300 6e736d3700 000000
        3c00 1280
          0900 0100 7665746800 000000
          2c00 0280
            2800 0180
              00 00 0000 00000000 00000000 00000000
              0900 0300 6574683000 000000
              0800 1c00 2a000000
        """;

    [Fact]
    public void A_pair_of_devices_is_asked_for_byte_by_byte() =>
        Assert.Equal(Bytes(Veth), RouteNetlink.VethRequest("nsm7", "eth0", 42).ToArray(7));

    [Fact]
    public void What_is_built_is_taken_apart_again() => Property.Holds(300, random =>
    {
        var values = Enumerable.Range(1, random.Next(1, 8)).ToDictionary(type => type, _ => RandomBytes(random, random.Next(0, 40)));
        var message = new NetlinkMessage(random.Next(1, 60000), 0).Fixed(12345678);
        foreach ((int type, byte[] value) in values)
        {
            _ = random.Next(2) == 0 ? message.Attribute(type, value) : message.Attribute(type | 0x8000, value);
        }

        byte[] one = message.ToArray(5);
        Assert.Equal(0, one.Length % 4);
        NetlinkReply[] replies = [.. NetlinkReply.Split((byte[])[.. one, .. one])];
        Assert.Equal(2, replies.Length);
        foreach (NetlinkReply reply in replies)
        {
            Assert.Equal(5u, reply.Sequence);
            foreach ((int type, byte[] value) in values)
            {
                Assert.Equal(value, reply.Attribute(4, type).ToArray());
            }

            Assert.Empty(reply.Attribute(4, 99).ToArray());
        }
    });

    [Fact]
    public void Lengths_that_lie_are_refused() => Property.Holds(2000, random =>
    {
        byte[] bytes = RandomBytes(random, random.Next(0, 80));
        if (bytes.Length >= 4 && random.Next(2) == 0)
        {
            BitConverter.TryWriteBytes(bytes, random.Next(0, bytes.Length + 2));
        }

        try
        {
            foreach (NetlinkReply reply in NetlinkReply.Split(bytes))
            {
                _ = reply.Error;
                _ = reply.Attribute(random.Next(20), 1).Length;
                _ = RouteNetlink.ReadRoute(reply with { Type = 24 });
            }
        }
        catch (InvalidDataException)
        {
        }
    });

    [Fact]
    public void An_error_is_told_from_an_acknowledgement()
    {
        Assert.Equal(17, Reply(2, BitConverter.GetBytes(-17)).Error);
        Assert.Equal(0, Reply(2, new byte[4]).Error);
        Assert.Equal(0, Reply(3, new byte[4]).Error);
        Assert.Null(Reply(24, new byte[4]).Error);
    }

    [Theory]
    [InlineData("02 10 00 00 fe 02 fd 01 00000000 0800 0100 0adb0000", "10.219.0.0/16")]
    [InlineData("02 20 00 00 ff 02 fe 02 00000000 0800 0100 7f000001", "127.0.0.1/32")]
    [InlineData("02 00 00 00 fe 04 00 01 00000000 0800 0500 c0000201", null)]
    public void A_route_says_where_it_leads(string body, string? range) =>
        Assert.Equal(range, RouteNetlink.ReadRoute(Reply(24, Bytes(body)))?.ToString());

    [Fact]
    public void The_table_of_a_session_is_one_batch_with_an_owner()
    {
        NetlinkReply[] requests =
        [
            .. NatTable.Requests("nsmodule-x", "nsm7", 0x0adb0002).SelectMany(m => NetlinkReply.Split(m.ToArray(1))),
        ];

        Assert.Equal([16, 0xa00, 0xa03, 0xa03, 0xa03, 0xa06, 0xa06, 0xa06, 0xa06, 0xa06, 17], requests.Select(r => (int)r.Type));
        Assert.Equal([0, 0, 0, 2], requests[1].Attribute(4, 2).ToArray());
        Assert.All(requests[1..^1], r => Assert.Contains("nsmodule-x\0", Encoding.ASCII.GetString(r.Body.Span), StringComparison.Ordinal));
        Assert.Contains("masq\0", Encoding.ASCII.GetString(requests[^2].Body.Span), StringComparison.Ordinal);
    }

    private static NetlinkReply Reply(ushort type, byte[] body) => new(type, 1, body);

    private static byte[] RandomBytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(string.Concat(hex.Where(char.IsAsciiHexDigit)));
}

using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Agent.Network;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Network;

public sealed class PrivateSubnetTests
{
    [Fact]
    public void The_first_one_is_the_first_of_the_first_range()
    {
        PrivateSubnet first = PrivateSubnet.Free([]).First();
        Assert.Equal(
            ("nsm0", "10.219.0.1", "10.219.0.2"),
            (first.DeviceName, AddressRange.Text(first.HostAddress), AddressRange.Text(first.SessionAddress)));
    }

    [Fact]
    public void No_two_have_an_address_in_common_and_all_are_in_their_ranges()
    {
        PrivateSubnet[] all = [.. PrivateSubnet.Free([])];
        Assert.Equal(all.Length, all.Select(s => s.HostAddress >> 2).Distinct().Count());
        Assert.Equal(all.Length, all.Select(s => s.DeviceName).Distinct().Count());
        Assert.All(all, s =>
        {
            Assert.Equal((1u, 2u), (s.HostAddress & 3, s.SessionAddress & 3));
            Assert.Equal(s.HostAddress >> 2, s.SessionAddress >> 2);
            Assert.Contains(PrivateSubnet.Ranges, r => r.Overlaps(new AddressRange(s.SessionAddress, 32)));
            Assert.True(s.DeviceName.Length < 16);
        });
    }

    [Fact]
    public void None_is_on_a_route_of_the_host() => Property.Holds(30, random =>
    {
        AddressRange[] routes = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => RandomRoute(random))];
        foreach (PrivateSubnet free in PrivateSubnet.Free(routes).Take(500))
        {
            Assert.DoesNotContain(
                routes,
                r => r.Overlaps(new AddressRange(free.HostAddress, 32)) || r.Overlaps(new AddressRange(free.SessionAddress, 32)));
        }
    });

    [Theory]
    [InlineData("10.219.0.0/16", "172.29.0.2")]
    [InlineData("10.0.0.0/8", "172.29.0.2")]
    [InlineData("10.219.0.0/30", "10.219.0.6")]
    [InlineData("10.219.0.3/32", "10.219.0.6")]
    [InlineData("192.168.219.0/24", "10.219.0.2")]
    public void A_route_moves_sessions_aside(string route, string session) =>
        Assert.Equal(session, AddressRange.Text(PrivateSubnet.Free([Range(route)]).First().SessionAddress));

    [Fact]
    public void Routes_over_all_of_it_leave_none() => Assert.Empty(PrivateSubnet.Free([Range("0.0.0.0/1"), Range("128.0.0.0/1")]));

    private static AddressRange RandomRoute(Random random)
    {
        AddressRange near = PrivateSubnet.Ranges[random.Next(PrivateSubnet.Ranges.Count)];
        int length = random.Next(near.PrefixLength - 2, 33);
        return new AddressRange(near.First + (uint)random.Next(1 << 16), length);
    }

    private static AddressRange Range(string text)
    {
        string[] parts = text.Split('/');
        uint address = parts[0]
            .Split('.')
            .Aggregate(0u, (a, p) => (a << 8) | byte.Parse(p, System.Globalization.CultureInfo.InvariantCulture));
        return new AddressRange(address, int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
    }
}

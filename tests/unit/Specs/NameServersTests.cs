using System.Collections.Generic;
using NsModule.Specs;
using Xunit;

namespace NsModule.UnitTests.Specs;

public sealed class NameServersTests
{
    private readonly Dictionary<string, string> _files = new()
    {
        ["/etc/resolv.conf"] = "# written by hand\nsearch example.org\nnameserver 192.0.2.1\noptions edns0\n",
    };

    [Theory]
    [InlineData(NsNetworkMode.Host, true)]
    [InlineData(NsNetworkMode.Host, false)]
    [InlineData(NsNetworkMode.None, true)]
    [InlineData(NsNetworkMode.Private, true)]
    public void The_hosts_own_file_does_where_its_servers_can_be_reached(NsNetworkMode mode, bool root) => Assert.Null(For(mode, root));

    [Fact]
    public void An_ordinary_users_helper_offers_the_hosts_resolver() =>
        Assert.Equal("nameserver 10.0.2.3\nsearch example.org\noptions edns0\n", For(NsNetworkMode.Private, root: false));

    [Fact]
    public void A_server_on_the_hosts_loopback_is_left_out()
    {
        _files["/etc/resolv.conf"] = "nameserver 127.0.0.1\nnameserver ::1\nnameserver 192.0.2.1\n";
        Assert.Equal("nameserver 192.0.2.1\n", For(NsNetworkMode.Private, root: true));
    }

    [Fact]
    public void In_place_of_systemds_resolver_come_the_servers_behind_it()
    {
        _files["/etc/resolv.conf"] = "nameserver 127.0.0.53\noptions trust-ad\n";
        _files["/run/systemd/resolve/resolv.conf"] = "# by systemd\nnameserver 192.0.2.7\nnameserver fd00::7\n";
        Assert.Equal("nameserver 192.0.2.7\nnameserver fd00::7\noptions trust-ad\n", For(NsNetworkMode.Private, root: true));
    }

    [Fact]
    public void Without_any_server_that_can_be_reached_there_is_none()
    {
        _files["/etc/resolv.conf"] = "nameserver 127.0.0.53\n";
        Assert.Equal("", For(NsNetworkMode.Private, root: true));
    }

    private string? For(NsNetworkMode mode, bool root) => NameServers.For(mode, root, path => _files.GetValueOrDefault(path));
}

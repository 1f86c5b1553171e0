using System;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Security;

/// <summary>A session sends under addresses that are not its own.</summary>
public sealed class ForgedSourceTests
{
    /// <summary>A service that answers each datagram with all that it has heard so far.</summary>
    private const string Service = "perl -MSocket=:all -e \"socket(S, 10, 2, 0); setsockopt(S, 41, 26, 0);"
        + " bind(S, pack_sockaddr_in6(9000, IN6ADDR_ANY)) or die; while (\\$from = recv(S, \\$text, 1500, 0)) { \\$all .= \\$text;"
        + " send(S, \\$all, 0, \\$from) }\"";

    /// <summary>
    /// The host passes IPv6 on, filters no source addresses, and one of its programs has switched IPv6 on for the session's device.
    /// </summary>
    [Fact]
    public void Nothing_under_another_address_gets_to_the_host_or_past_it()
    {
        NetworkWorld.Require(Person.Root);
        const string Before = "ip addr add 2001:db8:1::1/64 dev up0 nodad && ip -n outside addr add 2001:db8:1::2/64 dev out0 nodad && ip"
            + " -n outside route add default via 198.51.100.1 && ip -n outside -6 route add default via 2001:db8:1::1"
            + " && sysctl -qw net.ipv6.conf.all.forwarding=1 && { " + Service + " & ip netns exec outside " + Service + " & }"
            + " && until grep -q :2328 /proc/net/udp6 && ip netns exec outside grep -q :2328 /proc/net/udp6; do :; done";
        const string Line = ForgedPackets.Define + """
            $forge = $packets + @'
            use Socket;
            sub ask {
                my $to = shift;
                socket(my $u, 2, 2, 0);
                send($u, "honest ", 0, pack_sockaddr_in(9000, inet_aton($to))) or die "ask: $!";
                recv($u, my $answer, 1500, 0);
                $answer
            }
            ask($_) for "10.219.0.1", "198.51.100.2";
            my ($host) = map { /^10\.219\.0\.1 .* ((..:){5}..) / ? $1 =~ tr/://dr : () } do { open my $f, "<", "/proc/net/arp"; <$f> };
            $host = pack("H12", $host);
            my ($from4, $from6) = (inet_aton("192.0.2.66"), pack("n3 x8 n", 0x2001, 0xdb8, 0xbad, 0x66));
            for my $to ("10.219.0.1", "198.51.100.2") { frame($host, 0x0800, ip4($from4, inet_aton($to), udp(9000, "forged4 "))) }
            for my $to (1, 2) { frame($host, 0x86dd, ip6($from6, pack("n3 x8 n", 0x2001, 0xdb8, 1, $to), 17, 6, udp(9000, "forged6 "))) }
            print "host: ", ask("10.219.0.1"), "outside: ", ask("198.51.100.2");
            '@
            $s = Start-NsProcess -Name NAME -Network Private -RootPath / sleep 1000
            sysctl -qw net.ipv6.conf.nsm0.disable_ipv6=0
            $j = Start-NsProcess -Join $s -Wait -- perl -e $forge
            "[heard $($j | Receive-NsOutput)]"
            Remove-NsProcess $j
            Stop-NsProcess $s -Confirm:$false
            """;
        using PwshTerminal pwsh = NetworkWorld.Run(Person.Root, Line, before: Before);

        Assert.Equal("host: honest honest outside: honest honest ", Value(pwsh, "heard"));
        Assert.Equal("", Value(pwsh, "traces"));
    }

    private static string Value(PwshTerminal pwsh, string name)
    {
        _ = pwsh.Terminal.Expect($"[{name} ");
        return pwsh.Terminal.Expect("]\r\n").Replace("\r\n", "|", StringComparison.Ordinal);
    }
}

using System;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Security;

/// <summary>A session says that it is an IPv6 router (the pattern of CVE-2020-10749).</summary>
public sealed class RouterAdvertisementTests
{
    [Fact]
    public void The_host_takes_no_route_and_no_address_from_a_session()
    {
        NetworkWorld.Require(Person.Root);
        const string Line = ForgedPackets.Define + """
            $advertise = $packets + @'
            my $prefix = pack("C C C C N N N n n n a10", 3, 4, 64, 0xc0, 86400, 86400, 0, 0x2001, 0xdb8, 0xbad, "");
            my $advertisement = pack("C C n C C n N N", 134, 0, 0, 64, 0, 1800, 0, 0) . $prefix;
            my ($router, $all) = (pack("n x12 n", 0xfe80, 0xbad), pack("n x12 n", 0xff02, 1));
            frame(pack("H12", "333300000001"), 0x86dd, ip6($router, $all, 58, 2, $advertisement));
            print "sent";
            '@
            $s = Start-NsProcess -Name NAME -Network Private -RootPath / sleep 1000
            $j = Start-NsProcess -Join $s -Wait -- perl -e $advertise
            "[session $($j | Receive-NsOutput)]"
            "[routes $((ip -6 route show table all) -match 'nsm') $((ip -6 route show default))]"
            "[addresses $(ip -6 -o addr show dev nsm0)]"
            Remove-NsProcess $j
            Stop-NsProcess $s -Confirm:$false
            """;
        using PwshTerminal pwsh = NetworkWorld.Run(Person.Root, Line);

        Assert.Equal("sent", Value(pwsh, "session"));
        Assert.Equal(" ", Value(pwsh, "routes"));
        Assert.Equal("", Value(pwsh, "addresses"));
        Assert.Equal("", Value(pwsh, "traces"));
    }

    private static string Value(PwshTerminal pwsh, string name)
    {
        _ = pwsh.Terminal.Expect($"[{name} ");
        return pwsh.Terminal.Expect("]\r\n").Replace("\r\n", "|", StringComparison.Ordinal);
    }
}

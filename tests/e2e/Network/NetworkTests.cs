using System;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Network;

/// <summary>Sessions' networks: what they reach, what reaches them, and that nothing of them stays.</summary>
public sealed class NetworkTests
{
    /// <summary>A command that has been outside, and then serves port 80.</summary>
    private const string Server = "bash -c '" + GoOutside + "; busybox nc -ll -p 80 -e echo served & until grep -q \":0050 .* 0A\""
        + " /proc/net/tcp*; do :; done; echo listening; wait'";

    /// <summary>
    /// A round trip to the outside. The client hangs up first: pasta of 2023 repeats for ever the last words of a server that does.
    /// </summary>
    private const string GoOutside = "exec 3<>/dev/tcp/198.51.100.2/7000 && echo outside >&3 && head -n 1 <&3; exec 3>&-";

    private const string Functions =
        """
        function Read-Port([string] $address, [int] $port) {
            $client = [Net.Sockets.TcpClient]::new($address, $port)
            try { [IO.StreamReader]::new($client.GetStream()).ReadToEnd().Trim() } finally { $client.Dispose() }
        }

        """;

    private const string StartServer = Functions + "$s = Start-NsProcess -Name NAME -Network Private"
        + " -PublishPort 8080:80 -- " + Server + "\n[void](Wait-NsOutput $s listening -TimeoutSec 60)\n";

    [Theory, ForEachPerson]
    public void Loopback_is_up_in_both_protocols_and_there_is_nothing_else(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person, "-Network None");

        Assert.Equal(("", 1), pwsh.Do("grep -E 'eth0|tap0|nsm0' /proc/net/dev"));
        foreach (string address in (string[])["127.0.0.1", "::1"])
        {
            Assert.Equal(
                ("here\n", 0),
                pwsh.Do("sh -c 'busybox nc -l -p 99 -e echo here & until grep -q \":0063 .* 0A\" /proc/net/tcp*; do :; done;"
                    + $" busybox nc {address} 99 < /dev/null; wait'"));
        }
    }

    [Theory]
    [ForEachPerson("")]
    [ForEachPerson("pasta")]
    public void A_private_network_reaches_the_world_and_its_published_ports_are_reached(Person person, string hidden)
    {
        NetworkWorld.Require(person, hidden);
        const string Line = StartServer + "$j = Start-NsProcess -Join $s -Wait -- bash -c '" + GoOutside + "'\n" + """
            "[inside $((Receive-NsOutput $s -PlainText -Raw) -match 'outside')]"
            "[session $($s.Network) $($s.IPAddress) $($s.PublishedPorts)]"
            "[port $(Read-Port 127.0.0.1 8080)]"
            "[joined $($j.Network) $($j.IPAddress) $(Receive-NsOutput $j)]"
            $s | Stop-NsProcess -PassThru -Confirm:$false | Remove-NsProcess
            Remove-NsProcess $j
            """;
        using PwshTerminal pwsh = NetworkWorld.Run(person, Line, hidden);

        string address = person == Person.Root ? "10.219.0.2" : "10.0.2.100";
        Assert.Equal("True", Value(pwsh, "inside"));
        Assert.Equal($"Private {address} 8080:80/tcp", Value(pwsh, "session"));
        Assert.Equal("served", Value(pwsh, "port"));
        Assert.Equal($"Private {address} outside", Value(pwsh, "joined"));
        Assert.Equal("", Value(pwsh, "traces"));
        Assert.Equal(person == Person.Root ? "1" : "0", Value(pwsh, "forwarding"));
    }

    [Theory]
    [ForEachPerson("file")]
    [ForEachPerson("link")]
    public void Without_a_root_of_its_own_a_session_finds_name_servers_that_it_can_reach(Person person, string kind)
    {
        NetworkWorld.Require(person);
        using PwshTerminal pwsh = NetworkWorld.Run(person, """
            "[inside $((Invoke-NsCommand -Network Private cat /etc/resolv.conf) -join ';')]"
            "[host $([IO.File]::ReadAllText('/etc/resolv.conf').Trim())]"
            "[none $((Invoke-NsCommand -Network None cat /etc/resolv.conf) -join ';')]"
            """, before: kind == "file"
                ? "echo nameserver 127.0.0.53 >stub && mkdir -p /run/systemd/resolve && echo nameserver 192.0.2.7"
                    + " >/run/systemd/resolve/resolv.conf && mount --bind stub /etc/resolv.conf"
                : "mkdir -p /run/systemd/resolve && echo nameserver 192.0.2.7 >/run/systemd/resolve/resolv.conf && echo nameserver"
                    + " 127.0.0.53 >/run/systemd/resolve/stub-resolv.conf && mkdir etc && cp -a /etc/."
                    + " etc && rm -f etc/resolv.conf && ln -s ../run/systemd/resolve/stub-resolv.conf etc/resolv.conf && mount"
                    + " --bind etc /etc");

        Assert.Equal(person == Person.Root ? "nameserver 192.0.2.7" : "nameserver 10.0.2.3", Value(pwsh, "inside"));
        Assert.Equal("nameserver 127.0.0.53", Value(pwsh, "host"));
        Assert.Equal("nameserver 127.0.0.53", Value(pwsh, "none"));
    }

    [Theory]
    [ForEachPerson("SupervisorProcessId", "")]
    [ForEachPerson("InitProcessId", "")]
    [ForEachPerson("ProcessId", "")]
    [ForEachPerson("SupervisorProcessId", "pasta")]
    public void Whatever_is_killed_nothing_of_the_network_stays(Person person, string victim, string hidden)
    {
        NetworkWorld.Require(person, hidden);
        using PwshTerminal pwsh = NetworkWorld.Run(
            person,
            StartServer + $"\"[port $(Read-Port 127.0.0.1 8080)]\"; kill -9 $s.{victim}",
            hidden);

        Assert.Equal("served", Value(pwsh, "port"));
        Assert.Equal("", Value(pwsh, "traces"));
    }

    [Theory, ForEachPerson]
    public void Datagrams_reach_a_published_port_and_their_answers_come_back(Person person)
    {
        NetworkWorld.Require(person);
        const string Line = """
            $s = Start-NsProcess -Name NAME -Network Private -PublishPort 198.51.100.1:8080:53/udp -- perl '-MIO::Socket::INET' -e '
                $| = 1; $s = IO::Socket::INET->new(LocalPort => 53, Proto => "udp"); print "listening\n";
                while ($from = recv($s, $data, 1500, 0)) { send($s, $data, 0, $from) }'
            [void](Wait-NsOutput $s listening -TimeoutSec 60)
            $client = [Net.Sockets.UdpClient]::new()
            $client.Client.ReceiveTimeout = 60000
            $client.Connect('198.51.100.1', 8080)
            [void]$client.Send([byte[]](1, 2, 3), 3)
            $from = $null
            "[answer $($client.Receive([ref] $from))]"
            Stop-NsProcess $s -Confirm:$false
            """;
        using PwshTerminal pwsh = NetworkWorld.Run(person, Line);

        Assert.Equal("1 2 3", Value(pwsh, "answer"));
        Assert.Equal("", Value(pwsh, "traces"));
    }

    [Theory]
    [ForEachPerson("")]
    [ForEachPerson("pasta")]
    public void A_port_in_use_fails_the_launch_before_anything_runs(Person person, string hidden)
    {
        NetworkWorld.Require(person, hidden);
        const string Line = """
            $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 8080)
            $listener.Start()
            try {
                Start-NsProcess -Name NAME -Network Private -PublishPort 8081:80, 8080:80 -- touch ran
            } catch { "[error $($_.FullyQualifiedErrorId)]" }
            "[ran $([IO.File]::Exists('ran')) $(@(Get-NsProcess NAME*).Count)]"
            $listener.Stop()
            """;
        using PwshTerminal pwsh = NetworkWorld.Run(person, Line, hidden);

        Assert.Equal("PublishedPortInUse,NsModule.Commands.StartNsProcessCommand", Value(pwsh, "error"));
        Assert.Equal("False 0", Value(pwsh, "ran"));
        Assert.Equal("", Value(pwsh, "traces"));
    }

    [Fact]
    public void Sessions_reach_no_other_and_nothing_under_another_address_and_are_reached_by_published_ports_only()
    {
        NetworkWorld.Require(Person.Root);
        const string Line = StartServer + """
            $other = Start-NsProcess -Network Private -Wait -- sh -c '
                timeout 1 bash -c "exec 3<>/dev/tcp/10.219.0.2/80 && echo reached"
                echo -
                busybox nc 10.219.0.5 8080 < /dev/null'
            "[other $((Receive-NsOutput $other) -join ' ')]"
            $spoof = Start-NsProcess -Network Private -Wait -- sh -c '
                ip addr flush dev eth0
                ip addr add 10.219.0.77/24 dev eth0
                ip route add default via 10.219.0.5 onlink dev eth0
                timeout 1 bash -c "exec 3<>/dev/tcp/198.51.100.2/7000 && echo outside"'
            "[spoof $((Receive-NsOutput $spoof) -join ' ')]"
            "[from outside $(Read-Outside 10.219.0.2 80) $(Read-Outside 198.51.100.1 8080)]"
            $other, $spoof | Remove-NsProcess
            Stop-NsProcess $s -Confirm:$false
            """;
        const string FromOutside = """
            ip netns exec outside ip route add 10.219.0.0/16 via 198.51.100.1
            function Read-Outside($address, $port) {
                ip netns exec outside timeout 1 bash -c "exec 3<>/dev/tcp/$address/$port && head -n 1 <&3"
            }

            """;
        using PwshTerminal pwsh = NetworkWorld.Run(Person.Root, FromOutside + Line);

        // Through the port that is published on the host, as from anywhere else.
        Assert.Equal("- served", Value(pwsh, "other"));
        Assert.Equal("", Value(pwsh, "spoof"));
        Assert.Equal(" served", Value(pwsh, "from outside"));
        Assert.Equal("", Value(pwsh, "traces"));
    }

    [Fact]
    public void A_helper_that_dies_takes_the_network_and_not_the_session()
    {
        NetworkWorld.Require(Person.OrdinaryUser);
        const string Line = StartServer + """
            kill -9 (pgrep 'passt|pasta')
            $deadline = [DateTime]::UtcNow.AddSeconds(60)
            while ($s.IPAddress -and [DateTime]::UtcNow -lt $deadline) { }
            "[session $($s.State) <$($s.IPAddress)> <$($s.PublishedPorts)>]"
            "[end $(($s | Stop-NsProcess -PassThru -Confirm:$false).State)]"
            """;
        using PwshTerminal pwsh = NetworkWorld.Run(Person.OrdinaryUser, Line);

        Assert.Equal("Running <> <>", Value(pwsh, "session"));
        Assert.Equal("Exited", Value(pwsh, "end"));
        Assert.Equal("", Value(pwsh, "traces"));
    }

    [Fact]
    public void Without_a_helper_an_ordinary_user_is_told_what_to_install()
    {
        NetworkWorld.Require(Person.Root);
        using PwshTerminal pwsh = NetworkWorld.Run(
            Person.OrdinaryUser,
            "try { Start-NsProcess -Name NAME -Network Private true } catch { \"[error $($_.FullyQualifiedErrorId)]\";"
                + " \"[message $($_.Exception.Message -match 'passt and slirp4netns')]\" }",
            "pasta slirp4netns");

        Assert.Equal("NetworkHelperNotFound,NsModule.Commands.StartNsProcessCommand", Value(pwsh, "error"));
        Assert.Equal("True", Value(pwsh, "message"));
        Assert.Equal("", Value(pwsh, "traces"));
    }

    /// <summary>The other side of the tests that need veth devices: where there are none, the product says so.</summary>
    [Fact]
    public void Where_the_kernel_has_no_veth_devices_root_is_told_so()
    {
        Assert.SkipUnless(geteuid() == 0, "Only root makes them.");
        using PwshTerminal pwsh = PwshTerminal.RunUnder(
            Person.Root,
            ["unshare", "--net"],
            "try { $s = Start-NsProcess -Name NAME -Network Private sleep 100; \"[private $($s.IPAddress)]\";"
                + " Stop-NsProcess $s -Confirm:$false } catch { \"[private $($_.FullyQualifiedErrorId)]\" }");

        Assert.Contains(Value(pwsh, "private"), NetworkWorld.HasVeth
            ? ["10.219.0.2"]
            : (string[])[
                "NetworkNotSupported,NsModule.Commands.StartNsProcessCommand",
                "NetworkNotPermitted,NsModule.Commands.StartNsProcessCommand",
            ]);
    }

    private static string Value(PwshTerminal pwsh, string name)
    {
        _ = pwsh.Terminal.Expect($"[{name} ");
        return pwsh.Terminal.Expect("]\r\n").Replace("\r\n", "|", StringComparison.Ordinal);
    }
}

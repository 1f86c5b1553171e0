using System;
using System.Linq;
using System.Text;
using NsModule.Agent.Network;
using NsModule.Agent.Processes;
using NsModule.Protocol;
using Xunit;

namespace NsModule.UnitTests.Network;

public sealed class UserModeHelperTests
{
    private static readonly NsPublishedPort[] s_ports =
    [
        NsPublishedPort.Parse("8080:80"),
        NsPublishedPort.Parse("[::1]:8443:443"),
        NsPublishedPort.Parse("127.0.0.1:5353:53/udp"),
    ];

    [Fact]
    public void Pasta_is_preferred()
    {
        Assert.Equal(new UserModeHelper("/usr/bin/pasta", true), UserModeHelper.Find(p => "/usr/bin/" + p));
        Assert.Equal(
            new UserModeHelper("/usr/bin/slirp4netns", false),
            UserModeHelper.Find(p => p == "slirp4netns" ? "/usr/bin/" + p : null));
    }

    [Fact]
    public void Without_either_the_launch_fails_with_a_step_of_its_own()
    {
        LaunchException error = Assert.Throws<LaunchException>(() => UserModeHelper.Find(_ => null));
        Assert.Equal((LaunchStep.NetworkHelper, Tmds.Linux.LibC.ENOENT), (error.Failure.Step, error.Failure.Errno));
    }

    [Fact]
    public void Pasta_opens_the_published_ports_and_no_other_way_in_either_direction()
    {
        string line = string.Join(' ', new UserModeHelper("/usr/bin/pasta", true).Arguments(7, s_ports, "/s"));
        Assert.Contains(
            "--tcp-ports 8080:80 --tcp-ports ::1/8443:443 --udp-ports 127.0.0.1/5353:53 --tcp-ns none --udp-ns none 7",
            line,
            StringComparison.Ordinal);
        Assert.Contains("--no-map-gw", line, StringComparison.Ordinal);
        Assert.Contains(
            "--tcp-ports none --udp-ports none",
            string.Join(' ', new UserModeHelper("/usr/bin/pasta", true).Arguments(7, [], "/s")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Slirp4netns_has_a_socket_only_for_ports_and_no_way_to_the_hosts_loopback()
    {
        var slirp = new UserModeHelper("/usr/bin/slirp4netns", false);
        Assert.DoesNotContain("--api-socket", slirp.Arguments(7, [], "/s"));
        string[] arguments = [.. slirp.Arguments(7, s_ports, "/s")];
        Assert.Equal("/s", arguments[Array.IndexOf(arguments, "--api-socket") + 1]);
        Assert.Contains("--disable-host-loopback", arguments);
        Assert.Equal(["7", "tap0"], arguments.TakeLast(2));
    }

    [Fact]
    public void Slirp4netns_is_asked_in_json_and_understood()
    {
        Assert.Equal(
            """{"execute":"add_hostfwd","arguments":{"proto":"udp","host_addr":"127.0.0.1","host_port":5353,"guest_port":53}}""",
            Encoding.UTF8.GetString(SlirpPort.Request(s_ports[2])));
        Assert.True(SlirpPort.IsAccepted("""{ "return": {"id": 1}}"""));
        Assert.False(SlirpPort.IsAccepted("""{"error": {"desc": "bad request: add_hostfwd: slirp_add_hostfwd failed"}}"""));
        Assert.False(SlirpPort.IsAccepted(""));
        Assert.False(SlirpPort.IsAccepted("[]"));
    }
}

using NsModule.Specs;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Specs;

public sealed class NetworkSpecTests
{
    private const NsNamespaceKind Standard = NsNamespaceKind.Pid | NsNamespaceKind.Mount | NsNamespaceKind.Uts | NsNamespaceKind.Ipc;

    [Theory]
    [InlineData(null, Standard, NsNetworkMode.Host, Standard)]
    [InlineData(null, NsNamespaceKind.Net, NsNetworkMode.None, NsNamespaceKind.Net)]
    [InlineData(NsNetworkMode.Host, Standard, NsNetworkMode.Host, Standard)]
    [InlineData(NsNetworkMode.None, Standard, NsNetworkMode.None, Standard | NsNamespaceKind.Net)]
    [InlineData(NsNetworkMode.None, NsNamespaceKind.Net, NsNetworkMode.None, NsNamespaceKind.Net)]
    [InlineData(NsNetworkMode.Private, Standard, NsNetworkMode.Private, Standard | NsNamespaceKind.Net)]
    public void Network_and_namespace_go_together(
        NsNetworkMode? asked,
        NsNamespaceKind namespaces,
        NsNetworkMode mode,
        NsNamespaceKind made)
    {
        LaunchSpec spec = Options(asked, namespaces).ToSpec(0, 0);
        Assert.Equal((mode, made), (spec.Network.Mode, spec.Namespaces));
        spec.Network.Validate();
    }

    [Fact]
    public void The_hosts_network_in_a_namespace_of_its_own_is_a_contradiction() =>
        Errors.Thrown(NsErrorId.NetworkConflict, NsErrorKind.Argument, () => Options(NsNetworkMode.Host, NsNamespaceKind.Net).ToSpec(0, 0));

    [Theory]
    [InlineData(NsNetworkMode.Host)]
    [InlineData(NsNetworkMode.None)]
    public void Ports_are_published_from_a_private_network_only(NsNetworkMode mode) =>
        Errors.Thrown(
            NsErrorId.NetworkRequired,
            NsErrorKind.Argument,
            () => new NetworkSpec { Mode = mode, Ports = [NsPublishedPort.Parse("1:1")] }.Validate());

    [Fact]
    public void Two_ports_that_collide_are_refused() =>
        Errors.Thrown(NsErrorId.PublishedPortConflict, NsErrorKind.Argument, () =>
            new NetworkSpec
            {
                Mode = NsNetworkMode.Private,
                Ports = [NsPublishedPort.Parse("1:1"), NsPublishedPort.Parse("2:1"), NsPublishedPort.Parse("127.0.0.1:1:2")],
            }.Validate());

    [Fact]
    public void A_mode_that_there_is_not_is_refused() =>
        Errors.Thrown(NsErrorId.NetworkConflict, NsErrorKind.Argument, () => new NetworkSpec { Mode = (NsNetworkMode)7 }.Validate());

    private static LaunchOptions Options(NsNetworkMode? network, NsNamespaceKind namespaces) =>
        new() { WorkingDirectory = "/", Network = network, Namespaces = namespaces };
}

using System.IO;
using System.Management.Automation;
using NsModule.Native;

namespace NsModule.Cmdlets;

/// <content>The session's network.</content>
public abstract partial class LaunchCmdlet
{
    /// <summary>
    /// What the command has of the network: the host's (Host), nothing but loopback (None), or an address of its own, from where the world
    /// is reached through the host (Private). None with -Namespace Net, otherwise Host by default.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public NsNetworkMode Network { get; set; }

    /// <summary>
    /// Ports of the host that lead to the session's: <c>8080:80</c>, <c>127.0.0.1:8080:80</c>, <c>5353:53/udp</c>, or a hashtable
    /// <c>@{ 8080 = 80 }</c>. Goes with -Network Private.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ValidateNotNull]
    public object[]? PublishPort { get; set; }

    /// <summary>What a private network does to the host, for ShouldProcess.</summary>
    private string NetworkAction => Network != NsNetworkMode.Private ? ""
        : ChangesForwarding ? ", with a private network, for which the host begins to pass packets on (net.ipv4.ip_forward = 1)"
        : ", with a private network";

    private static bool ChangesForwarding
    {
        get
        {
            const string Switch = "/proc/sys/net/ipv4/ip_forward";
            return ProcessPrivilege.IsAdministrator && File.Exists(Switch) && File.ReadAllText(Switch).Trim() == "0";
        }
    }
}

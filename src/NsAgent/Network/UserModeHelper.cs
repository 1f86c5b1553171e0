using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>A program that carries an ordinary user's private network: pasta (of passt), or else slirp4netns.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="IsPasta">Which one it is.</param>
internal sealed record UserModeHelper(string Path, bool IsPasta)
{
    /// <summary>The session's address, the same with both.</summary>
    public const string Address = "10.0.2.100";

    /// <summary>The session's device.</summary>
    private const string Device = "tap0";
    private const string Mtu = "65520";

    /// <summary>The first of both that is installed.</summary>
    /// <exception cref="LaunchException">There is neither.</exception>
    public static UserModeHelper Find() => Find(SystemProgram.Find);

    /// <summary>The same with another way to find a program's path.</summary>
    public static UserModeHelper Find(Func<string, string?> find) =>
        find("pasta") is string pasta ? new UserModeHelper(pasta, true)
        : find("slirp4netns") is string slirp ? new UserModeHelper(slirp, false)
        : throw new LaunchException(LaunchStep.NetworkHelper, ENOENT, "pasta, slirp4netns");

    /// <summary>
    /// Its arguments after argv[0]. It says on standard output (pasta), or on descriptor 3 (slirp4netns), that the network is there.
    /// </summary>
    /// <param name="pid">A process in the network and user namespace.</param>
    /// <param name="ports">The published ports; slirp4netns is told of them afterwards.</param>
    /// <param name="socket">Where slirp4netns is to be told.</param>
    /// <remarks>Both offer, by default, a way to what listens on the host's loopback. A private network has none.</remarks>
    public IReadOnlyList<string> Arguments(int pid, IReadOnlyList<NsPublishedPort> ports, string socket)
    {
        string process = pid.ToString(CultureInfo.InvariantCulture);
        return IsPasta
            ?
            [
                .. AsCaller(), "--foreground", "--quiet", "--config-net", "--ns-ifname", Device, "--mtu", Mtu,
                "--address", Address, "--netmask", "24", "--gateway", "10.0.2.2", "--dns-forward", NameServers.UserMode,
                "--no-map-gw", "--pid", "/dev/stdout",
                .. Forwards("--tcp-ports", ports, NsPortProtocol.Tcp), .. Forwards("--udp-ports", ports, NsPortProtocol.Udp),
                "--tcp-ns", "none", "--udp-ns", "none", process,
            ]
            :
            [
                "--configure", "--mtu", Mtu, "--disable-host-loopback", "--enable-sandbox", "--enable-seccomp",
                "--ready-fd", "3", .. ports.Count > 0 ? (string[])["--api-socket", socket] : [], process, Device,
            ];
    }

    /// <summary>Started by root, pasta becomes nobody, who may not enter what root without CAP_SYS_ADMIN has made.</summary>
    private static string[] AsCaller() => geteuid() == 0 ? ["--runas", "0:0"] : [];

    private static IEnumerable<string> Forwards(string option, IReadOnlyList<NsPublishedPort> ports, NsPortProtocol protocol)
    {
        string[] forwards = [.. ports.Where(p => p.Protocol == protocol).Select(Forward).DefaultIfEmpty("none")];
        return forwards.SelectMany(f => (string[])[option, f]);
    }

    private static string Forward(NsPublishedPort port) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(port.HostAddress.Length > 0 ? port.HostAddress + "/" : "")}{port.HostPort}:{port.Port}");
}

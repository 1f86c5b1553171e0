using System;
using System.Diagnostics;
using System.Linq;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Harness;

/// <summary>
/// A host of the test's own, with a network that leads to another one, "outside", where 198.51.100.2 port 7000 echoes what it is told.
/// </summary>
internal static class NetworkWorld
{
    /// <summary>What is left of private networks is shown at the end, once there has been time for it to go.</summary>
    private const string Script =
        """
        mount --make-rprivate / && mount -t tmpfs -o mode=0755 tmpfs /run && mount -t tmpfs tmpfs /dev/net &&
        mknod -m 666 /dev/net/tun c 10 200 && sysctl -eqw SETTINGS && ip link set lo up &&
        ip netns add outside && ip link add up0 type veth peer name out0 netns outside &&
        ip addr add 198.51.100.1/24 dev up0 && ip link set up0 up && ip -n outside link set lo up &&
        ip -n outside addr add 198.51.100.2/24 dev out0 && ip -n outside link set out0 up &&
        ip route add default via 198.51.100.2 || exit 99
        ip netns exec outside sh -c 'busybox nc -ll -p 7000 -e cat & until grep -q ":1B58 .* 0A" /proc/net/tcp*; do :; done'
        BEFORE || exit 98
        touch empty
        for program in HIDDEN; do
            for directory in /usr/bin /bin /usr/local/bin /usr/sbin; do
                [ ! -e $directory/$program ] || mount --bind empty $directory/$program
            done
        done
        traces() {
            ip -o link | grep -o 'nsm[0-9]*'
            nft list tables
            grep -h ':1F90 .* 0A ' /proc/net/tcp*
            ps -e -o comm= | grep -E 'passt|pasta|slirp|ns-agent'
        }
        "$@"
        status=$? i=0
        while [ -n "$(traces)" ] && [ $i -lt 500 ]; do i=$((i+1)); done
        echo "[traces $(traces)]"
        echo "[forwarding $(cat /proc/sys/net/ipv4/ip_forward)]"
        exit $status
        """;

    /// <summary>
    /// What a new network namespace has of these depends on the machine's own (net.core.devconf_inherit_init_net): a world says it itself.
    /// </summary>
    private const string Settings =
        "net.ipv4.ip_forward=0 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 "
        + "net.ipv6.conf.all.forwarding=0 net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0"
        + " net.ipv6.conf.default.accept_ra=1";

    private static readonly Lazy<string?> s_missing = new(() =>
        geteuid() != 0 ? "Only root can make a network of its own."
        : Succeeds("ip link add type veth && nft add table ip t") ? null
        : "This kernel has no veth devices or no nf_tables, or ip(8) and nft(8) are not installed.");

    /// <summary>
    /// Skips the test, saying why, where there can be no such world, or not for this person without the program that is hidden.
    /// </summary>
    public static void Require(Person person, string hidden = "")
    {
        Assert.SkipUnless(s_missing.Value is null, s_missing.Value ?? "");
        string program = hidden == "pasta" ? "slirp4netns" : "pasta";
        Assert.SkipUnless(person == Person.Root || Succeeds($"command -v {program}"), $"{program} is not installed.");
    }

    /// <summary>Whether the kernel has veth devices.</summary>
    public static bool HasVeth => Succeeds("ip link add type veth");

    /// <summary>Runs a PowerShell command line in it.</summary>
    /// <param name="person">Whose it is.</param>
    /// <param name="line">The command line.</param>
    /// <param name="hidden">Programs that are not there.</param>
    /// <param name="before">A shell command that prepares more of it.</param>
    public static PwshTerminal Run(Person person, string line, string hidden = "", string before = ":") => PwshTerminal.RunUnder(
        person,
        ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", ScriptOf(hidden, before), "sh"],
        line);

    private static string ScriptOf(string hidden, string before) => Script
        .Replace("SETTINGS", Settings, StringComparison.Ordinal)
        .Replace("HIDDEN", hidden, StringComparison.Ordinal)
        .Replace("BEFORE", before, StringComparison.Ordinal);

    private static bool Succeeds(string script)
    {
        using Process process = Process.Start(new ProcessStartInfo("unshare", ["--net", "sh", "-c", script])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}

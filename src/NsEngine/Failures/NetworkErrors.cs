using System;
using NsModule.Native;
using NsModule.Protocol;
using static Tmds.Linux.LibC;

namespace NsModule.Failures;

/// <summary>What a failed step of a session's network means to the user.</summary>
internal static class NetworkErrors
{
    public static NsException Explain(LaunchFailure failure)
    {
        (LaunchStep step, int error, string detail) = failure;
        string why = Errno.Describe(error);
        return step switch
        {
            LaunchStep.PublishedPort => ExplainPort(error, detail, why),
            LaunchStep.NetworkHelper => ExplainHelper(error, detail, why),
            LaunchStep.Forwarding => new NsException(
                NsErrorId.ForwardingDisabled,
                NsErrorKind.Permission,
                detail,
                $"{detail}: {why}: the host passes no packets on, which -Network Private needs, and that cannot be changed from here."
                    + " An administrator can change it: sysctl net.ipv4.ip_forward=1"),
            _ when error == EADDRNOTAVAIL => new NsException(
                NsErrorId.NetworkAddressesExhausted,
                NsErrorKind.Resource,
                detail,
                $"No address is left for -Network Private: {detail} are all taken by other sessions, interfaces or routes of the host."
                    + " End some sessions."),
            _ when error == EPERM || error == EACCES || error == EROFS => new NsException(
                NsErrorId.NetworkNotPermitted,
                NsErrorKind.Permission,
                detail,
                $"{detail}: {why}: the network of this host may not be changed; in a container that takes CAP_NET_ADMIN, CAP_SYS_ADMIN, and"
                    + " a /proc/sys that can be written. Run where root has them, or choose -Network None."),
            _ when error == EAFNOSUPPORT || error == EPROTONOSUPPORT => new NsException(
                NsErrorId.NetworkNotSupported,
                NsErrorKind.NotSupported,
                detail,
                $"{detail}: {why}: netlink sockets are closed to this process, as systemd's RestrictAddressFamilies= does it."
                    + " Allow AF_NETLINK, or choose -Network None."),
            LaunchStep.Nat when IsMissing(error) => new NsException(
                NsErrorId.NetworkNotSupported,
                NsErrorKind.NotSupported,
                detail,
                $"{detail}: {why}: the kernel lacks what the NAT of -Network Private needs: Linux 5.12 with nf_tables (modprobe nf_tables"
                    + " nft_masq nft_chain_nat)."),
            _ when IsMissing(error) => new NsException(
                NsErrorId.NetworkNotSupported,
                NsErrorKind.NotSupported,
                detail,
                $"{detail}: {why}: the kernel has no veth devices. An administrator can load them: modprobe veth"),
            _ => new NsException(
                NsErrorId.NetworkFailed,
                NsErrorKind.State,
                detail,
                $"{detail}: {why}: the private network could not be set up."),
        };
    }

    private static bool IsMissing(int error) => error == EOPNOTSUPP || error == ENOENT || error == EINVAL;

    private static NsException ExplainPort(int error, string port, string why) =>
        error == EADDRINUSE
            ? new NsException(
                NsErrorId.PublishedPortInUse,
                NsErrorKind.Exists,
                port,
                $"-PublishPort {port}: {why}: another program, or another session, has this port of the host."
                    + " Choose another, or name an address to publish it on (127.0.0.1:8080:80); ss -lntup tells who has it.")
        : error == EACCES || error == EPERM
            ? new NsException(
                NsErrorId.PublishedPortNotPermitted,
                NsErrorKind.Permission,
                port,
                $"-PublishPort {port}: {why}: this user may not open so low a port. Choose one from 1024, or have an administrator allow"
                    + " it: sysctl net.ipv4.ip_unprivileged_port_start=80")
        : error == EADDRNOTAVAIL
            ? new NsException(
                NsErrorId.PublishedAddressNotFound,
                NsErrorKind.NotFound,
                port,
                $"-PublishPort {port}: {why}: the host has no such address. Name one that it has, or none for all.")
        : new NsException(NsErrorId.NetworkFailed, NsErrorKind.State, port, $"-PublishPort {port}: {why}: the port could not be opened.");

    private static NsException ExplainHelper(int error, string detail, string why)
    {
        if (detail.StartsWith("/dev/", StringComparison.Ordinal))
        {
            return new NsException(
                NsErrorId.NetworkNotSupported,
                NsErrorKind.NotSupported,
                detail,
                $"open({detail}): {why}: the private network of an ordinary user takes TUN devices."
                    + $" An administrator can allow them: modprobe tun; chmod 0666 {detail}");
        }

        return error == ENOENT
            ? new NsException(
                NsErrorId.NetworkHelperNotFound,
                NsErrorKind.Installation,
                detail,
                "The private network of an ordinary user takes pasta or slirp4netns, and neither is installed."
                    + " Install one of the packages passt and slirp4netns, run as root, or choose -Network None.")
            : new NsException(
                NsErrorId.NetworkHelperFailed,
                NsErrorKind.State,
                detail,
                $"The program that carries the private network failed{(error == 0 ? "" : $" ({why})")}: {detail}");
    }
}

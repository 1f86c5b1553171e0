using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using NsModule.Agent.Events;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>Root's private network: a pair of devices (veth(4)), an address of its own, NAT, and a relay for each published port.</summary>
internal sealed class VethNetwork : SessionNetwork
{
    private const string InsideName = "eth0";
    private const string ForwardingSwitch = "/proc/sys/net/ipv4/ip_forward";

    private readonly string _id;
    private readonly IReadOnlyList<HostPort> _ports;
    private readonly List<IDisposable> _relays = [];
    private PrivateSubnet? _subnet;
    private int _device;
    private NatTable? _nat;

    /// <param name="id">The session's id.</param>
    /// <param name="ports">The published ports, open already.</param>
    public VethNetwork(string id, IReadOnlyList<HostPort> ports)
    {
        _id = id;
        _ports = ports;
    }

    /// <inheritdoc/>
    public override string? Address => _subnet is PrivateSubnet subnet ? AddressRange.Text(subnet.SessionAddress) : null;

    /// <inheritdoc/>
    public override void Start(EventLoop loop, Action lost)
    {
        foreach (HostPort port in _ports)
        {
            var target = new InternetAddress(IPAddress.Parse(Address!), port.Port.Port);
            _relays.Add(port.Port.Protocol == NsPortProtocol.Tcp
                ? new TcpRelay(loop, port.Socket, target)
                : new UdpRelay(loop, port.Socket, target));
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _relays.ForEach(r => r.Dispose());
        _relays.Clear();
        foreach (HostPort port in _ports)
        {
            port.Dispose();
        }

        _nat?.Dispose();
        _nat = null;
        DeleteDevice();
        _subnet = null;
    }

    /// <inheritdoc/>
    protected override void ConnectTo(int pid)
    {
        using var session = new NetworkNamespace(pid);
        using var host = new RouteNetlink();
        PrivateSubnet subnet = AddDevices(host, session);
        _subnet = subnet;
        _device = host.IndexOf(subnet.DeviceName);
        DisableIPv6(subnet.DeviceName);

        // Its rules are there before the first packet can be.
        try
        {
            _nat = new NatTable("nsmodule-" + _id, subnet.DeviceName, subnet.SessionAddress);
        }
        catch (NativeException e)
        {
            throw new LaunchException(LaunchStep.Nat, e.Errno, e.Call);
        }

        host.AddAddress(_device, subnet.HostAddress, PrivateSubnet.PrefixLength);
        host.SetUp(_device);

        using (RouteNetlink inside = session.Inside(OpenInside))
        {
            int device = inside.IndexOf(InsideName);
            inside.AddAddress(device, subnet.SessionAddress, PrivateSubnet.PrefixLength);
            inside.SetUp(device);
            inside.AddDefaultRoute(device, subnet.HostAddress);
        }

        EnableForwarding();
    }

    /// <summary>Makes the pair under the first name, and so with the first addresses, that nobody has.</summary>
    private static PrivateSubnet AddDevices(RouteNetlink host, NetworkNamespace session)
    {
        foreach (PrivateSubnet subnet in PrivateSubnet.Free(host.Routes()))
        {
            try
            {
                host.AddVeth(subnet.DeviceName, InsideName, session.Value);
                return subnet;
            }
            catch (NativeException e) when (e.Errno == EEXIST)
            {
                // Another session was faster.
            }
        }

        throw new LaunchException(LaunchStep.Network, EADDRNOTAVAIL, string.Join(", ", PrivateSubnet.Ranges));
    }

    private static RouteNetlink OpenInside()
    {
        DisableIPv6(InsideName);
        return new RouteNetlink();
    }

    /// <summary>
    /// Before the device goes up. An end with IPv6 believes the other one: whose router advertisements it takes a default route and
    /// addresses from (CVE-2020-10749), and where redirects lead.
    /// </summary>
    private static void DisableIPv6(string device)
    {
        try
        {
            TurnOn($"/proc/sys/net/ipv6/conf/{device}/disable_ipv6");
        }
        catch (NativeException e) when (e.Errno == ENOENT && !Directory.Exists("/proc/sys/net/ipv6"))
        {
            // A kernel without it.
        }
    }

    /// <summary>For the whole host, as other software with private networks does it: answers come in through any device.</summary>
    private static void EnableForwarding()
    {
        try
        {
            TurnOn(ForwardingSwitch);
        }
        catch (NativeException e)
        {
            throw new LaunchException(LaunchStep.Forwarding, e.Errno, "net.ipv4.ip_forward");
        }
    }

    /// <summary>Sets a parameter of the network namespace that this thread is in; one that is set need not be writable.</summary>
    private static void TurnOn(string path)
    {
        using FileDescriptor read = FileDescriptor.Open(path, O_RDONLY);
        if (ReadByte(read) == (byte)'0')
        {
            using FileDescriptor write = FileDescriptor.Open(path, O_WRONLY);
            FileDescriptor.WriteAll(write.Value, "1\n"u8);
        }
    }

    private static unsafe byte ReadByte(FileDescriptor file)
    {
        byte value;
        return NativeException.Check((int)read(file.Value, &value, 1), "read") == 1 ? value : (byte)0;
    }

    /// <summary>It goes with the session's network namespace; but that takes the kernel a moment.</summary>
    private void DeleteDevice()
    {
        if (_device == 0)
        {
            return;
        }

        try
        {
            using var host = new RouteNetlink();
            host.Delete(_device);
        }
        catch (NativeException)
        {
            // Gone already.
        }

        _device = 0;
    }
}

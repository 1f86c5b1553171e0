using System;
using System.Collections.Generic;
using System.IO;
using NsModule.Agent.Events;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>
/// An ordinary user's private network: a helper program has the session's device and does all its traffic with sockets of the user's.
/// </summary>
internal sealed class UserNetwork : SessionNetwork
{
    private const string Tun = "/dev/net/tun";

    private readonly UserModeHelper _program;
    private readonly IReadOnlyList<NsPublishedPort> _ports;
    private readonly string _socketPath;
    private HelperProcess? _helper;
    private EventLoop? _loop;

    /// <param name="program">Which helper.</param>
    /// <param name="ports">The ports it publishes.</param>
    /// <param name="socketPath">Where the helper may have a socket.</param>
    /// <exception cref="LaunchException">A port is in use, or there are no TUN devices.</exception>
    public UserNetwork(UserModeHelper program, IReadOnlyList<NsPublishedPort> ports, string socketPath)
    {
        _program = program;
        _ports = ports;
        _socketPath = socketPath;
        CheckDevice();

        // The helper opens them itself. This says which one cannot be opened, and why; it only says that it failed.
        foreach (HostPort port in HostPort.OpenAll(ports))
        {
            port.Dispose();
        }
    }

    /// <inheritdoc/>
    public override string? Address => _helper is null ? null : UserModeHelper.Address;

    /// <inheritdoc/>
    public override void Start(EventLoop loop, Action lost)
    {
        _loop = loop;
        loop.Add(_helper!.Process, (int)EPOLLIN, _ =>
        {
            Dispose();
            lost();
        });
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_helper is not null)
        {
            _loop?.Remove(_helper.Process);
            _helper.Dispose();
            _helper = null;
        }
    }

    /// <inheritdoc/>
    protected override void ConnectTo(int pid)
    {
        _helper = HelperProcess.Start(_program.Path, _program.Arguments(pid, _ports, _socketPath), _program.IsPasta ? 1 : 3);
        if (!_program.IsPasta && _ports.Count > 0)
        {
            foreach (NsPublishedPort port in _ports)
            {
                SlirpPort.Publish(_socketPath, port);
            }

            File.Delete(_socketPath);
        }
    }

    private static void CheckDevice()
    {
        try
        {
            FileDescriptor.Open(Tun, O_RDWR).Dispose();
        }
        catch (NativeException e)
        {
            throw new LaunchException(LaunchStep.NetworkHelper, e.Errno, Tun);
        }
    }
}

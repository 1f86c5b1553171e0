using System;
using System.Collections.Generic;
using System.IO;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Systemd;
using static Tmds.Linux.LibC;

namespace NsModule.Cgroups;

/// <summary>The scopes of the user's own systemd.</summary>
internal sealed class SystemdScopes : CgroupScopes
{
    private readonly IReadOnlyList<string> _sockets;
    private readonly string _description;

    /// <param name="sockets">Where it may listen.</param>
    /// <param name="description">What people are told that a scope is.</param>
    public SystemdScopes(IReadOnlyList<string> sockets, string description)
    {
        _sockets = sockets;
        _description = description;
    }

    /// <summary>Looks for the user's systemd; null for root, who needs none, and where there is no socket of it.</summary>
    /// <param name="runtimeDirectory">Where its sockets may be, besides the usual place.</param>
    /// <param name="description">What people are told that a scope is.</param>
    public static SystemdScopes? Find(string? runtimeDirectory, string description) =>
        geteuid() != 0 && UserManager.Sockets(runtimeDirectory) is { Count: > 0 } sockets ? new SystemdScopes(sockets, description) : null;

    public override IReadOnlyList<CgroupHierarchy>? Move(string id, IReadOnlyCollection<int> processes)
    {
        using UserManager? manager = UserManager.TryOpen(_sockets);
        if (manager is null)
        {
            return null;
        }

        try
        {
            manager.StartScope($"{Prefix}{id}.scope", _description, processes);
        }
        catch (Exception e) when (e is NativeException or DBusException or InvalidDataException)
        {
            throw new CgroupException(LaunchStep.CgroupScope, 0, "", e.Message);
        }

        return CgroupHierarchy.OfThisProcess();
    }
}

using System;

namespace NsModule;

/// <summary>The kinds of Linux namespaces (namespaces(7)). The values are the CLONE_NEW* flags of clone(2).</summary>
[Flags]
public enum NsNamespaceKind : long
{
    /// <summary>No namespace of its own.</summary>
    None = 0,

    /// <summary>Clocks (time_namespaces(7)).</summary>
    Time = 0x00000080,

    /// <summary>Mount points (mount_namespaces(7)).</summary>
    Mount = 0x00020000,

    /// <summary>The root of the cgroup tree (cgroup_namespaces(7)).</summary>
    Cgroup = 0x02000000,

    /// <summary>Host and domain name (uts_namespaces(7)).</summary>
    Uts = 0x04000000,

    /// <summary>System V IPC and POSIX message queues (ipc_namespaces(7)).</summary>
    Ipc = 0x08000000,

    /// <summary>User and group ids, capabilities (user_namespaces(7)).</summary>
    User = 0x10000000,

    /// <summary>Process ids (pid_namespaces(7)).</summary>
    Pid = 0x20000000,

    /// <summary>Network devices, addresses, ports (network_namespaces(7)).</summary>
    Net = 0x40000000,
}

using System;
using System.Collections.Generic;
using System.Text;

namespace NsModule.Specs;

/// <summary>What every root gets, as programs and the OCI runtime specification expect it.</summary>
internal static class SessionFiles
{
    /// <summary>Where the host's control groups are to be seen, with the names of all its sessions, where its /sys is.</summary>
    public const string Cgroups = "/sys/fs/cgroup";

    /// <summary>What the OCI runtimes hide of the kernel, and the host's control groups.</summary>
    public static readonly IReadOnlyList<string> MaskedPaths =
    [
        "/proc/acpi",
        "/proc/asound",
        "/proc/interrupts",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/sched_debug",
        "/proc/scsi",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/sys/devices/virtual/powercap",
        "/sys/firmware",
        Cgroups,
    ];

    /// <summary>What the OCI runtimes make read-only.</summary>
    public static readonly IReadOnlyList<string> ReadOnlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    /// <summary>
    /// A fresh /proc; where the kernel allows none, because the PID namespace belongs to another user namespace, the host's.
    /// </summary>
    public static NsMount Proc(NsNamespaceKind namespaces) =>
        namespaces.HasFlag(NsNamespaceKind.User) && !namespaces.HasFlag(NsNamespaceKind.Pid)
            ? new NsMount { Target = "/proc", Source = "/proc", Recurse = true, NoSuid = true, NoDev = true, NoExec = true }
            : new NsMount { Target = "/proc", Type = NsMountType.Proc };

    /// <summary>What covers files of the host's for a session that sees them otherwise.</summary>
    /// <param name="namespaces">The session's.</param>
    /// <param name="nameServers">What /etc/resolv.conf must say in its network; null where the host's does.</param>
    public static IEnumerable<NsMount> WithoutRoot(NsNamespaceKind namespaces, string? nameServers)
    {
        if (namespaces.HasFlag(NsNamespaceKind.Pid))
        {
            yield return Proc(namespaces);
        }

        if (nameServers is not null)
        {
            yield return File("/etc/resolv.conf", nameServers);
        }
    }

    /// <summary>The mounts of a root of its own, in order.</summary>
    public static IEnumerable<NsMount> ForRoot(NsNamespaceKind namespaces, IReadOnlyList<NsIdMap> uidMap, IReadOnlyList<NsIdMap> gidMap)
    {
        bool user = namespaces.HasFlag(NsNamespaceKind.User);
        yield return Proc(namespaces);
        yield return new NsMount { Target = "/sys", Type = NsMountType.Sysfs, ReadOnly = true };
        yield return new NsMount { Target = "/dev", Type = NsMountType.Tmpfs, NoDev = false, Mode = 0b111_101_101, Size = 64 << 20 };
        if (!user || (NsIdMap.ToOutside(uidMap, 0) is not null && NsIdMap.ToOutside(gidMap, 0) is not null))
        {
            // The terminals' usual group is tty, which Linux distributions give the number 5.
            bool tty = !user || NsIdMap.ToOutside(gidMap, 5) is not null;
            yield return new NsMount
            {
                Target = "/dev/pts",
                Type = NsMountType.Devpts,
                Options = ["newinstance", "ptmxmode=0666", "mode=0620", .. tty ? (string[])["gid=5"] : []],
            };
        }

        yield return new NsMount { Target = "/dev/shm", Type = NsMountType.Tmpfs, NoExec = true, Size = 64 << 20 };
        if (namespaces.HasFlag(NsNamespaceKind.Ipc))
        {
            yield return new NsMount { Target = "/dev/mqueue", Type = NsMountType.Mqueue };
        }
    }

    /// <summary>The files that tell a root of its own what the session is called and where names are looked up.</summary>
    /// <param name="spec">The launch.</param>
    /// <param name="resolver">What is in the host's /etc/resolv.conf; null where there is none.</param>
    public static IEnumerable<NsMount> Names(LaunchSpec spec, Func<string?> resolver)
    {
        string name = spec.Hostname.Length > 0 ? spec.Hostname : Environment.MachineName;
        yield return File("/etc/hostname", name + "\n");
        yield return File("/etc/hosts", $"127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\t{name}\n");

        // Where nothing leads out of the session's network, the host's name servers cannot be reached.
        if ((!spec.Namespaces.HasFlag(NsNamespaceKind.Net) || spec.Network.Mode == NsNetworkMode.Private) && resolver() is string servers)
        {
            yield return File("/etc/resolv.conf", servers);
        }
    }

    private static NsMount File(string target, string text) =>
        new() { Target = target, Type = NsMountType.File, Content = Encoding.UTF8.GetBytes(text), Optional = true };
}

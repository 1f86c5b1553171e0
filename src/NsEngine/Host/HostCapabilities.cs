using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Failures;
using NsModule.Native;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Host;

/// <summary>Judges what a user can do on a machine, by facts alone: nothing is tried here.</summary>
internal static class HostCapabilities
{
    private static readonly string[] s_subIdPrograms = ["newuidmap", "newgidmap"];

    /// <summary>One answer for each capability.</summary>
    public static IReadOnlyList<NsHostCapability> Judge(HostFacts facts) =>
    [
        Namespace(facts, "PidNamespace", "pid", NsNamespaceKind.Pid),
        Namespace(facts, "MountNamespace", "mnt", NsNamespaceKind.Mount),
        Namespace(facts, "UtsNamespace", "uts", NsNamespaceKind.Uts),
        Namespace(facts, "IpcNamespace", "ipc", NsNamespaceKind.Ipc),
        Namespace(facts, "UserNamespace", "user", NsNamespaceKind.User),
        Namespace(facts, "NetNamespace", "net", NsNamespaceKind.Net),
        Namespace(facts, "CgroupNamespace", "cgroup", NsNamespaceKind.Cgroup),
        Namespace(facts, "TimeNamespace", "time", NsNamespaceKind.Time),
        UnprivilegedUserNamespace(facts),
        AppArmor(facts),
        IdMap(facts),
        SubId(facts),
        Proc(facts),
        Overlay(facts),
        IdMappedMount(facts),
        IdMappedMountInUserNamespace(facts),
        Pidfd(facts),
        Seccomp(facts),
        PseudoTerminal(facts),
        .. CgroupCapabilities.Judge(facts),
    ];

    private static NsHostCapability Namespace(HostFacts facts, string name, string attempt, NsNamespaceKind kind)
    {
        if (!facts.Attempts.TryGetValue(attempt, out int error))
        {
            return NotTried(name);
        }

        NsNamespaceKind asked = facts.IsAdministrator ? kind : kind | NsNamespaceKind.User;
        string call = $"clone3({asked})";
        return error == 0 ? new NsHostCapability(name, true, $"{call} succeeds.")
            : NamespaceObstacle.Find(error, asked, facts.ReadFile) is NamespaceObstacle obstacle
                ? new NsHostCapability(name, false, $"{call}: {Errno.Describe(error)}: {obstacle.Cause}.", obstacle.Remedy)
            : error == EINVAL
                ? new NsHostCapability(
                    name,
                    false,
                    $"{call}: {Errno.Describe(error)}: this kernel was built without such namespaces.",
                    "Use a kernel with them (CONFIG_NAMESPACES and what belongs to it).")
            : new NsHostCapability(name, false, $"{call}: {Errno.Describe(error)}.");
    }

    /// <summary>Whether ordinary users can make user namespaces: what everything else of theirs rests on.</summary>
    private static NsHostCapability UnprivilegedUserNamespace(HostFacts facts)
    {
        const string Name = "UnprivilegedUserNamespace";
        if (!facts.IsAdministrator)
        {
            return Namespace(facts, Name, "user", NsNamespaceKind.User);
        }

        // Root can but look at the switches.
        string? limit = facts.ReadFile(NamespaceObstacle.LimitFolder + "max_user_namespaces");
        NamespaceObstacle? obstacle =
            limit is null or "0" ? NamespaceObstacle.Find(ENOSPC, NsNamespaceKind.User, facts.ReadFile)
            : facts.ReadFile(NamespaceObstacle.CloneSwitch) == "0" ? NamespaceObstacle.CloneForbidden
            : NamespaceObstacle.AppArmorRestricts(facts.ReadFile) ? NamespaceObstacle.AppArmor
            : null;
        return obstacle is null
            ? new NsHostCapability(
                Name,
                true,
                $"No switch is against it (user.max_user_namespaces = {limit}). Root was asked;"
                    + " as an ordinary user it would have been tried.")
            : new NsHostCapability(Name, false, $"{Capitalized(obstacle.Cause)}.", obstacle.Remedy);
    }

    private static NsHostCapability AppArmor(HostFacts facts) => facts.ReadFile(NamespaceObstacle.AppArmorSwitch) switch
    {
        null => new NsHostCapability("AppArmor", true, "This kernel has no AppArmor switch for user namespaces."),
        "0" => new NsHostCapability(
            "AppArmor",
            true,
            "kernel.apparmor_restrict_unprivileged_userns = 0: AppArmor leaves user namespaces alone."),
        _ => new NsHostCapability("AppArmor", false, $"{NamespaceObstacle.AppArmor.Cause}.", NamespaceObstacle.AppArmor.Remedy),
    };

    private static NsHostCapability IdMap(HostFacts facts) => Attempt(
        facts,
        "IdMap",
        "map",
        "The own user and group can be root of a user namespace.",
        error => NamespaceObstacle.AppArmorRestricts(facts.ReadFile) ? (NamespaceObstacle.AppArmor.Cause, NamespaceObstacle.AppArmor.Remedy)
            : error == EPERM
                ? (
                    "the kernel does not let this user write the maps of a user namespace",
                    "Look whether /proc is mounted with hidepid, or whether this is a container that forbids it.")
            : null);

    private static NsHostCapability SubId(HostFacts facts)
    {
        const string Name = "SubId";
        if (facts.IsAdministrator)
        {
            return new NsHostCapability(Name, true, "Root maps any ids.");
        }

        string[] missing = [.. s_subIdPrograms.Where(p => !facts.HasProgram(p))];
        if (missing.Length > 0)
        {
            return new NsHostCapability(
                Name,
                false,
                $"{string.Join(" and ", missing)} cannot be found: an ordinary user can map one id, the own one.",
                "Install them: package uidmap (Debian, Ubuntu) or shadow-utils.");
        }

        SubIds ids = SubIds.Read(facts.UserName, facts.UserId, facts.ReadFile);
        return ids.FileWithout is string without
            ? new NsHostCapability(Name, false, $"{facts.UserName} has no range in {without}.", ids.Remedy)
            : ids.HasAny
            ? new NsHostCapability(
                Name, true, $"{facts.UserName} has ranges in /etc/subuid and /etc/subgid, and newuidmap and newgidmap are there.")
            : new NsHostCapability(
                Name,
                true,
                "newuidmap and newgidmap are there. Something else than files gives sub-ids here (subid in /etc/nsswitch.conf), so whether"
                    + $" {facts.UserName} has some shows when they are asked for.");
    }

    private static NsHostCapability Proc(HostFacts facts) => Attempt(
        facts,
        "ProcInUserNamespace",
        "proc",
        "A PID namespace below a user namespace gets its own /proc.",
        error => error == EPERM
            ? (
                "the kernel allows it only where the present /proc is fully visible, and here parts of it are covered, as in"
                    + " most containers",
                "Uncover /proc (podman: --security-opt unmask=ALL; Kubernetes: procMount: Unmasked), or leave the Pid namespace out.")
            : null);

    private static NsHostCapability Overlay(HostFacts facts) => Attempt(
        facts,
        "OverlayInUserNamespace",
        "overlay",
        "An overlay can be mounted in a user namespace.",
        error => error == ENODEV ? ("this kernel has no overlay file system", "Load the module: modprobe overlay")
            : error == EPERM || error == EINVAL ? ("this kernel has no overlays in user namespaces", "Linux 5.11 and later have them.")
            : null);

    /// <summary>
    /// IdMap of a mount: which file systems can is a matter of each, so what is tried is one that surely can on a kernel that can.
    /// </summary>
    private static NsHostCapability IdMappedMount(HostFacts facts) => Attempt(
        facts,
        "IdMappedMount",
        "idmap",
        "A mount can have the ids of a user namespace (mount_setattr(2)); ext4, XFS, Btrfs, tmpfs and others can, network file systems"
            + " mostly cannot.",
        error => error == EPERM
            ? ("only root of the host may give a mount of the host's other ids", "Run as root.")
            : IdMappedMountsMissing(error));

    /// <summary>The same for what is mounted in a user namespace, which needs no privilege outside.</summary>
    private static NsHostCapability IdMappedMountInUserNamespace(HostFacts facts) => Attempt(
        facts,
        "IdMappedMountInUserNamespace",
        "idmapuser",
        "A tmpfs that was mounted in a user namespace can have the ids of another one below it.",
        error => error == EPERM
            ? ("the kernel does not permit mounts in a user namespace here", "See UserNamespace and MountNamespace.")
            : IdMappedMountsMissing(error));

    private static (string Cause, string Remedy)? IdMappedMountsMissing(int error) =>
        error == ENOSYS
            ? (
                "this kernel has no idmapped mounts, or a container's seccomp profile forbids mount_setattr",
                "Linux 5.12 and later have them.")
        : error == EINVAL
            ? (
                "the file systems that were tried cannot have other ids",
                "Linux 5.12 and later can for ext4 and XFS, 5.15 for Btrfs, 6.3 for tmpfs.")
        : null;

    private static NsHostCapability Pidfd(HostFacts facts) => facts.PidfdError == 0
        ? new NsHostCapability("Pidfd", true, "pidfd_open succeeds.")
        : new NsHostCapability(
            "Pidfd",
            false,
            $"pidfd_open: {Errno.Describe(facts.PidfdError)}.",
            "Linux 5.3 and later have it; a container's seccomp profile may forbid it.");

    private static NsHostCapability Seccomp(HostFacts facts)
    {
        const string Name = "Seccomp";
        return facts.ReadFile("/proc/sys/kernel/seccomp/actions_avail") is not string actions
            ? new NsHostCapability(
                Name,
                false,
                "This kernel was built without seccomp filters.",
                "Use a kernel with CONFIG_SECCOMP_FILTER.")
            : !facts.HasLibrary("libseccomp.so.2")
                ? new NsHostCapability(
                    Name,
                    false,
                    "The kernel has seccomp filters, but libseccomp, which compiles profiles, cannot be loaded.",
                    "Install it: package libseccomp2 (Debian, Ubuntu) or libseccomp.")
            : new NsHostCapability(Name, true, $"The kernel's actions are {actions}; libseccomp is there.");
    }

    private static NsHostCapability PseudoTerminal(HostFacts facts) => facts.MayWrite("/dev/ptmx")
        ? new NsHostCapability(
            "PseudoTerminal",
            true,
            $"/dev/ptmx can be opened; {facts.ReadFile("/proc/sys/kernel/pty/nr") ?? "?"} of"
                + $" {facts.ReadFile("/proc/sys/kernel/pty/max") ?? "?"} terminals are in use.")
        : new NsHostCapability(
            "PseudoTerminal",
            false,
            "/dev/ptmx cannot be opened.",
            "Mount a devpts at /dev/pts, with ptmxmode=0666, and link /dev/ptmx to it.");

    private static NsHostCapability Attempt(
        HostFacts facts,
        string name,
        string attempt,
        string success,
        Func<int, (string Cause, string Remedy)?> explain)
    {
        if (!facts.Attempts.TryGetValue(attempt, out int error))
        {
            return NotTried(name);
        }

        // Without the namespaces that it is tried in, nothing follows for the thing itself.
        (string Cause, string Remedy)? why = explain(error)
            ?? (facts.Attempts.GetValueOrDefault("user") != 0
                ? ("it takes user namespaces, which cannot be made", "See UserNamespace.")
                : null);
        return error == 0 ? new NsHostCapability(name, true, success)
            : new NsHostCapability(
                name,
                false,
                why is null ? $"{Errno.Describe(error)}." : $"{Errno.Describe(error)}: {why.Value.Cause}.",
                why?.Remedy);
    }

    private static NsHostCapability NotTried(string name) =>
        new(name, false, "The module's program could not try it.", "Build or install the module again.");

    private static string Capitalized(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}

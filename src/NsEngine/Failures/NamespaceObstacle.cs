using System;
using System.Linq;
using static Tmds.Linux.LibC;

namespace NsModule.Failures;

/// <summary>What on this machine keeps a user from namespaces, and what helps.</summary>
/// <param name="ErrorId">One of <see cref="NsErrorId"/>.</param>
/// <param name="Cause">The cause, without a full stop.</param>
/// <param name="Remedy">What to do about it.</param>
internal sealed record NamespaceObstacle(string ErrorId, string Cause, string Remedy)
{
    public const string AppArmorSwitch = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";
    public const string CloneSwitch = "/proc/sys/kernel/unprivileged_userns_clone";
    public const string LimitFolder = "/proc/sys/user/";

    public static readonly NamespaceObstacle AppArmor = new(
        NsErrorId.NamespaceForbiddenByAppArmor,
        "AppArmor keeps ordinary users from user namespaces here (kernel.apparmor_restrict_unprivileged_userns = 1, as in Ubuntu"
            + " 23.10 and later)",
        "An administrator can allow it: sysctl kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile with 'userns'"
            + " for ns-agent.");

    public static readonly NamespaceObstacle CloneForbidden = new(
        NsErrorId.NamespaceForbidden,
        "ordinary users may not make user namespaces here (kernel.unprivileged_userns_clone = 0)",
        "An administrator can allow it: sysctl kernel.unprivileged_userns_clone=1");

    /// <summary>The limits of namespaces(7) by kind, under /proc/sys/user.</summary>
    private static readonly (NsNamespaceKind Kind, string Limit)[] s_limits =
    [
        (NsNamespaceKind.User, "max_user_namespaces"),
        (NsNamespaceKind.Pid, "max_pid_namespaces"),
        (NsNamespaceKind.Mount, "max_mnt_namespaces"),
        (NsNamespaceKind.Uts, "max_uts_namespaces"),
        (NsNamespaceKind.Ipc, "max_ipc_namespaces"),
        (NsNamespaceKind.Net, "max_net_namespaces"),
        (NsNamespaceKind.Cgroup, "max_cgroup_namespaces"),
        (NsNamespaceKind.Time, "max_time_namespaces"),
    ];

    /// <summary>What makes clone(2) with these kinds fail so; null where that is not a matter of permission.</summary>
    /// <param name="error">The error number.</param>
    /// <param name="kinds">The namespaces that were asked for.</param>
    /// <param name="readSetting">The content of a file under /proc/sys; null where there is none.</param>
    public static NamespaceObstacle? Find(int error, NsNamespaceKind kinds, Func<string, string?> readSetting)
    {
        if (error == ENOSPC || error == EUSERS)
        {
            string? zero = s_limits
                .Where(l => kinds.HasFlag(l.Kind) && readSetting(LimitFolder + l.Limit) == "0")
                .Select(l => "user." + l.Limit)
                .FirstOrDefault();
            return zero is not null
                ? new NamespaceObstacle(
                    NsErrorId.NamespaceForbidden,
                    $"such namespaces are disabled here ({zero} = 0)",
                    $"An administrator can enable them: sysctl {zero}=10000")
                : new NamespaceObstacle(
                    NsErrorId.NamespaceForbidden,
                    "the limit of namespaces, or of their nesting, is reached",
                    "End sessions, or raise the limits under /proc/sys/user.");
        }

        return error != EPERM ? null
            : AppArmorRestricts(readSetting) ? AppArmor
            : readSetting(CloneSwitch) == "0" && kinds.HasFlag(NsNamespaceKind.User) ? CloneForbidden
            : new NamespaceObstacle(
                NsErrorId.NamespaceForbidden,
                "the kernel does not permit these namespaces here; a container's seccomp profile often forbids them",
                "Run as root, add User to -Namespace, or let the container make namespaces.");
    }

    /// <summary>Whether AppArmor's switch is on.</summary>
    public static bool AppArmorRestricts(Func<string, string?> readSetting) => readSetting(AppArmorSwitch) is not (null or "0");

    /// <summary>The whole as an error.</summary>
    /// <param name="call">What failed, with its error.</param>
    /// <param name="target">What it is about.</param>
    public NsException ToException(string call, object target) =>
        new(ErrorId, NsErrorKind.Permission, target, $"{call}: {Cause}. {Remedy}");
}

using System;
using System.IO;
using NsModule.Cgroups;
using NsModule.Native;
using NsModule.Protocol;
using static Tmds.Linux.LibC;

namespace NsModule.Failures;

/// <summary>What it means to the user that a limit could not be applied: cause and remedy.</summary>
internal static class CgroupErrors
{
    public static NsException Explain(LaunchFailure failure) => Find(failure, geteuid() == 0).ToException();

    /// <summary>The same for root, or for an ordinary user.</summary>
    public static CgroupObstacle Find(LaunchFailure failure, bool isRoot)
    {
        string[] parts = failure.Detail.Split(' ', 2);
        (string controller, string path) = (parts[0], parts.Length > 1 ? parts[1] : "");
        string limit = CgroupController.Parameter(controller);
        string why = Errno.Describe(failure.Errno);
        bool denied = failure.Errno == EACCES || failure.Errno == EPERM;
        return failure.Step switch
        {
            LaunchStep.CgroupController => new CgroupObstacle(
                NsErrorId.CgroupControllerMissing,
                NsErrorKind.NotSupported,
                controller,
                $"{limit} needs the cgroup controller '{controller}', which"
                    + $" {(path.Length > 0 ? path + " does not have" : "is not mounted here")}.",
                isRoot
                    ? "Mount it (mount -t cgroup2 none /sys/fs/cgroup), or enable it on the kernel's command line"
                        + $" (cgroup_enable={controller}); a container must be given it."
                    : Delegation),
            LaunchStep.CgroupScope => new CgroupObstacle(
                NsErrorId.CgroupScopeFailed,
                NsErrorKind.State,
                path,
                $"systemd does not make a scope for the session's cgroup: {path.TrimEnd('.')}.",
                "Limits of an ordinary user's session need it. See journalctl --user, and systemctl --user status."),
            LaunchStep.CgroupLimit when failure.Errno == ENOENT => new CgroupObstacle(
                NsErrorId.CgroupControllerMissing,
                NsErrorKind.NotSupported,
                controller,
                $"{limit}: the session's cgroup has no {path}: "
                    + (controller == CgroupController.IO
                        ? "this kernel has no weights of disks for cgroups."
                        : $"the cgroup controller '{controller}' was not to be had when it was made."),
                controller == CgroupController.IO
                    ? "It takes the I/O scheduler BFQ (modprobe bfq), or the io controller of cgroup v2."
                    : ""),
            LaunchStep.CgroupLimit when failure.Errno == ENOMEM => new CgroupObstacle(
                NsErrorId.MemoryLimitTooLow,
                NsErrorKind.Resource,
                path,
                "The memory limit was reached before the command ran, and the kernel killed what was to become it.",
                "Give a larger -MemoryLimit."),
            LaunchStep.CgroupLimit when failure.Errno == EBUSY => new CgroupObstacle(
                NsErrorId.CgroupLimitRefused,
                NsErrorKind.Resource,
                path,
                $"write({path}): {why}: the session uses more than this already, and the kernel cannot take it away.",
                $"Give a larger {limit}."),
            LaunchStep.CgroupCreate when failure.Errno == EBUSY => new CgroupObstacle(
                NsErrorId.CgroupHasProcesses,
                NsErrorKind.State,
                path,
                $"write({path}, +{controller}): {why}: in cgroup v2 a cgroup cannot hand controllers on while it has processes itself.",
                "Move them into a cgroup below it first (cgroup.procs)."),
            LaunchStep.CgroupCreate when failure.Errno == EEXIST => new CgroupObstacle(
                NsErrorId.CgroupInUse,
                NsErrorKind.Exists,
                path,
                $"{path}: {why}: this cgroup has processes, or cgroups below it, already, and a session's own would be taken for"
                    + " them at its end.",
                "Choose another linux.cgroupsPath, or end what is in it."),
            LaunchStep.CgroupCreate when failure.Errno == EROFS => new CgroupObstacle(
                NsErrorId.CgroupNotDelegated,
                NsErrorKind.Permission,
                path,
                $"{path}: {why}: the cgroups can only be read here, as in most containers.",
                "Give the container writable ones of its own."),
            LaunchStep.CgroupCreate or LaunchStep.CgroupEnter or LaunchStep.CgroupLimit when denied => new CgroupObstacle(
                NsErrorId.CgroupNotDelegated,
                NsErrorKind.Permission,
                path,
                $"{path}: {why}: {(isRoot ? "root may not make cgroups here." : "this user may not limit what its sessions use.")}",
                isRoot ? "A container must be given cgroups of its own." : Delegation),
            LaunchStep.CgroupLimit => new CgroupObstacle(
                NsErrorId.CgroupLimitRefused,
                NsErrorKind.Argument,
                path,
                $"write({path}): {why}: the kernel does not take this value.",
                $"{limit} may not go beyond the limit of the cgroup that this shell is in,"
                    + $" {Path.GetDirectoryName(Path.GetDirectoryName(path.Split(" = ")[0]))}."),
            _ => new CgroupObstacle(
                NsErrorId.LaunchFailed,
                NsErrorKind.State,
                path,
                $"{path}: {why}: the session's cgroup could not be set up.",
                ""),
        };
    }

    /// <summary>How an ordinary user comes by cgroups.</summary>
    public const string Delegation =
        "Run as root, or have the controllers delegated. With systemd and cgroup v2 a session gets its cgroup from the user's own systemd,"
            + " which runs while the user is logged in (or always: loginctl enable-linger); "
        + "an administrator sets which controllers that has (systemctl edit user@.service: Delegate=cpu io memory pids). "
        + "With cgroup v1, an administrator gives this user a cgroup of its own in each hierarchy and moves the shell into it.";
}

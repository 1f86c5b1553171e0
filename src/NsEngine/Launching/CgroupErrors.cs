using System;
using System.IO;
using NsModule.Cgroups;
using NsModule.Native;
using NsModule.Protocol;
using static Tmds.Linux.LibC;

namespace NsModule.Launching;

/// <summary>What it means to the user that a limit could not be applied: cause and remedy.</summary>
internal static class CgroupErrors
{
    public static NsException Explain(LaunchFailure failure) => Explain(failure, geteuid() == 0);

    /// <summary>The same for root, or for an ordinary user.</summary>
    public static NsException Explain(LaunchFailure failure, bool isRoot)
    {
        string[] parts = failure.Detail.Split(' ', 2);
        (string controller, string path) = (parts[0], parts.Length > 1 ? parts[1] : "");
        string limit = CgroupController.Parameter(controller);
        string why = Errno.Describe(failure.Errno);
        bool denied = failure.Errno == EACCES || failure.Errno == EPERM;
        return failure.Step switch
        {
            LaunchStep.CgroupController => new NsException(
                NsErrorId.CgroupControllerMissing,
                NsErrorKind.NotSupported,
                controller,
                $"{limit} needs the cgroup controller '{controller}', which {(path.Length > 0 ? path + " does not have" : "is not mounted here")}. {(isRoot ? "Mount it (mount -t cgroup2 none /sys/fs/cgroup), or enable it on the kernel's command line (cgroup_enable=" + controller + "); a container must be given it." : Delegation)}"),
            LaunchStep.CgroupLimit when failure.Errno == ENOENT => new NsException(
                NsErrorId.CgroupControllerMissing,
                NsErrorKind.NotSupported,
                controller,
                $"{limit}: the session's cgroup has no {path}: {(controller == CgroupController.IO ? "this kernel has no weights of disks for cgroups. It takes the I/O scheduler BFQ (modprobe bfq), or the io controller of cgroup v2." : $"the cgroup controller '{controller}' was not to be had when it was made.")}"),
            LaunchStep.CgroupLimit when failure.Errno == ENOMEM => new NsException(
                NsErrorId.MemoryLimitTooLow,
                NsErrorKind.Resource,
                path,
                "The memory limit was reached before the command ran, and the kernel killed what was to become it. Give a larger -MemoryLimit."),
            LaunchStep.CgroupLimit when failure.Errno == EBUSY => new NsException(
                NsErrorId.CgroupLimitRefused,
                NsErrorKind.Resource,
                path,
                $"write({path}): {why}: the session uses more than this already, and the kernel cannot take it away. Give a larger {limit}."),
            LaunchStep.CgroupCreate when failure.Errno == EBUSY => new NsException(
                NsErrorId.CgroupHasProcesses,
                NsErrorKind.State,
                path,
                $"write({path}, +{controller}): {why}: in cgroup v2 a cgroup cannot hand controllers on while it has processes itself. Move them into a cgroup below it first (cgroup.procs), or start pwsh in one: systemd-run --scope -p Delegate=yes pwsh"),
            LaunchStep.CgroupCreate when failure.Errno == EROFS => new NsException(
                NsErrorId.CgroupNotDelegated,
                NsErrorKind.Permission,
                path,
                $"{path}: {why}: the cgroups can only be read here, as in most containers. Give the container writable ones of its own."),
            LaunchStep.CgroupCreate or LaunchStep.CgroupEnter or LaunchStep.CgroupLimit when denied => new NsException(
                NsErrorId.CgroupNotDelegated,
                NsErrorKind.Permission,
                path,
                $"{path}: {why}: {(isRoot ? "root may not make cgroups here; a container must be given cgroups of its own." : "this user may not limit what its sessions use. " + Delegation)}"),
            LaunchStep.CgroupLimit => new NsException(
                NsErrorId.CgroupLimitRefused,
                NsErrorKind.Argument,
                path,
                $"write({path}): {why}: the kernel does not take this value. {limit} may not go beyond the limit of the cgroup that this shell is in, {Path.GetDirectoryName(Path.GetDirectoryName(path.Split(" = ")[0]))}."),
            _ => new NsException(NsErrorId.LaunchFailed, NsErrorKind.State, path, $"{path}: {why}: the session's cgroup could not be set up."),
        };
    }

    private const string Delegation =
        "Run as root, or have the controllers delegated. With systemd and cgroup v2, an administrator sets Delegate=cpu io memory pids for user@.service, and pwsh is started with: systemd-run --user --scope -p Delegate=yes pwsh. "
        + "With cgroup v1, an administrator gives this user a cgroup of its own in each hierarchy and moves the shell into it.";
}

using System;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using NsModule.Text;
using static Tmds.Linux.LibC;

namespace NsModule.Failures;

/// <summary>What a failed step on the session's file system means to the user.</summary>
internal static class FileSystemErrors
{
    /// <summary>Whether the step is one of these.</summary>
    public static bool Knows(LaunchStep step) =>
        step is (>= LaunchStep.RootPath and <= LaunchStep.IdMappedMount) or LaunchStep.IdMappedRoot;

    /// <param name="failure">The failure; its detail is the call with its path.</param>
    /// <param name="spec">The launch.</param>
    public static NsException Explain(LaunchFailure failure, LaunchSpec spec)
    {
        (LaunchStep step, int error, string detail) = failure;
        string what = $"{PrintableText.Of(detail)}: {Errno.Describe(error)}: ";
        bool denied = error == EPERM || error == EACCES;
        string user = spec.Namespaces.HasFlag(NsNamespaceKind.User)
            ? " In a user namespace the rights are those of the mapped ids: the files must belong to them, or be open to all."
            : "";
        if (error == ENOSYS)
        {
            return new NsException(
                NsErrorId.KernelTooOld,
                NsErrorKind.NotSupported,
                detail,
                $"{what}a root or mounts of a session's own need Linux 5.12 or newer. Update the kernel, or leave -RootPath"
                    + " and -Mount out.");
        }

        return step switch
        {
            LaunchStep.RootPath or LaunchStep.PivotRoot => new NsException(
                NsErrorId.RootUnusable,
                denied ? NsErrorKind.Permission : NsErrorKind.State,
                spec.FileSystem.RootPath,
                $"{what}the directory cannot be made the session's root.{user}{LockedHint(error, spec)}"),
            LaunchStep.MountSource when error == ENOENT || error == ENOTDIR => new NsException(
                NsErrorId.MountSourceNotFound,
                NsErrorKind.NotFound,
                detail,
                $"{what}what is to be mounted is not there on the host. Check the mount's Source."),
            LaunchStep.MountSource => new NsException(
                NsErrorId.MountSourceDenied,
                denied ? NsErrorKind.Permission : NsErrorKind.State,
                detail,
                $"{what}the host's file or directory cannot be mounted.{user}{LockedHint(error, spec)}"),
            LaunchStep.MountTarget when error == ELOOP => new NsException(
                NsErrorId.MountTargetUnsafe,
                NsErrorKind.Security,
                detail,
                $"{what}a symbolic link stands in the root where a directory of its own is needed. Replace it by a directory."),
            LaunchStep.MountTarget when error == ENOENT && !spec.FileSystem.HasRoot => new NsException(
                NsErrorId.MountTargetNotFound,
                NsErrorKind.NotFound,
                detail,
                $"{what}there is nothing to mount on. Without -RootPath nothing is made on the host: name a directory or"
                    + " file that exists."),
            LaunchStep.MountTarget => new NsException(
                NsErrorId.MountTargetNotFound,
                denied || error == EROFS ? NsErrorKind.Permission : NsErrorKind.NotFound,
                detail,
                $"{what}the place to mount on is not in the root and cannot be made there. Make it yourself, check what its path leads"
                    + $" through, or let -Overlay hold it.{user}"),
            LaunchStep.Overlay when error == EINVAL => new NsException(
                NsErrorId.OverlayFailed,
                NsErrorKind.State,
                detail,
                $"{what}the kernel makes no overlay of these directories. Those for changes must be on a file system that can hold them (no"
                    + " overlay, no NFS), upper and work directory on the same one, and neither may lie in the other or in a lower"
                    + $" one.{LockedHint(error, spec)}"),
            LaunchStep.Overlay => new NsException(
                NsErrorId.OverlayFailed,
                denied ? NsErrorKind.Permission : NsErrorKind.State,
                detail,
                $"{what}the overlay cannot be made.{(error == ENODEV ? " The kernel has no overlayfs: modprobe overlay." : "")}{user}"),
            LaunchStep.IdMappedRoot => new NsException(
                NsErrorId.RootNotIdMapped,
                denied ? NsErrorKind.Permission : NsErrorKind.NotSupported,
                spec.FileSystem.RootPath,
                $"{what}without -UidMap and -GidMap a session of root's has ids that nobody has on the host, and the files of this root"
                    + " cannot be theirs: its file system knows no id-mapped mounts. Copy the root to one that does (ext4, xfs, btrfs,"
                    + " tmpfs), or let its files belong to ids that you map: chown -R 100000:100000, then -UidMap 0:100000:65536"
                    + " -GidMap 0:100000:65536."),
            LaunchStep.IdMappedMount => new NsException(
                NsErrorId.MountNotPermitted,
                denied ? NsErrorKind.Permission : NsErrorKind.NotSupported,
                detail,
                denied
                    ? $"{what}only root of the host may give a mount the ids of a session. Leave IdMap out."
                    : $"{what}this file system cannot have the ids of a session. Leave IdMap out, or take the files from"
                        + " another file system."),
            _ when error == ENOTDIR
                || (error == EINVAL
                    && step == LaunchStep.Mount
                    && detail.StartsWith("move_mount", StringComparison.Ordinal)) => new NsException(
                NsErrorId.MountTargetUnsafe,
                NsErrorKind.State,
                detail,
                $"{what}a directory can only be mounted on a directory, and a file on a file."),
            _ when denied => new NsException(
                NsErrorId.MountNotPermitted,
                NsErrorKind.Permission,
                detail,
                $"{what}the kernel does not permit this mount here.{user}"),
            _ => new NsException(
                NsErrorId.MountFailed,
                NsErrorKind.State,
                detail,
                $"{what}the mount failed"
                    + (error == EINVAL ? "; the file system may not know an option."
                        : error == ENODEV ? "; the kernel lacks this file system."
                        : ".")),
        };
    }

    /// <summary>
    /// What is mounted below a directory of the host cannot be left behind in a user namespace: it might cover something.
    /// </summary>
    private static string LockedHint(int error, LaunchSpec spec) => error == EINVAL && spec.Namespaces.HasFlag(NsNamespaceKind.User)
        ? " In a user namespace, a directory with other mounts below it can only be taken together with them (Recurse), and not as a layer"
            + " of an overlay."
        : "";
}

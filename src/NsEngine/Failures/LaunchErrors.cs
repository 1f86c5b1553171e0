using System;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using NsModule.Text;
using static Tmds.Linux.LibC;

namespace NsModule.Failures;

/// <summary>What a failed launch step means to the user: cause and remedy.</summary>
internal static class LaunchErrors
{
    public static NsException Explain(LaunchFailure failure, LaunchSpec spec) =>
        Explain(failure, spec, path => File.Exists(path) ? File.ReadAllText(path).Trim() : null);

    /// <summary>A system call that failed in this process.</summary>
    public static NsException Explain(NativeException e) => e.Errno == EMFILE || e.Errno == ENFILE
        ? new NsException(
            NsErrorId.NoFileDescriptor,
            NsErrorKind.Resource,
            e.Call,
            $"{e.Message}: no file descriptor is left. Close some, or raise the limit (ulimit -n, fs.file-max).",
            e)
        : new NsException(NsErrorId.SystemCallFailed, NsErrorKind.State, e.Call, $"{e.Message}.", e);

    /// <summary>The same with /proc/sys as the given function reads it.</summary>
    public static NsException Explain(LaunchFailure failure, LaunchSpec spec, Func<string, string?> readSetting)
    {
        (LaunchStep step, int error, string detail) = failure;
        string why = Errno.Describe(error);
        if (error == EMFILE || error == ENFILE)
        {
            return new NsException(
                NsErrorId.NoFileDescriptor,
                NsErrorKind.Resource,
                detail,
                $"{Call(step, spec)}: {why}: no file descriptor is left. Close some, or raise the limit (ulimit -n, fs.file-max).");
        }

        return step switch
        {
            LaunchStep.State => ExplainState(error, detail, why),
            LaunchStep.Version => new NsException(
                NsErrorId.AgentVersionMismatch,
                NsErrorKind.Installation,
                detail,
                "The module's program, ns-agent, is of another version than the module that this PowerShell has loaded: it was updated"
                    + " meanwhile. Start PowerShell anew."),
            LaunchStep.Name => new NsException(
                NsErrorId.SessionNameInUse,
                NsErrorKind.Exists,
                detail,
                $"A running session is named '{detail}' already. Choose another -Name, or stop that one: Stop-NsProcess {detail}"),
            LaunchStep.Pty => new NsException(
                NsErrorId.NoPseudoTerminal,
                NsErrorKind.Resource,
                detail,
                $"{detail}: {why}: no pseudo-terminal can be opened. End sessions that have one, or raise kernel.pty.max;"
                    + " /dev/ptmx and /dev/pts must be there."),
            LaunchStep.CgroupController or LaunchStep.CgroupCreate or LaunchStep.CgroupLimit or LaunchStep.CgroupEnter
                or LaunchStep.CgroupScope => CgroupErrors.Explain(failure),
            LaunchStep.Clone or LaunchStep.Fork or LaunchStep.CgroupNamespace or LaunchStep.MountLock =>
                ExplainClone(step, error, why, spec, readSetting),
            LaunchStep.IdMap => ExplainMap(error, detail, why, readSetting),
            LaunchStep.Proc when error == EPERM => new NsException(
                NsErrorId.ProcMasked,
                NsErrorKind.Permission,
                "/proc",
                $"mount(proc): {why}: the kernel allows a user namespace its own /proc only where the present one is fully visible, and"
                    + " here parts of it are covered (as in most containers). Run as root, uncover /proc, or leave the Pid namespace out"
                    + " (-Namespace Mount, Uts, Ipc, User)."),
            LaunchStep.WorkingDirectory => new NsException(
                NsErrorId.WorkingDirectoryNotFound,
                error == EACCES ? NsErrorKind.Permission : NsErrorKind.NotFound,
                detail,
                $"chdir({detail}): {why}: the working directory cannot be entered. Name another with -WorkingDirectory."),
            LaunchStep.Exec => ExplainExec(error, detail, why),
            LaunchStep.Died => new NsException(
                NsErrorId.LaunchFailed,
                NsErrorKind.State,
                spec.FilePath,
                "The process that set the session up was killed before the command ran. Look for the out-of-memory killer or an"
                    + " administrator in the system's log."),
            LaunchStep.OutputLog => ExplainOutputLog(error, detail, why),
            LaunchStep.JoinTarget => ExplainJoinTarget(error, detail),
            LaunchStep.JoinFile => ExplainJoinFile(error, detail, why),
            LaunchStep.JoinAccess or LaunchStep.JoinNamespaces or LaunchStep.JoinRoot => ExplainJoin(step, error, why, spec),
            _ when FileSystemErrors.Knows(step) => FileSystemErrors.Explain(failure, spec),
            LaunchStep.KernelParameter => new NsException(
                NsErrorId.KernelParameterFailed,
                error == EPERM || error == EACCES ? NsErrorKind.Permission : NsErrorKind.State,
                detail,
                $"write(/proc/sys/{PrintableText.Of(detail)}): {why}: the parameter cannot be set."
                    + (error == ENOENT ? " This kernel has none of that name in a namespace."
                        : error == EINVAL ? " The value is none it takes."
                        : "")),
            LaunchStep.Hook or LaunchStep.CreateContainerHook or LaunchStep.StartContainerHook => new NsException(
                NsErrorId.HookFailed,
                NsErrorKind.State,
                detail,
                $"The hook {PrintableText.Of(detail)}: nothing was started. Its path, arguments and environment are in hooks of the"
                    + " bundle's config.json."),
            LaunchStep.Loopback when error == EPERM && NamespaceObstacle.AppArmorRestricts(readSetting) =>
                NamespaceObstacle.AppArmor.ToException($"{Call(step, spec)}: {why}", spec.Namespaces),
            >= LaunchStep.User and <= LaunchStep.JoinSpec or LaunchStep.SchedulingPolicy or LaunchStep.TimeOffsets
                or LaunchStep.TimeNamespace => PrivilegeErrors.Explain(step, error, detail, why, spec),
            LaunchStep.Network or LaunchStep.Nat or LaunchStep.Forwarding or LaunchStep.PublishedPort or LaunchStep.NetworkHelper =>
                NetworkErrors.Explain(failure),
            _ => new NsException(
                NsErrorId.LaunchFailed,
                error == EPERM || error == EACCES ? NsErrorKind.Permission : NsErrorKind.State,
                spec.FilePath,
                $"{Call(step, spec)}: {why}: the session could not be set up."),
        };
    }

    private static NsException ExplainState(int error, string detail, string why) => error == ENOSPC || error == EDQUOT
        ? new NsException(
            NsErrorId.StateDirectoryFull,
            NsErrorKind.Write,
            detail,
            $"{detail}: {why}: the file system of the state directory is full. Free some space on it, or remove ended sessions:"
                + " Get-NsProcess | Remove-NsProcess")
        : new NsException(
            NsErrorId.StateDirectoryUnusable,
            NsErrorKind.Write,
            detail,
            $"{detail}: {why}: the session's directory cannot be made or written.");

    private static NsException ExplainClone(LaunchStep step, int error, string why, LaunchSpec spec, Func<string, string?> readSetting)
    {
        string call = Call(step, spec);
        if (error == EAGAIN || error == ENOMEM)
        {
            return new NsException(
                NsErrorId.NoProcess,
                NsErrorKind.Resource,
                spec.FilePath,
                $"{call}: {why}: no process can be made. End some, or raise the limit (ulimit -u, pids.max, memory).");
        }

        if (NamespaceObstacle.Find(error, spec.Namespaces, readSetting) is NamespaceObstacle obstacle)
        {
            return obstacle.ToException($"{call}: {why}", spec.Namespaces);
        }

        return new NsException(
            NsErrorId.LaunchFailed,
            NsErrorKind.State,
            spec.Namespaces,
            $"{call}: {why}: the namespaces could not be made{(error == EINVAL ? "; this kernel may lack one of them" : "")}.");
    }

    private static NsException ExplainMap(int error, string detail, string why, Func<string, string?> readSetting) =>
        error == EPERM && NamespaceObstacle.AppArmorRestricts(readSetting)
            ? NamespaceObstacle.AppArmor.ToException($"write({detail}): {why}", detail)
        : error == EINVAL
            ? new NsException(
                NsErrorId.InvalidIdMap,
                NsErrorKind.Argument,
                detail,
                $"write({detail}): {why}: the kernel does not take this map.")
        : new NsException(
            NsErrorId.IdMapNotPermitted,
            NsErrorKind.Permission,
            detail,
            $"write({detail}): {why}: this user may not write this map. An ordinary user can map one id, its own.");

    private static NsException ExplainExec(int error, string command, string why)
    {
        if (error == ENOENT)
        {
            return new NsException(
                NsErrorId.CommandNotFound,
                NsErrorKind.NotFound,
                command,
                $"execve({command}): {why}: the command was not found. Check its name and the session's PATH;"
                    + " for a script, whether the interpreter in its first line exists.");
        }

        return error == E2BIG
            ? new NsException(
                NsErrorId.ArgumentListTooLong,
                NsErrorKind.Argument,
                command,
                $"execve({command}): {why}: arguments and environment are too long together. Pass the data through a file or the terminal.")
            : new NsException(
                NsErrorId.CommandNotExecutable,
                NsErrorKind.Permission,
                command,
                $"execve({command}): {why}: the command cannot be executed. It needs the execute permission, a file system without noexec,"
                    + " and a format or a first line (#!) that the kernel knows.");
    }

    private static NsException ExplainOutputLog(int error, string path, string why)
    {
        string call = $"open({PrintableText.Of(path)}): {why}";
        return error switch
        {
            _ when error == ENOENT || error == ENOTDIR => OutputLogSpec.DirectoryNotFound(path),
            _ when error == ELOOP || error == EMLINK => new NsException(
                NsErrorId.OutputLogIsLink,
                NsErrorKind.Security,
                path,
                $"{call}: the log is a {(error == ELOOP ? "symbolic link" : "file with several names (hard links)")}, and what it leads to"
                    + " could be anybody's. Remove it, or name another file with -OutputLog."),
            _ when error == EISDIR || error == ENXIO || error == ENODEV => new NsException(
                NsErrorId.OutputLogNotAFile,
                NsErrorKind.Argument,
                path,
                $"{call}: the log must be an ordinary file, or one that is not there yet. Name another with -OutputLog."),
            _ when error == EEXIST => new NsException(
                NsErrorId.OutputLogExists,
                NsErrorKind.Exists,
                path,
                $"{call}: a recording takes a file of its own, and this one holds something already."
                    + " Remove it, or name another with -OutputLog."),
            _ => new NsException(
                NsErrorId.OutputLogFailed,
                error == EACCES || error == EPERM || error == EROFS ? NsErrorKind.Permission : NsErrorKind.Write,
                path,
                $"{call}: the log cannot be written. Name another file with -OutputLog."),
        };
    }

    private static NsException ExplainJoinTarget(int error, string id) =>
        error == ENOENT
            ? new NsException(
                NsErrorId.SessionNotFound,
                NsErrorKind.NotFound,
                id,
                $"The session to join, {id}, is not there (any more). Get-NsProcess lists those there are.")
        : error == EBUSY
            ? new NsException(
                NsErrorId.SessionSuspended,
                NsErrorKind.State,
                id,
                $"The session to join, {id}, is suspended. Let it go on first: Resume-NsProcess {id}")
        : new NsException(
            NsErrorId.SessionEnded,
            NsErrorKind.State,
            id,
            $"The session to join, {id}, has ended. Join one that runs: Get-NsProcess");

    private static NsException ExplainJoinFile(int error, string path, string why) =>
        error == ENOENT || error == ESTALE || error == ESRCH
        ? new NsException(
            NsErrorId.NamespaceNotFound,
            NsErrorKind.NotFound,
            path,
            $"open({path}): {why}: the namespace to join is gone: nothing keeps it any more. Get-NsNamespace lists those there are.")
        : new NsException(
            NsErrorId.JoinNotPermitted,
            error == EACCES || error == EPERM ? NsErrorKind.Permission : NsErrorKind.State,
            path,
            $"open({path}): {why}: this user may not take hold of this namespace. It takes the user whose processes are in it, or root.");

    private static NsException ExplainJoin(LaunchStep step, int error, string why, LaunchSpec spec)
    {
        (string target, string takes) = spec.Join.Length > 0
            ? ($"session {spec.Join}", "It takes the user who started it, outside of any container that it was not started in, or root.")
            : (
                string.Join(", ", spec.JoinNamespaces.Concat(spec.SharedNamespaces)),
                "It takes root, or the owner of the user namespace that they belong to, which must be joined with them.");
        return error == EPERM || error == EACCES
            ? new NsException(
                NsErrorId.JoinNotPermitted,
                NsErrorKind.Permission,
                target,
                $"{Call(step, spec)}: {why}: this user may not enter the namespaces to join: {target}. {takes}")
            : new NsException(
                NsErrorId.LaunchFailed,
                NsErrorKind.State,
                target,
                $"{Call(step, spec)}: {why}: {target} could not be joined.");
    }

    private static string Call(LaunchStep step, LaunchSpec spec) => step switch
    {
        LaunchStep.Clone => string.Create(CultureInfo.InvariantCulture, $"clone3({spec.Namespaces})"),
        LaunchStep.Identity => "setresuid",
        LaunchStep.Hostname => "sethostname",
        LaunchStep.DomainName => "setdomainname",
        LaunchStep.Loopback => "ioctl(SIOCSIFFLAGS, lo)",
        LaunchStep.Propagation => "mount(MS_PRIVATE)",
        LaunchStep.Proc => "mount(proc)",
        LaunchStep.Fork => "clone3",
        LaunchStep.Terminal => "ioctl(TIOCSCTTY)",
        LaunchStep.Limits => "setrlimit(RLIMIT_NOFILE)",
        LaunchStep.Pty => "open(/dev/ptmx)",
        LaunchStep.Descriptors => "socketpair",
        LaunchStep.Exec => "execve",
        LaunchStep.WorkingDirectory => "chdir",
        LaunchStep.IdMap => "write(uid_map)",
        LaunchStep.State or LaunchStep.OutputLog => "open",
        LaunchStep.CgroupNamespace => "unshare(CLONE_NEWCGROUP)",
        LaunchStep.MountLock => "unshare(CLONE_NEWUSER | CLONE_NEWNS)",
        LaunchStep.JoinAccess => "pidfd_open",
        LaunchStep.JoinNamespaces => "setns",
        LaunchStep.JoinRoot => "chroot",
        LaunchStep.Streams => "pipe2",
        LaunchStep.Name or LaunchStep.Died => step.ToString(),
        _ => step.ToString(),
    };
}

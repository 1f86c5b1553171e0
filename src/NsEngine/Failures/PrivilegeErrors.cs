using NsModule.Protocol;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Failures;

/// <summary>
/// What a failed step of <see cref="LaunchErrors"/> means that is about the command's identity, privileges, limits and clocks.
/// </summary>
internal static class PrivilegeErrors
{
    public static NsException Explain(LaunchStep step, int error, string detail, string why, LaunchSpec spec) => step switch
    {
        LaunchStep.User when error == ENOENT => new NsException(
            NsErrorId.UserNotFound,
            NsErrorKind.NotFound,
            detail,
            $"There is no user '{detail}' in the session's /etc/passwd. Name one that is there, or give its number."),
        LaunchStep.Group when error == ENOENT => new NsException(
            NsErrorId.GroupNotFound,
            NsErrorKind.NotFound,
            detail,
            $"There is no group '{detail}' in the session's /etc/group. Name one that is there, or give its number."),
        LaunchStep.User or LaunchStep.Group => new NsException(
            NsErrorId.LaunchFailed,
            NsErrorKind.State,
            detail,
            $"{detail} of the session's root cannot be read ({why}), so '{spec.Identity.User}' cannot be found in it."
                + " Make it a regular file that can be read, or give numbers for user and group."),
        LaunchStep.IdNotMapped when error == EPERM => new NsException(
            NsErrorId.GroupsNotPermitted,
            NsErrorKind.Permission,
            detail,
            $"The group {detail} cannot be given to the command: in a user namespace whose group map an ordinary user wrote, the kernel"
                + " denies setgroups(2). Use sub-ids (-SubId Auto), run as root, or leave -SupplementaryGroup out."),
        LaunchStep.IdNotMapped => new NsException(
            NsErrorId.IdNotMapped,
            NsErrorKind.Argument,
            detail,
            $"The {detail} is not in the session's user namespace: its maps are {string.Join(", ", spec.UidMap)} for users and"
                + $" {string.Join(", ", spec.GidMap)} for groups. Map it with -UidMap and -GidMap or -SubId Auto, or choose"
                + " another -User."),
        LaunchStep.IdMapHelper when error == ENOENT => new NsException(
            NsErrorId.IdMapHelperMissing,
            NsErrorKind.Installation,
            detail,
            $"An ordinary user needs {detail} to map more than its own id, and it is not installed."
                + " Install it (Debian and Ubuntu: apt-get install uidmap; Fedora: dnf install shadow-utils), or map one id."),
        LaunchStep.IdMapHelper when error == ETIMEDOUT => new NsException(
            NsErrorId.IdMapHelperFailed,
            NsErrorKind.Timeout,
            detail,
            $"{detail}: it did not end and was killed. See whether a directory service that it asks answers."),
        LaunchStep.IdMapHelper => new NsException(
            NsErrorId.IdMapHelperFailed,
            NsErrorKind.Permission,
            detail,
            $"{detail}: the map was refused. The ranges must be in /etc/subuid and /etc/subgid, and the program setuid root on a file"
                + " system without nosuid."),
        LaunchStep.BecomeUser => new NsException(
            NsErrorId.LaunchFailed,
            NsErrorKind.Permission,
            spec.Identity.User,
            $"setresuid: {why}: the command cannot become '{spec.Identity.User}'."),
        LaunchStep.Capabilities => new NsException(
            NsErrorId.CapabilityNotPermitted,
            NsErrorKind.Permission,
            spec.FilePath,
            $"capset: {why}: the capabilities cannot be set. Dropping some takes CAP_SETPCAP, and none can be given that the caller"
                + " does not have."),
        LaunchStep.NoNewPrivileges =>
            new NsException(NsErrorId.LaunchFailed, NsErrorKind.State, spec.FilePath, $"prctl(PR_SET_NO_NEW_PRIVS): {why}."),
        LaunchStep.Seccomp => new NsException(
            NsErrorId.SeccompFailed,
            error == EACCES ? NsErrorKind.Permission : NsErrorKind.State,
            spec.FilePath,
            $"seccomp(SECCOMP_SET_MODE_FILTER): {why}: the kernel does not take the"
                + $" filter{(error == EACCES ? "; without no_new_privs it takes CAP_SYS_ADMIN: leave -AllowNewPrivileges out" : "")}."),
        LaunchStep.ResourceLimit => new NsException(
            NsErrorId.ResourceLimitNotPermitted,
            NsErrorKind.Permission,
            detail,
            $"prlimit({detail}): {why}: the limit cannot be set. Raising a hard limit takes CAP_SYS_RESOURCE;"
                + " nofile cannot go beyond fs.nr_open."),
        LaunchStep.Nice => new NsException(
            NsErrorId.ResourceLimitNotPermitted,
            NsErrorKind.Permission,
            detail,
            $"setpriority({detail}): {why}: a value below the caller's own takes CAP_SYS_NICE, or a limit of nice that allows it."),
        LaunchStep.SchedulingPolicy => new NsException(
            NsErrorId.ResourceLimitNotPermitted,
            NsErrorKind.Permission,
            detail,
            $"sched_setscheduler({detail}): {why}: to leave the policy Idle, which the caller has, takes CAP_SYS_NICE,"
                + " or a limit of nice that allows it."),
        LaunchStep.CpuAffinity => new NsException(
            NsErrorId.InvalidResource,
            NsErrorKind.Argument,
            detail,
            $"sched_setaffinity({detail}): {why}: none of these processors is there for the command (see /proc/self/status,"
                + " Cpus_allowed_list)."),
        LaunchStep.OomScore => new NsException(
            NsErrorId.ResourceLimitNotPermitted,
            NsErrorKind.Permission,
            detail,
            $"write(oom_score_adj, {detail}): {why}: a score below the caller's own takes CAP_SYS_RESOURCE."),
        LaunchStep.JoinSpec => new NsException(
            NsErrorId.SessionVersionMismatch,
            NsErrorKind.State,
            detail,
            $"Session {detail} was started by another version of NsModule, whose record of what confines it cannot be read here: no command"
                + $" can join it. It can be listed and stopped; join it with the version that started it, or start it again."),
        LaunchStep.TimeOffsets when error == ERANGE => new NsException(
            NsErrorId.InvalidTimeOffset,
            NsErrorKind.Argument,
            spec.TimeOffsets,
            $"write(timens_offsets): {why}: a clock would be below zero or above its maximum. A negative offset can be no larger than the"
                + " time since the machine was started."),
        LaunchStep.TimeOffsets => new NsException(
            NsErrorId.LaunchFailed,
            error == EPERM ? NsErrorKind.Permission : NsErrorKind.State,
            spec.TimeOffsets,
            $"write(timens_offsets): {why}: the time namespace could not be made; the kernel may lack CONFIG_TIME_NS."),
        _ => new NsException(
            NsErrorId.LaunchFailed,
            NsErrorKind.State,
            spec.TimeOffsets,
            $"setns(CLONE_NEWTIME): {why}: the time namespace cannot be entered."),
    };
}

namespace NsModule;

/// <summary>The stable names of the module's errors, as they stand in <c>FullyQualifiedErrorId</c>: one for each cause.</summary>
public static class NsErrorId
{
    /// <summary>Not Linux with glibc on a supported processor.</summary>
    public const string PlatformNotSupported = nameof(PlatformNotSupported);

    /// <summary>The kernel lacks a system call that the module needs.</summary>
    public const string KernelTooOld = nameof(KernelTooOld);

    /// <summary>The ns-agent program is not in the module's folder.</summary>
    public const string AgentNotFound = nameof(AgentNotFound);

    /// <summary>The ns-agent program lacks its execute permission.</summary>
    public const string AgentNotExecutable = nameof(AgentNotExecutable);

    /// <summary>The ns-agent program did not run, or ended without a word.</summary>
    public const string AgentFailed = nameof(AgentFailed);

    /// <summary>The launch did not complete in time.</summary>
    public const string LaunchTimeout = nameof(LaunchTimeout);

    /// <summary>The command does not exist (127).</summary>
    public const string CommandNotFound = nameof(CommandNotFound);

    /// <summary>The command exists but cannot be executed (126).</summary>
    public const string CommandNotExecutable = nameof(CommandNotExecutable);

    /// <summary>Arguments and environment together are too long for execve(2).</summary>
    public const string ArgumentListTooLong = nameof(ArgumentListTooLong);

    /// <summary>The host name is empty, too long, or has characters that a host name cannot have.</summary>
    public const string InvalidHostname = nameof(InvalidHostname);

    /// <summary>The domain name is empty, too long, or has characters that it cannot have.</summary>
    public const string InvalidDomainName = nameof(InvalidDomainName);

    /// <summary>The session's name is empty, too long, or has characters that a name cannot have.</summary>
    public const string InvalidName = nameof(InvalidName);

    /// <summary>A NUL or a newline where there can be none.</summary>
    public const string InvalidString = nameof(InvalidString);

    /// <summary>An environment variable's name is empty or holds an equals sign.</summary>
    public const string InvalidEnvironment = nameof(InvalidEnvironment);

    /// <summary><c>-ClearEnvironment</c> and <c>-InheritEnvironment</c> contradict each other.</summary>
    public const string EnvironmentConflict = nameof(EnvironmentConflict);

    /// <summary>A timeout below zero or too long.</summary>
    public const string InvalidTimeout = nameof(InvalidTimeout);

    /// <summary>The working directory does not exist or cannot be entered.</summary>
    public const string WorkingDirectoryNotFound = nameof(WorkingDirectoryNotFound);

    /// <summary>A parameter needs a namespace that <c>-Namespace</c> leaves out.</summary>
    public const string NamespaceRequired = nameof(NamespaceRequired);

    /// <summary>A map is malformed, empty in a range, or too long.</summary>
    public const string InvalidIdMap = nameof(InvalidIdMap);

    /// <summary>Two ranges of a map overlap.</summary>
    public const string IdMapOverlap = nameof(IdMapOverlap);

    /// <summary>This user may not write this map.</summary>
    public const string IdMapNotPermitted = nameof(IdMapNotPermitted);

    /// <summary>newuidmap or newgidmap, which an ordinary user needs for more than one id, is not installed.</summary>
    public const string IdMapHelperMissing = nameof(IdMapHelperMissing);

    /// <summary>newuidmap or newgidmap refused the map.</summary>
    public const string IdMapHelperFailed = nameof(IdMapHelperFailed);

    /// <summary>The user has no sub-ids.</summary>
    public const string SubIdNotFound = nameof(SubIdNotFound);

    /// <summary>A user or group that is neither a name nor a decimal number.</summary>
    public const string InvalidUser = nameof(InvalidUser);

    /// <summary>The root's /etc/passwd has no such user.</summary>
    public const string UserNotFound = nameof(UserNotFound);

    /// <summary>The root's /etc/group has no such group.</summary>
    public const string GroupNotFound = nameof(GroupNotFound);

    /// <summary>The user or group is not in the session's map.</summary>
    public const string IdNotMapped = nameof(IdNotMapped);

    /// <summary>Groups cannot be set where the kernel asks for setgroups to be denied.</summary>
    public const string GroupsNotPermitted = nameof(GroupsNotPermitted);

    /// <summary>The mask is not an octal number up to 0777.</summary>
    public const string InvalidUmask = nameof(InvalidUmask);

    /// <summary>A capability that this kernel does not have, or one to add and to drop at once.</summary>
    public const string InvalidCapability = nameof(InvalidCapability);

    /// <summary>A capability that this user does not have to give.</summary>
    public const string CapabilityNotPermitted = nameof(CapabilityNotPermitted);

    /// <summary>The limit does not exist or cannot have this value.</summary>
    public const string InvalidResourceLimit = nameof(InvalidResourceLimit);

    /// <summary>This user may not set the limit, the priority or the score.</summary>
    public const string ResourceLimitNotPermitted = nameof(ResourceLimitNotPermitted);

    /// <summary>A nice value, a score or a list of processors that cannot be.</summary>
    public const string InvalidResource = nameof(InvalidResource);

    /// <summary>libseccomp is not installed.</summary>
    public const string SeccompLibraryMissing = nameof(SeccompLibraryMissing);

    /// <summary>The seccomp profile cannot be read, or has something in it that is not supported.</summary>
    public const string InvalidSeccompProfile = nameof(InvalidSeccompProfile);

    /// <summary>The seccomp profile has more rules than a filter can hold, or is larger than any profile needs.</summary>
    public const string SeccompProfileTooLarge = nameof(SeccompProfileTooLarge);

    /// <summary>The kernel does not take the seccomp filter.</summary>
    public const string SeccompFailed = nameof(SeccompFailed);

    /// <summary>An offset that a clock cannot have.</summary>
    public const string InvalidTimeOffset = nameof(InvalidTimeOffset);

    /// <summary>The kernel allows no (more) namespaces of a kind here.</summary>
    public const string NamespaceForbidden = nameof(NamespaceForbidden);

    /// <summary>AppArmor keeps ordinary users from user namespaces.</summary>
    public const string NamespaceForbiddenByAppArmor = nameof(NamespaceForbiddenByAppArmor);

    /// <summary>A fresh /proc is refused because the one here is partly covered.</summary>
    public const string ProcMasked = nameof(ProcMasked);

    /// <summary>No pseudo-terminal is left.</summary>
    public const string NoPseudoTerminal = nameof(NoPseudoTerminal);

    /// <summary>No file descriptor is left.</summary>
    public const string NoFileDescriptor = nameof(NoFileDescriptor);

    /// <summary>No process can be made.</summary>
    public const string NoProcess = nameof(NoProcess);

    /// <summary>A step of the launch failed.</summary>
    public const string LaunchFailed = nameof(LaunchFailed);

    /// <summary>The state directory cannot be made or written.</summary>
    public const string StateDirectoryUnusable = nameof(StateDirectoryUnusable);

    /// <summary>The state directory belongs to somebody else or is open to others.</summary>
    public const string StateDirectoryNotOwned = nameof(StateDirectoryNotOwned);

    /// <summary>The file system of the state directory is full.</summary>
    public const string StateDirectoryFull = nameof(StateDirectoryFull);

    /// <summary>A running session has this name already.</summary>
    public const string SessionNameInUse = nameof(SessionNameInUse);

    /// <summary>No session has this id or name.</summary>
    public const string SessionNotFound = nameof(SessionNotFound);

    /// <summary>Several sessions fit where one is needed.</summary>
    public const string SessionAmbiguous = nameof(SessionAmbiguous);

    /// <summary>The session has ended.</summary>
    public const string SessionEnded = nameof(SessionEnded);

    /// <summary><c>$NsRetention</c> is no policy.</summary>
    public const string InvalidRetention = nameof(InvalidRetention);

    /// <summary><c>-Keep</c> and <c>-RemoveOnExit</c>.</summary>
    public const string RetentionConflict = nameof(RetentionConflict);

    /// <summary>The session still runs.</summary>
    public const string SessionRunning = nameof(SessionRunning);

    /// <summary>The session's supervisor was killed, and everything in the session with it.</summary>
    public const string SessionLost = nameof(SessionLost);

    /// <summary>A system call failed that has no error of its own here.</summary>
    public const string SystemCallFailed = nameof(SystemCallFailed);

    /// <summary>The session's supervisor refused or broke the connection.</summary>
    public const string SessionUnreachable = nameof(SessionUnreachable);

    /// <summary>The session is suspended.</summary>
    public const string SessionSuspended = nameof(SessionSuspended);

    /// <summary>The root directory does not exist.</summary>
    public const string RootNotFound = nameof(RootNotFound);

    /// <summary>A parameter is about a root of the session's own, and there is none.</summary>
    public const string RootRequired = nameof(RootRequired);

    /// <summary>The root directory cannot be made the session's root.</summary>
    public const string RootUnusable = nameof(RootUnusable);

    /// <summary>The file system of the root cannot give its files the ids of the session.</summary>
    public const string RootNotIdMapped = nameof(RootNotIdMapped);

    /// <summary>A mount that cannot be: no target, a source too many, an option that is none.</summary>
    public const string InvalidMount = nameof(InvalidMount);

    /// <summary>What a mount is to be made from does not exist.</summary>
    public const string MountSourceNotFound = nameof(MountSourceNotFound);

    /// <summary>What a mount is to be made from may not be used by this user.</summary>
    public const string MountSourceDenied = nameof(MountSourceDenied);

    /// <summary>The place where a mount is to go does not exist, and cannot be made.</summary>
    public const string MountTargetNotFound = nameof(MountTargetNotFound);

    /// <summary>The place where a mount is to go is a link that it must not be, or of the wrong type.</summary>
    public const string MountTargetUnsafe = nameof(MountTargetUnsafe);

    /// <summary>The kernel does not permit a mount.</summary>
    public const string MountNotPermitted = nameof(MountNotPermitted);

    /// <summary>A mount failed for another reason.</summary>
    public const string MountFailed = nameof(MountFailed);

    /// <summary>The kernel makes no overlay of these directories.</summary>
    public const string OverlayFailed = nameof(OverlayFailed);

    /// <summary>The session to join may not be joined by this user.</summary>
    public const string JoinNotPermitted = nameof(JoinNotPermitted);

    /// <summary>The namespace that is asked for, or the process in it, is not there (any more).</summary>
    public const string NamespaceNotFound = nameof(NamespaceNotFound);

    /// <summary>Two namespaces of one kind to join.</summary>
    public const string NamespaceAmbiguous = nameof(NamespaceAmbiguous);

    /// <summary>Test-NsHost knows no such capability.</summary>
    public const string CapabilityNotKnown = nameof(CapabilityNotKnown);

    /// <summary>Standard output, a file or a device, does not take what a session that was entered puts out.</summary>
    public const string OutputNotWritten = nameof(OutputNotWritten);

    /// <summary>A launch parameter that was abbreviated after the command's name, where it reads as a word of the command.</summary>
    public const string ParameterAbbreviated = nameof(ParameterAbbreviated);

    /// <summary>A parameter that is about earlier output stands beside one that looks at the screen as it is.</summary>
    public const string ScreenHasNoPast = nameof(ScreenHasNoPast);

    /// <summary>The output cannot be kept in a buffer of that size.</summary>
    public const string InvalidOutputBufferSize = nameof(InvalidOutputBufferSize);

    /// <summary>No port of the session was open in time.</summary>
    public const string PortTimeout = nameof(PortTimeout);

    /// <summary>The session ended before its port was open.</summary>
    public const string PortNotOpen = nameof(PortNotOpen);

    /// <summary>There is no such port, or none to wait for.</summary>
    public const string InvalidPort = nameof(InvalidPort);

    /// <summary>The script block that a command is given as says more, or less, than one command.</summary>
    public const string InvalidCommandBlock = nameof(InvalidCommandBlock);

    /// <summary>A launch parameter that makes no sense with <c>-Join</c>.</summary>
    public const string ParameterNotForJoin = nameof(ParameterNotForJoin);

    /// <summary>The directory of <c>-OutputLog</c> does not exist.</summary>
    public const string OutputLogDirectoryNotFound = nameof(OutputLogDirectoryNotFound);

    /// <summary>The file of <c>-OutputLog</c> is a symbolic link, or has several names (hard links).</summary>
    public const string OutputLogIsLink = nameof(OutputLogIsLink);

    /// <summary>The file of <c>-OutputLog</c> is a directory, a device, a pipe or a socket.</summary>
    public const string OutputLogNotAFile = nameof(OutputLogNotAFile);

    /// <summary>A recording cannot be added to a file that holds something already.</summary>
    public const string OutputLogExists = nameof(OutputLogExists);

    /// <summary>The file of <c>-OutputLog</c> cannot be opened or written.</summary>
    public const string OutputLogFailed = nameof(OutputLogFailed);

    /// <summary><c>-LogFormat</c> or <c>-LogSizeLimit</c> without <c>-OutputLog</c>.</summary>
    public const string OutputLogRequired = nameof(OutputLogRequired);

    /// <summary>The limit is no size that a file can have.</summary>
    public const string InvalidLogSizeLimit = nameof(InvalidLogSizeLimit);

    /// <summary><c>-Network</c> contradicts another parameter.</summary>
    public const string NetworkConflict = nameof(NetworkConflict);

    /// <summary>A parameter needs <c>-Network Private</c>.</summary>
    public const string NetworkRequired = nameof(NetworkRequired);

    /// <summary>The kernel lacks something that a private network needs: veth devices, NAT, TUN devices, netlink sockets.</summary>
    public const string NetworkNotSupported = nameof(NetworkNotSupported);

    /// <summary>This user may not make a private network here.</summary>
    public const string NetworkNotPermitted = nameof(NetworkNotPermitted);

    /// <summary>All addresses for private networks are taken.</summary>
    public const string NetworkAddressesExhausted = nameof(NetworkAddressesExhausted);

    /// <summary>The host passes no packets on, and that could not be changed.</summary>
    public const string ForwardingDisabled = nameof(ForwardingDisabled);

    /// <summary>Neither pasta nor slirp4netns is installed.</summary>
    public const string NetworkHelperNotFound = nameof(NetworkHelperNotFound);

    /// <summary>pasta or slirp4netns failed.</summary>
    public const string NetworkHelperFailed = nameof(NetworkHelperFailed);

    /// <summary>The private network could not be set up.</summary>
    public const string NetworkFailed = nameof(NetworkFailed);

    /// <summary>A published port is malformed.</summary>
    public const string InvalidPublishedPort = nameof(InvalidPublishedPort);

    /// <summary>Two published ports want the same port of the host.</summary>
    public const string PublishedPortConflict = nameof(PublishedPortConflict);

    /// <summary>The host's port is in use.</summary>
    public const string PublishedPortInUse = nameof(PublishedPortInUse);

    /// <summary>This user may not open the host's port.</summary>
    public const string PublishedPortNotPermitted = nameof(PublishedPortNotPermitted);

    /// <summary>The host has no such address to publish a port on.</summary>
    public const string PublishedAddressNotFound = nameof(PublishedAddressNotFound);

    /// <summary>There is no OCI bundle, or it cannot be read.</summary>
    public const string BundleNotFound = nameof(BundleNotFound);

    /// <summary>The bundle's config.json is a directory, a device, a pipe or a socket.</summary>
    public const string BundleConfigNotAFile = nameof(BundleConfigNotAFile);

    /// <summary>The bundle's config.json is larger than any bundle needs.</summary>
    public const string BundleConfigTooLarge = nameof(BundleConfigTooLarge);

    /// <summary>A list in the bundle's config.json has more entries than any bundle needs.</summary>
    public const string BundleLimitExceeded = nameof(BundleLimitExceeded);

    /// <summary>The bundle's config.json makes no sense.</summary>
    public const string BundleInvalid = nameof(BundleInvalid);

    /// <summary>The bundle's config.json asks for what is not supported.</summary>
    public const string BundleFieldNotSupported = nameof(BundleFieldNotSupported);

    /// <summary>What the parameter says, the bundle says.</summary>
    public const string ParameterNotForBundle = nameof(ParameterNotForBundle);

    /// <summary>A hook of the bundle failed.</summary>
    public const string HookFailed = nameof(HookFailed);

    /// <summary>A parameter of the kernel cannot be set.</summary>
    public const string KernelParameterFailed = nameof(KernelParameterFailed);

    /// <summary>The size is none that a terminal can have.</summary>
    public const string InvalidTerminalSize = nameof(InvalidTerminalSize);

    /// <summary>The size of the session's terminal follows the terminal that is attached.</summary>
    public const string TerminalAttached = nameof(TerminalAttached);

    /// <summary>The session's time (<c>-TimeoutSec</c>) was over.</summary>
    public const string SessionTimedOut = nameof(SessionTimedOut);

    /// <summary>The session did not end in time.</summary>
    public const string WaitTimeout = nameof(WaitTimeout);

    /// <summary>A line that a command wrote to its standard error.</summary>
    public const string NsCommandStandardError = nameof(NsCommandStandardError);

    /// <summary>A command was ended because its time was over.</summary>
    public const string CommandTimeout = nameof(CommandTimeout);

    /// <summary>
    /// A command has ended with an exit code other than 0, and <c>$PSNativeCommandUseErrorActionPreference</c> makes that an error.
    /// </summary>
    public const string CommandExitedWithNonZeroCode = nameof(CommandExitedWithNonZeroCode);

    /// <summary>The session has no terminal.</summary>
    public const string NoTerminal = nameof(NoTerminal);

    /// <summary>The signal's name or number is unknown.</summary>
    public const string InvalidSignal = nameof(InvalidSignal);

    /// <summary>The detach keys are not of the notation.</summary>
    public const string InvalidDetachKeys = nameof(InvalidDetachKeys);

    /// <summary>Neither text nor a key to type.</summary>
    public const string NoInput = nameof(NoInput);

    /// <summary>The key is none that a terminal has.</summary>
    public const string InvalidKey = nameof(InvalidKey);

    /// <summary>The pattern is not a regular expression.</summary>
    public const string InvalidPattern = nameof(InvalidPattern);

    /// <summary>The pattern takes too long to match.</summary>
    public const string PatternTooSlow = nameof(PatternTooSlow);

    /// <summary>Neither a time nor a span of time.</summary>
    public const string InvalidSince = nameof(InvalidSince);

    /// <summary>What is to be drawn is no screen.</summary>
    public const string InvalidScreen = nameof(InvalidScreen);

    /// <summary>The output did not match in time.</summary>
    public const string OutputTimeout = nameof(OutputTimeout);

    /// <summary>The session has ended and its output did not match.</summary>
    public const string OutputNotFound = nameof(OutputNotFound);

    /// <summary>-MemoryLimit is not a number of bytes that a session can have as its limit.</summary>
    public const string InvalidMemoryLimit = nameof(InvalidMemoryLimit);

    /// <summary>-CpuLimit is not a number of CPUs that a session can have as its limit.</summary>
    public const string InvalidCpuLimit = nameof(InvalidCpuLimit);

    /// <summary>-ProcessLimit is not a number of processes that a session can have as its limit.</summary>
    public const string InvalidProcessLimit = nameof(InvalidProcessLimit);

    /// <summary>-IOWeight is not from 1 to 10000.</summary>
    public const string InvalidIOWeight = nameof(InvalidIOWeight);

    /// <summary>A limit needs a cgroup controller that is not to be had here.</summary>
    public const string CgroupControllerMissing = nameof(CgroupControllerMissing);

    /// <summary>This user may not make cgroups with the controller that a limit needs.</summary>
    public const string CgroupNotDelegated = nameof(CgroupNotDelegated);

    /// <summary>The chosen cgroup belongs to others.</summary>
    public const string CgroupInUse = "CgroupInUse";

    /// <summary>The user's systemd does not make a scope for a session's limits.</summary>
    public const string CgroupScopeFailed = nameof(CgroupScopeFailed);

    /// <summary>The cgroup that would have to hand the controller on has processes itself.</summary>
    public const string CgroupHasProcesses = nameof(CgroupHasProcesses);

    /// <summary>The kernel does not take the value of a limit.</summary>
    public const string CgroupLimitRefused = nameof(CgroupLimitRefused);

    /// <summary>The memory limit was reached before the command ran.</summary>
    public const string MemoryLimitTooLow = nameof(MemoryLimitTooLow);

    /// <summary>No limit was given to be set.</summary>
    public const string NoLimitGiven = nameof(NoLimitGiven);

    /// <summary>The session has no limits of its own: it has joined another.</summary>
    public const string SessionWithoutLimits = nameof(SessionWithoutLimits);

    /// <summary>The session's standard error is its terminal: it was started without -SeparateError.</summary>
    public const string NoSeparateError = nameof(NoSeparateError);

    /// <summary>The session's supervisor is there and does not answer: it is stopped, or stuck.</summary>
    public const string SupervisorNotResponding = nameof(SupervisorNotResponding);

    /// <summary>
    /// Another version of the module started the session: it can be listed, waited for, stopped and removed, and nothing else.
    /// </summary>
    public const string SessionVersionMismatch = nameof(SessionVersionMismatch);

    /// <summary>The module's program on the disk is of another version than the module that is loaded.</summary>
    public const string AgentVersionMismatch = nameof(AgentVersionMismatch);

    /// <summary>The caller has no console: a remote session, a background job, a thread job.</summary>
    public const string NoConsole = nameof(NoConsole);

    /// <summary>Another Enter-NsTerminal of this process holds the console.</summary>
    public const string ConsoleInUse = nameof(ConsoleInUse);

    /// <summary>The attach program died; the terminal was restored and the session runs on.</summary>
    public const string AttachFailed = nameof(AttachFailed);
}

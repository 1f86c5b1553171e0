using System;

namespace NsModule.Agent.Init;

/// <summary>
/// What an <see cref="InitOp"/> does. A slot is a numbered place for a descriptor, or for a number that one operation leaves for another.
/// </summary>
internal enum InitOpKind
{
    /// <summary>Reports the <see cref="ReportKind"/> in Number to the supervisor, and waits for its go-ahead.</summary>
    AwaitSupervisor,

    /// <summary>
    /// Asks for signal Number when the parent ends (PR_SET_PDEATHSIG). Where there is a Slot, this process ends at once if the process or
    /// the socket in it has ended already: then the signal would never come.
    /// </summary>
    DeathSignal,

    /// <summary>Slot: the file Name, opened with Flags (open(2)).</summary>
    OpenFile,

    /// <summary>Writes Length bytes of Text to the file in Slot, all at once, and closes it.</summary>
    Write,

    /// <summary>
    /// Makes Number a copy of the descriptor in From, with Flags (dup3(2)). Where there is a Slot, it has that copy from then on.
    /// </summary>
    Duplicate,

    /// <summary>Closes all descriptors from Number on.</summary>
    CloseFrom,

    /// <summary>Makes the namespaces in Flags, and enters them (unshare(2)).</summary>
    Unshare,

    /// <summary>Enters the namespace in Slot, of the kind in Flags (setns(2)).</summary>
    EnterNamespace,

    /// <summary>Makes the directory in Slot the root (chroot(2)).</summary>
    ChangeRoot,

    /// <summary>Sets the host name to Length bytes of Text.</summary>
    Hostname,

    /// <summary>Sets the domain name to Length bytes of Text.</summary>
    DomainName,

    /// <summary>Brings the loopback device up.</summary>
    Loopback,

    /// <summary>Sets the file mode creation mask to Number.</summary>
    Umask,

    /// <summary>Sets the supplementary groups: Length bytes of Text, a gid_t each.</summary>
    Groups,

    /// <summary>Takes on the ids in Gid and Uid, real, effective and saved.</summary>
    Ids,

    /// <summary>Whether changing the ids keeps the permitted capabilities (PR_SET_KEEPCAPS): Number.</summary>
    KeepCapabilities,

    /// <summary>Takes the capabilities in Flags out of the bounding set.</summary>
    BoundingSet,

    /// <summary>
    /// Gives up all capabilities but those in Flags, and makes those effective. Of them, those in Inheritable become the inheritable ones.
    /// </summary>
    Capabilities,

    /// <summary>Makes of the inheritable capabilities those in Flags ambient, and no others.</summary>
    AmbientCapabilities,

    /// <summary>No execve(2) gives more privileges from here on (PR_SET_NO_NEW_PRIVS).</summary>
    NoNewPrivileges,

    /// <summary>Loads the seccomp filter of Length bytes at Text, with Flags.</summary>
    Filter,

    /// <summary>
    /// Whether other processes of this user may look into this one (PR_SET_DUMPABLE): Number. Where there is a Slot, it has what held
    /// before.
    /// </summary>
    Dumpable,

    /// <summary>The same as it was: what <see cref="Dumpable"/> has left in Slot.</summary>
    RestoreDumpable,

    /// <summary>Sets the soft limit of open files to Flags.</summary>
    OpenFilesLimit,

    /// <summary>Begins a session of the terminal's kind (setsid(2)).</summary>
    NewSession,

    /// <summary>Gives the file in Slot to the user Uid.</summary>
    Owner,

    /// <summary>Makes the terminal in Slot the controlling one (TIOCSCTTY).</summary>
    ControllingTerminal,

    /// <summary>Enters the directory Name if it can be entered; Slot then has 0.</summary>
    TryDirectory,

    /// <summary>Enters the directory Name. Failing is no failure where <see cref="TryDirectory"/> has got there: Slot.</summary>
    ChangeDirectory,

    /// <summary>Fails where the working directory is outside of the root.</summary>
    InsideRoot,

    /// <summary>Default dispositions for all signals, and none blocked.</summary>
    ResetSignals,

    /// <summary>
    /// Runs the program Name with arguments Names and Environment, for at most Number seconds (0: no limit), in the directory in From,
    /// with the file in Slot as its standard input.
    /// </summary>
    Hook,

    /// <summary>Executes the first of the Candidates that can be, with Environment.</summary>
    Execute,

    /// <summary>Orphans become children of this process (PR_SET_CHILD_SUBREAPER).</summary>
    Subreaper,

    /// <summary>Forks a process that goes on with the command's operations; Slot has its pid.</summary>
    Fork,

    /// <summary>
    /// Init's life: reaps, passes signals on to the process in Slot, and ends with its status. What is in the list of children in From it
    /// kills before.
    /// </summary>
    Reap,

    /// <summary>Goes on after the next Skip operations.</summary>
    Jump,

    /// <summary>
    /// Enters a mount namespace of a user namespace below the session's own: what is made there is locked in the copy that <see
    /// cref="Lock"/> makes. Gid and Uid own it; Number, where not 0, is the pid of the child that this takes.
    /// </summary>
    Apart,

    /// <summary>
    /// Makes the session's own mount namespace, a copy of that one; Slot: the devpts that the terminal in From is in, or none.
    /// </summary>
    Lock,

    /// <summary>mount(2) of the whole tree with the propagation in Flags.</summary>
    Propagation,

    /// <summary>Slot: the path Name of the host (O_PATH); with a Mode, the device with that number.</summary>
    Open,

    /// <summary>Slot: a copy of the mount at the path Name, of the host or below From, or of what is in From (open_tree(2)).</summary>
    Clone,

    /// <summary>Slot: a new file system of type Name, to be configured (fsopen(2)).</summary>
    New,

    /// <summary>Slot: option Name with value Text, or none (fsconfig(2)).</summary>
    Option,

    /// <summary>Adds the path of From, with Text behind it, to the list of layers.</summary>
    Layer,

    /// <summary>Slot: option Name with the list of layers, which is then empty again.</summary>
    LayersOption,

    /// <summary>Slot: becomes a mount of the file system in it, with the MOUNT_ATTR_* in Flags (fsmount(2)).</summary>
    Mount,

    /// <summary>Slot: sets the MOUNT_ATTR_* in Flags and takes those in Clear away; Propagation is an MS_* (mount_setattr(2)).</summary>
    Attributes,

    /// <summary>Slot: the place Names in the root From (openat2(2)), made where it is missing, as Create says.</summary>
    Find,

    /// <summary>Puts the mount in Slot on the place in From (move_mount(2)).</summary>
    Move,

    /// <summary>Makes directory Name in Slot, unless it is there.</summary>
    Directory,

    /// <summary>Makes file Name in Slot, with Length bytes of Text.</summary>
    File,

    /// <summary>Writes Length bytes of Text to the file Name, a parameter of the kernel's, in Slot.</summary>
    KernelParameter,

    /// <summary>Makes link Name to Text in Slot, unless the name is there.</summary>
    Link,

    /// <summary>Makes device Name in Slot, with number Mode; where the kernel forbids that, from the host's device at path Text.</summary>
    Device,

    /// <summary>
    /// Opens the session's terminal in the devpts in Slot, gives it to Uid, and passes it to the supervisor; From: its slave side.
    /// </summary>
    Terminal,

    /// <summary>Puts the session's terminal, in From, on file Name in Slot; Text is its path on the host, where it is the host's.</summary>
    Console,

    /// <summary>Covers the place in Slot: a file with the null device in From, a directory with an empty one.</summary>
    Mask,

    /// <summary>Makes the mount in Slot the root, and lets go of the old one.</summary>
    Pivot,

    /// <summary>Takes the mount in Slot away.</summary>
    Detach,
}

/// <summary>Failures that are none: the next <see cref="InitOp.Skip"/> operations are left out instead.</summary>
[Flags]
internal enum Tolerance
{
    None = 0,

    /// <summary>The path is not there.</summary>
    Missing = 1,

    /// <summary>The kernel does not permit it.</summary>
    Refused = 2,

    /// <summary>Whatever it is.</summary>
    Any = 4,
}

/// <summary>What <see cref="InitOpKind.Find"/> makes where nothing is.</summary>
internal enum MountPointKind
{
    None,
    Directory,
    File,
}

/// <summary>One prepared step of init or of the command, in unmanaged memory: what the supervisor decided, for them to do.</summary>
internal unsafe struct InitOp
{
    /// <summary>In <see cref="Uid"/> and <see cref="Gid"/>: leave it as it is, as for setresuid(2).</summary>
    public const uint Unchanged = uint.MaxValue;

    public InitOpKind Kind;
    public int Slot;
    public int From;
    public int Number;
    public byte* Name;
    public byte** Names;
    public byte* Text;
    public int Length;
    public ulong Flags;
    public ulong Clear;
    public ulong Propagation;
    public ulong Inheritable;
    public uint Mode;
    public uint Uid;
    public uint Gid;
    public byte** Environment;
    public Candidate* Candidates;
    public int CandidateCount;
    public bool Recursive;
    public MountPointKind Create;
    public Tolerance Tolerance;
    public int Skip;

    /// <summary>One path to try to execute, with the argument vector that goes with it.</summary>
    public struct Candidate
    {
        public byte* Path;
        public byte** Arguments;
    }
}

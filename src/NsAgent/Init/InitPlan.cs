namespace NsModule.Agent.Init;

/// <summary>All that the process between clone(2) and execve(2) needs, in unmanaged memory, prepared before.</summary>
internal unsafe struct InitPlan
{
    /// <summary>The socket (SOCK_SEQPACKET) to the supervisor: reports go out, the word to go on comes in.</summary>
    public int Channel;

    /// <summary>The slave side of the PTY; -1 where there is none.</summary>
    public int Slave;

    /// <summary>What becomes descriptor 0.</summary>
    public int Input;

    /// <summary>What becomes descriptor 1.</summary>
    public int Output;

    /// <summary>What becomes descriptor 2.</summary>
    public int Error;

    /// <summary>A pidfd of the supervisor: readable when it is gone.</summary>
    public int SupervisorPidfd;

    /// <summary>Enter namespaces that exist.</summary>
    public bool Join;

    /// <summary>How, in order.</summary>
    public Entrance* Entrances;

    /// <summary>How many there are.</summary>
    public int EntranceCount;

    /// <summary>The root directory to take over; -1 for none.</summary>
    public int JoinRoot;

    /// <summary>The cgroups of version 1 to enter: their files called tasks.</summary>
    public int* TaskFiles;

    /// <summary>How many there are.</summary>
    public int TaskFileCount;

    /// <summary>Wait until the supervisor has done its part: written the id maps, run the hooks.</summary>
    public bool AwaitSupervisor;

    /// <summary>Make a cgroup namespace, whose root is the cgroup that this process is in by then.</summary>
    public bool CgroupNamespace;

    /// <summary>Run the command as this process, without an init.</summary>
    public bool NoInit;

    /// <summary>No PID namespace ends with init: what the command leaves is init's to end, should the supervisor die.</summary>
    public bool EndsOrphans;

    /// <summary>What makes the session's file system, in order.</summary>
    public MountOp* Mounts;

    /// <summary>How many there are.</summary>
    public int MountCount;

    /// <summary>How many of them come first, while we may still go where the mapped user may not.</summary>
    public int EarlyMountCount;

    /// <summary>The descriptors that the operations make and use; -1 for none.</summary>
    public int* Slots;

    /// <summary>Room for a list of layers.</summary>
    public byte* Layers;

    /// <summary>The length of that list.</summary>
    public int LayersLength;

    /// <summary>The session gets a root of its own.</summary>
    public bool HasRoot;

    /// <summary>The network namespace is new: bring its loopback device up.</summary>
    public bool Loopback;

    /// <summary>Become <see cref="Uid"/> and <see cref="Gid"/>.</summary>
    public bool SetIds;

    /// <summary>Drop the supplementary groups.</summary>
    public bool ClearGroups;

    /// <summary>Changing the ids closes the process to its own user, who is to join it: open it again.</summary>
    public bool Dumpable;

    /// <summary>User id inside.</summary>
    public uint Uid;

    /// <summary>Group id inside.</summary>
    public uint Gid;

    /// <summary>The file mode creation mask while nothing is made.</summary>
    public uint FileMask;

    /// <summary>Hooks of the host's, before the root changes.</summary>
    public HookPlan CreateHooks;

    /// <summary>Hooks of the session's own, before the command executes.</summary>
    public HookPlan StartHooks;

    /// <summary>Whom the command runs as.</summary>
    public CredentialPlan Credentials;

    /// <summary>What goes into /proc/self/timens_offsets of a new time namespace; null for none.</summary>
    public byte* TimeOffsets;

    /// <summary>Its length in bytes.</summary>
    public int TimeOffsetsLength;

    /// <summary>Host name, or null.</summary>
    public byte* Hostname;

    /// <summary>Its length in bytes.</summary>
    public int HostnameLength;

    /// <summary>Domain name, or null.</summary>
    public byte* DomainName;

    /// <summary>Its length in bytes.</summary>
    public int DomainNameLength;

    /// <summary>Soft limit of open files for the command; 0 to leave it.</summary>
    public ulong OpenFilesLimit;

    /// <summary>Working directory of the command.</summary>
    public byte* WorkingDirectory;

    /// <summary>Whether the process is in it already.</summary>
    public bool InWorkingDirectory;

    /// <summary>Environment of the command, ended by a null.</summary>
    public byte** Environment;

    /// <summary>What to try to execute, in order.</summary>
    public Candidate* Candidates;

    /// <summary>How many there are.</summary>
    public int CandidateCount;

    /// <summary>An argument of setns(2).</summary>
    public struct Entrance
    {
        /// <summary>A namespace's file, or a pidfd.</summary>
        public int Descriptor;

        /// <summary>CLONE_NEW* flags.</summary>
        public int Kinds;
    }

    /// <summary>One path to try, with the argument vector that goes with it.</summary>
    public struct Candidate
    {
        public byte* Path;
        public byte** Arguments;
    }
}

/// <summary>What a report on the channel says.</summary>
internal enum ReportKind
{
    /// <summary>The command's process exists and waits for the word to execute; the sender is the command.</summary>
    CommandReady = 1,

    /// <summary>About to try the candidate with this index.</summary>
    Trying = 2,

    /// <summary>A step failed.</summary>
    Failed = 3,

    /// <summary>Carries the master side of a terminal that was opened inside.</summary>
    Terminal = 4,

    /// <summary>The session's files are in their places, and the root is the host's still: waits for the word to go on.</summary>
    RootReady = 5,

    /// <summary>A hook failed: Errno is its exit status (128+n for signal n, -1 when it took too long), Index which; what it said comes behind.</summary>
    HookFailed = 6,

    /// <summary>Init is in its cgroup, and waits for the supervisor to do its part.</summary>
    Waiting = 7,
}

/// <summary>A message from init or command to the supervisor.</summary>
internal struct Report
{
    public ReportKind Kind;
    public int Step;
    public int Errno;
    public int Index;
}

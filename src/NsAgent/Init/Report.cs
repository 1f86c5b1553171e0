namespace NsModule.Agent.Init;

/// <summary>What a report on the channel says.</summary>
internal enum ReportKind
{
    /// <summary>The command's process exists and waits for the go-ahead to execute; the sender is the command.</summary>
    CommandReady = 1,

    /// <summary>About to try the candidate with this index.</summary>
    Trying = 2,

    /// <summary>The operation with this index failed.</summary>
    Failed = 3,

    /// <summary>Carries the master side of a terminal that was opened inside.</summary>
    Terminal = 4,

    /// <summary>The session's files are in their places, and the root is the host's still: waits for the go-ahead to go on.</summary>
    RootReady = 5,

    /// <summary>
    /// The hook with this index, among the operations, failed: Errno is its exit status (128+n for signal n, -1 when it took too long);
    /// what it said comes behind.
    /// </summary>
    HookFailed = 6,

    /// <summary>Init is in its cgroup, and waits for the supervisor to do its part.</summary>
    Waiting = 7,
}

/// <summary>A message from init or command to the supervisor.</summary>
internal struct Report
{
    public ReportKind Kind;
    public int Errno;
    public int Index;
}

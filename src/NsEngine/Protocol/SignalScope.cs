namespace NsModule.Protocol;

/// <summary>Which processes of a session get a signal.</summary>
internal enum SignalScope
{
    /// <summary>The command.</summary>
    Command = 0,

    /// <summary>The command's process group: it, and what it started and put into no other group (setpgid(2)).</summary>
    Group = 1,

    /// <summary>All processes of the session but its init.</summary>
    All = 2,
}

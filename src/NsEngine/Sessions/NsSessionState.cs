namespace NsModule;

/// <summary>Where a session is in its life.</summary>
public enum NsSessionState
{
    /// <summary>Being set up; the command does not run yet.</summary>
    Starting,

    /// <summary>The command runs.</summary>
    Running,

    /// <summary>The command has ended; its exit code says how.</summary>
    Exited,

    /// <summary>The supervisor ended the session over an error of its own.</summary>
    Failed,

    /// <summary>The supervisor is gone without a word: killed, or of before a reboot. Nothing of the session runs.</summary>
    Lost,

    /// <summary>Everything in the session is stopped where it is (Suspend-NsProcess).</summary>
    Suspended,
}

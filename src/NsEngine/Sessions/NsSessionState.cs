namespace NsModule;

/// <summary>Where a session is in its life. Records on disk hold the numbers, so that they never change.</summary>
public enum NsSessionState
{
    /// <summary>The command runs.</summary>
    Running = 1,

    /// <summary>The command has ended; its exit code says how.</summary>
    Exited = 2,

    /// <summary>The supervisor is gone without a word: killed, or of before a reboot. Nothing of the session runs.</summary>
    Lost = 4,

    /// <summary>Everything in the session is stopped where it is (Suspend-NsProcess).</summary>
    Suspended = 5,
}

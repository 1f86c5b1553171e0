using System;

namespace NsModule;

/// <summary>Of the end of a session.</summary>
public sealed class NsSessionExitedEventArgs : EventArgs
{
    internal NsSessionExitedEventArgs(NsSession session)
    {
        Session = session;
        State = session.State;
        ExitCode = session.ExitCode;
    }

    /// <summary>The session.</summary>
    public NsSession Session { get; }

    /// <summary>How it ended: Exited or Lost.</summary>
    public NsSessionState State { get; }

    /// <summary>The command's exit status; null where it is not known.</summary>
    public int? ExitCode { get; }
}

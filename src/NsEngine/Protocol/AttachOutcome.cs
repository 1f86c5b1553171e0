namespace NsModule.Protocol;

/// <summary>Why <c>ns-agent attach</c> ended: its exit status. Small numbers only, so that a signal's 128+n stays apart.</summary>
internal enum AttachOutcome
{
    /// <summary>
    /// The session has ended. An exit status has no room for the command's own beside these; pwsh reads it from the record, which was
    /// written before anybody was told of the end.
    /// </summary>
    Ended = 0,

    /// <summary>Asked to leave (SIGTERM, SIGHUP, its pwsh gone); the session runs on.</summary>
    Detached = 10,

    /// <summary>The person left by the detach keys; the session runs on.</summary>
    Left = 13,

    /// <summary>The supervisor vanished: the session is lost.</summary>
    Lost = 11,

    /// <summary>The supervisor could not be reached or refused.</summary>
    Refused = 12,

    /// <summary>The supervisor said nothing: for too long, or until the person had enough of waiting.</summary>
    NotResponding = 14,

    /// <summary>Standard output, which is a file or a device, does not take what the session puts out; the session runs on.</summary>
    WriteFailed = 15,
}

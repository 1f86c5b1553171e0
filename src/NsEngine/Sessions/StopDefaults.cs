namespace NsModule.Sessions;

/// <summary>How a session is stopped where nobody says otherwise.</summary>
internal static class StopDefaults
{
    /// <summary>Seconds between the request to end and SIGKILL.</summary>
    public const int GraceSeconds = 2;

    /// <summary>The same in milliseconds.</summary>
    public const int GraceMilliseconds = GraceSeconds * 1000;
}

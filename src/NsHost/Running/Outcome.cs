namespace NsModule.Host.Running;

/// <summary>How a command line ended.</summary>
internal enum Outcome
{
    /// <summary>The last command of the line succeeded.</summary>
    Succeeded,

    /// <summary>The last command failed, or an error ended the line.</summary>
    Failed,

    /// <summary>Ctrl+C ended the line.</summary>
    Interrupted,
}

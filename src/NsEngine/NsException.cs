using System;
using System.Diagnostics.CodeAnalysis;
using System.Linq;

namespace NsModule;

/// <summary>What kind of failure it is: the engine's side of PowerShell's ErrorCategory.</summary>
public enum NsErrorKind
{
    /// <summary>An argument cannot be used.</summary>
    Argument,

    /// <summary>Something named does not exist.</summary>
    NotFound,

    /// <summary>Something is already there.</summary>
    Exists,

    /// <summary>The kernel or an owner does not permit it.</summary>
    Permission,

    /// <summary>Using it would be unsafe.</summary>
    Security,

    /// <summary>A resource has run out.</summary>
    Resource,

    /// <summary>It is not in a state where this can be done.</summary>
    State,

    /// <summary>It took too long.</summary>
    Timeout,

    /// <summary>Writing failed.</summary>
    Write,

    /// <summary>It cannot work here at all.</summary>
    NotSupported,

    /// <summary>A part of the module is missing or broken.</summary>
    Installation,
}

/// <summary>A failure with a cause of its own: what failed, why, and what the user can do, in one message.</summary>
[SuppressMessage(
    "Design",
    "CA1032:Implement standard exception constructors",
    Justification = "Every failure has an id, a kind and a target.")]
public sealed class NsException : Exception
{
    /// <summary>Creates the failure.</summary>
    /// <param name="errorId">One of <see cref="NsErrorId"/>.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="target">What it is about; may be null.</param>
    /// <param name="message">Cause and remedy.</param>
    /// <param name="innerException">What lies beneath; may be null.</param>
    public NsException(string errorId, NsErrorKind kind, object? target, string message, Exception? innerException = null)
        : base(Harmless(message), innerException)
    {
        ErrorId = errorId;
        Kind = kind;
        Target = target;
    }

    /// <summary>
    /// Messages quote what others have chosen, names of files and programs among it: no escape sequence in them
    /// may act on the reader's terminal.
    /// </summary>
    private static string Harmless(string message) =>
        message.Any(c => char.IsControl(c) && c != '\n')
            ? string.Concat(message.Select(c => char.IsControl(c) && c != '\n' ? '\uFFFD' : c))
            : message;

    /// <summary>One of <see cref="NsErrorId"/>.</summary>
    public string ErrorId { get; }

    /// <summary>The kind of failure.</summary>
    public NsErrorKind Kind { get; }

    /// <summary>What it is about: a path, a session, a map.</summary>
    public object? Target { get; }

    /// <summary>
    /// The exit status a shell gives for this: 127 for a command not found, 126 for one that cannot be executed,
    /// 125 for any other failed launch.
    /// </summary>
    public int ExitCode => ErrorId switch
    {
        NsErrorId.CommandNotFound => 127,
        NsErrorId.CommandNotExecutable => 126,
        _ => 125,
    };
}

namespace NsModule.Protocol;

/// <summary>What a frame says. The numbers are the wire: they are only ever added to.</summary>
internal enum FrameKind : byte
{
    /// <summary>Launcher to supervisor: the encoded <see cref="Specs.LaunchSpec"/>.</summary>
    Launch = 1,

    /// <summary>Supervisor to launcher: the command runs; the session's record.</summary>
    Started = 2,

    /// <summary>Supervisor to launcher: nothing runs, nothing is left; a <see cref="LaunchFailure"/>.</summary>
    Failed = 3,

    /// <summary>Launcher to supervisor: go on without me. An end of file in its place ends the session.</summary>
    Commit = 4,

    /// <summary>Client to supervisor, always first: a <see cref="Hello"/>.</summary>
    Hello = 5,

    /// <summary>Supervisor to client: the hello is accepted.</summary>
    Welcome = 6,

    /// <summary>Client to supervisor: bytes for the PTY.</summary>
    Input = 7,

    /// <summary>Client to supervisor: there will be no more input; the command is to see end of file.</summary>
    EndOfInput = 8,

    /// <summary>Supervisor to client: bytes from the PTY.</summary>
    Output = 9,

    /// <summary>Client to supervisor: the terminal's size, columns and rows.</summary>
    Resize = 10,

    /// <summary>Client to supervisor: goodbye, my terminal is as it was.</summary>
    Detach = 11,

    /// <summary>Client to supervisor: end the session (signal, grace period in milliseconds, -1 for SIGKILL at once).</summary>
    Stop = 12,

    /// <summary>Supervisor to client, always last: the session has ended, with this exit code.</summary>
    Exited = 13,

    /// <summary>Supervisor to client: refused, with the reason; the connection closes.</summary>
    Error = 14,

    /// <summary>Client to supervisor: the terminal (a descriptor in SCM_RIGHTS) with its saved and its raw termios.</summary>
    Terminal = 15,

    /// <summary>Supervisor to <see cref="ClientRole.Command"/>, first of all: our ends of the command's input, output and error (descriptors in SCM_RIGHTS).</summary>
    Streams = 20,

    /// <summary>Client to supervisor: stop everything in the session where it is. Answered by <see cref="Done"/>.</summary>
    Suspend = 25,

    /// <summary>Client to supervisor: let it all go on. Answered by <see cref="Done"/>.</summary>
    Resume = 26,

    /// <summary>Client to supervisor: the size of the session's terminal, columns and rows. Answered by <see cref="Done"/>.</summary>
    SetSize = 27,

    /// <summary>Supervisor to client: a request was carried out (true), or the session is not in a state for it (false).</summary>
    Done = 28,

    /// <summary>Supervisor to a reader, after the welcome: an <see cref="OutputState"/>.</summary>
    OutputState = 30,

    /// <summary>Supervisor to a reader: an <see cref="OutputMark"/>, then bytes from the PTY.</summary>
    TimedOutput = 31,

    /// <summary>Client to supervisor: a cursor key by the last character of its sequence; its beginning depends on the terminal's mode.</summary>
    CursorKey = 32,

    /// <summary>Client to supervisor: answer this with the same when all that I sent before has been taken.</summary>
    Confirm = 33,

    /// <summary>Reader to supervisor: a search found what it wanted, or standard error was delivered; the next one goes on at this position.</summary>
    SearchedTo = 34,

    /// <summary>Client to supervisor: limits to set (<see cref="Specs.ResourceLimits"/>). Answered by <see cref="Done"/> or <see cref="RequestFailed"/>.</summary>
    SetLimits = 35,

    /// <summary>Supervisor to client: a request could not be carried out; a <see cref="LaunchFailure"/>.</summary>
    RequestFailed = 36,
}

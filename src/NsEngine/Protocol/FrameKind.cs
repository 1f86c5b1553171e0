namespace NsModule.Protocol;

/// <summary>What a frame says. The numbers are the wire: they are only ever added to.</summary>
internal enum FrameKind : byte
{
    /// <summary>The launcher tells the supervisor what to launch: an encoded <see cref="Specs.LaunchSpec"/>.</summary>
    Launch = 1,

    /// <summary>The supervisor tells the launcher that the command runs. The payload is the session's record.</summary>
    Started = 2,

    /// <summary>
    /// The supervisor tells the launcher that the launch failed and left nothing. The payload is a <see cref="LaunchFailure"/>.
    /// </summary>
    Failed = 3,

    /// <summary>
    /// The launcher has taken the session: it goes on without the launcher. If the launcher ends without saying so, the session ends.
    /// </summary>
    Commit = 4,

    /// <summary>A client says what it wants: a <see cref="Protocol.Hello"/>. It is always a client's first frame.</summary>
    Hello = 5,

    /// <summary>The supervisor accepts a client's hello.</summary>
    Welcome = 6,

    /// <summary>A client types. The payload is the bytes for the terminal.</summary>
    Input = 7,

    /// <summary>A client says that its input has ended: the command is to see the end of its input, too.</summary>
    EndOfInput = 8,

    /// <summary>The supervisor sends output. The payload is the bytes from the terminal.</summary>
    Output = 9,

    /// <summary>A client says how large its own terminal is now: columns and rows.</summary>
    Resize = 10,

    /// <summary>A client leaves, and has put its terminal back into its former state.</summary>
    Detach = 11,

    /// <summary>
    /// A client asks for the end of the session. The payload is the signal for it (0 for the usual ones) and after how many milliseconds
    /// everything is killed; -1 means at once.
    /// </summary>
    Stop = 12,

    /// <summary>
    /// The supervisor tells a client that the session has ended, with the command's exit code. It is always the last frame.
    /// </summary>
    Exited = 13,

    /// <summary>The supervisor refuses a client. The payload is the reason, and the connection closes.</summary>
    Error = 14,

    /// <summary>
    /// A client hands over its own terminal, so that the supervisor can restore it where the client is killed. The descriptor comes beside
    /// the frame (SCM_RIGHTS); the payload is the terminal's former settings and those of raw mode, each a termios structure.
    /// </summary>
    Terminal = 15,

    /// <summary>
    /// The supervisor hands its ends of the command's standard input, output and error to a <see cref="ClientRole.Command"/>, before any
    /// other frame. The descriptors come beside the frame (SCM_RIGHTS).
    /// </summary>
    Streams = 20,

    /// <summary>A client asks to stop everything in the session where it is. The answer is <see cref="Done"/>.</summary>
    Suspend = 25,

    /// <summary>A client asks to let everything that was suspended go on. The answer is <see cref="Done"/>.</summary>
    Resume = 26,

    /// <summary>A client sets the size of the session's terminal: columns and rows. The answer is <see cref="Done"/>.</summary>
    SetSize = 27,

    /// <summary>The supervisor answers a request: true, it was carried out; false, the session is not in a state for it.</summary>
    Done = 28,

    /// <summary>
    /// The supervisor tells a reader, after the welcome, how much output there is: an <see cref="Protocol.OutputState"/>.
    /// </summary>
    OutputState = 30,

    /// <summary>
    /// The supervisor sends output to a reader. The payload is an <see cref="OutputMark"/>, and the bytes from the terminal.
    /// </summary>
    TimedOutput = 31,

    /// <summary>
    /// A client presses a cursor key. The payload is the last character of the key's sequence; the supervisor knows what it begins with,
    /// which depends on the terminal's mode.
    /// </summary>
    CursorKey = 32,

    /// <summary>A client asks to be told when all that it sent before has been taken. The answer is the same frame.</summary>
    Confirm = 33,

    /// <summary>
    /// A reader says how far it came: to the end of what its search found, or of the standard error that it has written. The next reader
    /// goes on at this position.
    /// </summary>
    SearchedTo = 34,

    /// <summary>
    /// A client sets the session's limits (<see cref="Specs.CgroupSpec"/>). The answer is <see cref="Done"/> or
    /// <see cref="RequestFailed"/>.
    /// </summary>
    SetLimits = 35,

    /// <summary>The supervisor could not carry out a request. The payload is a <see cref="LaunchFailure"/>.</summary>
    RequestFailed = 36,

    /// <summary>
    /// A client sends a signal and no more. The payload is its number and a <see cref="SignalScope"/>. The answer is <see cref="Done"/>.
    /// </summary>
    Signal = 37,

    /// <summary>
    /// A client asks whether the session's terminal shows what is typed (ECHO of termios(3)). The answer is <see cref="Done"/>.
    /// </summary>
    Echo = 38,
}

namespace NsModule.Host.Running;

/// <summary>What the arguments of the program ask for.</summary>
internal enum Request
{
    /// <summary>Command lines from standard input, with a prompt when that is a terminal.</summary>
    ReadCommands,

    /// <summary>One command line.</summary>
    RunCommand,

    /// <summary>A script file with its arguments.</summary>
    RunFile,

    /// <summary>The usage text.</summary>
    ShowHelp,

    /// <summary>An option without its value.</summary>
    Misuse,
}

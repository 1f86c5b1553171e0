namespace NsModule.Specs;

/// <summary>What a command's standard input, output and error are. The numbers are the wire.</summary>
internal enum StandardStreams
{
    /// <summary>All three are the terminal.</summary>
    Terminal = 0,

    /// <summary>Input and output are the terminal, error is a pipe.</summary>
    TerminalAndError = 1,

    /// <summary>Three pipes; there is no terminal.</summary>
    Pipes = 2,
}

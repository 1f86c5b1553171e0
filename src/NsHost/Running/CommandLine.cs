namespace NsModule.Host.Running;

/// <summary>The arguments of the program, read as pwsh reads its own.</summary>
/// <param name="Request">What they ask for.</param>
/// <param name="Text">The command line, the path of the script, or what is wrong with the arguments.</param>
/// <param name="Arguments">The arguments of the script.</param>
/// <param name="MayAsk">Whether commands may ask on the terminal.</param>
internal sealed record CommandLine(Request Request, string Text, string[] Arguments, bool MayAsk)
{
    internal const string Usage =
        """
        NsHost, a small PowerShell host for NsModule.

          NsHost [options] [-Command] <words...>     run the words as one command line
          NsHost [options] -File <script> [args...]  run a script
          NsHost [options]                           read commands from standard input

        Options: -NonInteractive (never ask), -NoProfile and -NoLogo (always so), -Help
        """;

    internal static CommandLine Parse(string[] arguments)
    {
        bool mayAsk = true;
        for (int i = 0; i < arguments.Length; i++)
        {
            string[] rest = arguments[(i + 1)..];
            switch (arguments[i].ToUpperInvariant())
            {
                case "-NOPROFILE" or "-NOP" or "-NOLOGO" or "-NOL":
                    break;
                case "-NONINTERACTIVE" or "-NONI":
                    mayAsk = false;
                    break;
                case "-?" or "-H" or "-HELP" or "--HELP":
                    return new(Request.ShowHelp, string.Empty, [], mayAsk);
                case "-FILE" or "-F":
                    return rest is [string file, .. string[] values]
                        ? new(Request.RunFile, file, values, mayAsk)
                        : new(Request.Misuse, "-File needs the path of a script.", [], mayAsk);
                case "-COMMAND" or "-C":
                    return rest.Length > 0
                        ? Command(rest, mayAsk)
                        : new(Request.Misuse, "-Command needs a command line.", [], mayAsk);
                default:
                    return Command(arguments[i..], mayAsk);
            }
        }

        return new(Request.ReadCommands, string.Empty, [], mayAsk);
    }

    private static CommandLine Command(string[] words, bool mayAsk) => words is ["-"]
        ? new(Request.ReadCommands, string.Empty, [], mayAsk)
        : new(Request.RunCommand, string.Join(' ', words), [], mayAsk);
}

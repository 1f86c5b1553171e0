using System;
using System.Linq;
using System.Management.Automation.Language;
using NsModule.Host.Terminal;

namespace NsModule.Host.Running;

/// <summary>Reads command lines from standard input and runs them until <c>exit</c> or the end of input.</summary>
internal sealed class CommandLoop(Session session, LineInput input, TextOutput output)
{
    /// <summary>How the last command line ended.</summary>
    internal Outcome Run()
    {
        Outcome last = Outcome.Succeeded;
        while (!session.HasExited)
        {
            try
            {
                if (ReadCommand() is not string command)
                {
                    break;
                }

                if (!string.IsNullOrWhiteSpace(command))
                {
                    last = Run(command);
                }
            }
            catch (OperationCanceledException)
            {
                // Ctrl+C drops the line that was being typed.
                input.Resume();
                EndLine();
            }
        }

        return last;
    }

    private Outcome Run(string command)
    {
        Outcome outcome = session.Runner.RunLine(command);
        if (outcome == Outcome.Interrupted)
        {
            EndLine();
        }

        // A Ctrl+C up to now was meant for the command.
        input.Resume();
        return outcome;
    }

    // A command goes on over further lines as long as it is not whole. What is incomplete at the end of input is run as it is,
    // for the parser to say what is missing.
    private string? ReadCommand()
    {
        string? command = ReadLine($"PS {session.Location}> ");
        while (command is not null && IsIncomplete(command) && ReadLine(">> ") is string line)
        {
            command += "\n" + line;
        }

        return command;
    }

    private string? ReadLine(string prompt)
    {
        if (!input.IsTerminal)
        {
            return input.ReadLine();
        }

        output.Write(prompt);
        string? line = input.ReadLine();
        if (line is null)
        {
            EndLine();
        }

        return line;
    }

    // Ctrl+C and Ctrl+D leave the cursor where it was.
    private void EndLine()
    {
        if (input.IsTerminal)
        {
            output.WriteLine(string.Empty);
        }
    }

    private static bool IsIncomplete(string command)
    {
        _ = Parser.ParseInput(command, out _, out ParseError[] errors);
        return errors.Any(error => error.IncompleteInput);
    }
}

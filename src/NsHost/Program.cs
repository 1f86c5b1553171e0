using System;
using System.IO;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using NsModule.Host.Hosting;
using NsModule.Host.Running;
using NsModule.Host.Terminal;

namespace NsModule.Host;

/// <summary>A PowerShell host for Linux machines with the .NET SDK but without pwsh.</summary>
internal static class Program
{
    private const int ExitFailure = 1;
    private const int ExitMisuse = 64;

    private static int Main(string[] arguments)
    {
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("NsHost runs on Linux only: NsModule works on Linux namespaces, which this system does not have.");
            return ExitFailure;
        }

        TextOutput output = new(Descriptors.Output);
        TextOutput errors = new(Descriptors.Error);
        CommandLine commandLine = CommandLine.Parse(arguments);
        switch (commandLine.Request)
        {
            case Request.ShowHelp:
                output.WriteLine(CommandLine.Usage);
                return 0;
            case Request.Misuse:
                errors.WriteLine(commandLine.Text);
                return ExitMisuse;
            case Request.RunFile when !File.Exists(commandLine.Text):
                errors.WriteLine($"There is no script file {commandLine.Text}.");
                return ExitMisuse;
            default:
                return Run(commandLine, output, errors);
        }
    }

    private static int Run(CommandLine commandLine, TextOutput output, TextOutput errors)
    {
        // https://no-color.org
        if (Environment.GetEnvironmentVariable("NO_COLOR") is not null)
        {
            PSStyle.Instance.OutputRendering = OutputRendering.PlainText;
        }

        LineInput input = new();
        NsUserInterface ui = new(output, errors, new Questions(input, output, commandLine.MayAsk));
        using Session session = new(ui, input);
        return session.ExitCode(commandLine.Request switch
        {
            Request.RunCommand => session.Runner.RunLine(commandLine.Text),
            Request.RunFile => session.Runner.Run(ScriptFile.ToCommand(commandLine.Text, commandLine.Arguments)),
            _ => new CommandLoop(session, input, output).Run(),
        });
    }
}

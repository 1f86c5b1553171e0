using System;
using System.IO;
using System.Management.Automation.Runspaces;

namespace NsModule.Host.Running;

/// <summary>A script file and its arguments as one command of the engine.</summary>
internal static class ScriptFile
{
    internal static Command ToCommand(string file, string[] arguments)
    {
        string path = Path.GetFullPath(file);

        // Like pwsh, so that a script can start with #! and go without the extension.
        Command command = path.EndsWith(".ps1", StringComparison.OrdinalIgnoreCase)
            ? new Command(path, isScript: false, useLocalScope: false)
            : new Command(File.ReadAllText(path), isScript: true, useLocalScope: false);

        foreach (string argument in arguments)
        {
            command.Parameters.Add(ToParameter(argument));
        }

        return command;
    }

    // -Name stands for a parameter whose value, if any, is the next argument; -Name:value carries it along.
    private static CommandParameter ToParameter(string argument)
    {
        if (argument.Length < 2 || argument[0] != '-' || !char.IsLetter(argument[1]))
        {
            return new CommandParameter(null, argument);
        }

        return argument.Split(':', 2) is [string name, { Length: > 0 } value]
            ? new CommandParameter(name, ToSwitchValue(value))
            : new CommandParameter(argument);
    }

    private static object ToSwitchValue(string value) => value.ToUpperInvariant() switch
    {
        "$TRUE" => true,
        "$FALSE" => false,
        _ => value,
    };
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.Native;

namespace NsModule.Agent.Init;

/// <summary>Where a command may be: the search of execvp(3), over the command's own environment.</summary>
internal static class CommandPath
{
    /// <summary>The paths to try, in order, each with the name that becomes argv[0]. An empty command is an interactive shell.</summary>
    public static IReadOnlyList<(string Path, string Name)> Candidates(string command, IEnumerable<string> environment)
    {
        if (command.Length == 0)
        {
            return [.. Candidates("bash", environment), .. Candidates("sh", environment)];
        }

        if (command.Contains('/', StringComparison.Ordinal))
        {
            return [(command, command)];
        }

        string? path = environment.FirstOrDefault(v => v.StartsWith("PATH=", StringComparison.Ordinal))?[5..];

        // An empty entry is the working directory (environ(7)).
        return
        [
            .. (path?.Split(':') ?? SystemProgram.Directories)
                .Select(d => (d.Length == 0 ? "./" + command : Path.Combine(d, command), command)),
        ];
    }
}

using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace NsModule.Completers;

/// <summary>Completes detach keys: those of docker, of the shells' escape, and one control key each.</summary>
public sealed class DetachKeysCompleter : IArgumentCompleter
{
    private static readonly string[] s_keys = ["ctrl-p,ctrl-q", .. "abcdefghijklmnopqrstuvwxyz[\\]^_".Select(c => $"ctrl-{c}"), "''"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        s_keys
            .Where(k => k.StartsWith((wordToComplete ?? "").Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
            .Select(k => new CompletionResult(
                k == "''" || k.All(c => char.IsAsciiLetter(c) || c == '-') ? k : $"'{k}'",
                k,
                CompletionResultType.ParameterValue,
                k == "''" ? "No keys leave." : k));
}

using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsModule.Native;

namespace NsModule.Completers;

/// <summary>Completes signal names (signal(7)).</summary>
public sealed class SignalCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Signals.All
            .Select(n => (wordToComplete ?? "").StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? "SIG" + n : n)
            .Where(n => n.StartsWith(wordToComplete ?? "", StringComparison.OrdinalIgnoreCase))
            .Select(n => new CompletionResult(
                n, n, CompletionResultType.ParameterValue, n.StartsWith("SIG", StringComparison.Ordinal) ? n : "SIG" + n));
}

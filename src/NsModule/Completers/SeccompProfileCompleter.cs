using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsModule.Seccomp;

namespace NsModule.Completers;

/// <summary>Completes the words for seccomp profiles, and files.</summary>
public sealed class SeccompProfileCompleter : IArgumentCompleter
{
    private static readonly string[] s_words = [SeccompFilter.Default, SeccompFilter.Unconfined];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters) =>
        s_words.Where(w => w.StartsWith(wordToComplete ?? "", StringComparison.OrdinalIgnoreCase))
            .Select(w => new CompletionResult(w))
            .Concat(CompletionCompleters.CompleteFilename(wordToComplete ?? ""));
}

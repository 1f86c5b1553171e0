using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace NsModule.Completers;

/// <summary>Completes amounts of memory.</summary>
public sealed class MemoryLimitCompleter : IArgumentCompleter
{
    private static readonly string[] s_usual = ["64MB", "128MB", "256MB", "512MB", "1GB", "2GB", "4GB", "8GB"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters) =>
        s_usual.Where(u => u.StartsWith(wordToComplete ?? "", StringComparison.OrdinalIgnoreCase)).Select(u => new CompletionResult(u));
}

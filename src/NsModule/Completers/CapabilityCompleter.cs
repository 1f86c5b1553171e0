using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsModule.Specs;

namespace NsModule.Completers;

/// <summary>Completes the names of capabilities that this kernel has (capabilities(7)).</summary>
public sealed class CapabilityCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        string word = wordToComplete ?? "";
        string prefix = word.StartsWith("CAP_", StringComparison.OrdinalIgnoreCase) ? "CAP_" : "";
        return Capabilities.Known.Select(n => prefix + n).Append(Capabilities.All)
            .Where(n => n.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Select(n => new CompletionResult(n));
    }
}

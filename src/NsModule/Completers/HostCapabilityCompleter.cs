using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Threading;
using NsModule.Host;

namespace NsModule.Completers;

/// <summary>Completes the names of what Test-NsHost tests.</summary>
public sealed class HostCapabilityCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        try
        {
            return [.. HostCapabilities.Judge(HostProbe.Gather(CancellationToken.None))
                .Where(c => c.Name.StartsWith(wordToComplete ?? "", StringComparison.OrdinalIgnoreCase))
                .Select(c => new CompletionResult(c.Name, c.Name, CompletionResultType.ParameterValue, c.Reason))];
        }
        catch (NsException)
        {
            return [];
        }
    }
}

using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsModule.Specs;

namespace NsModule.Completers;

/// <summary>Completes the processors of this machine: all of them as one range, and each by its number (cpuset(7)).</summary>
public sealed class ProcessorCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string all;
        try
        {
            all = File.ReadAllText("/sys/devices/system/cpu/online").Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            all = string.Create(CultureInfo.InvariantCulture, $"0-{Environment.ProcessorCount - 1}");
        }

        return [.. ProcessorList.Parse([all]).Select(n => n.ToString(CultureInfo.InvariantCulture)).Prepend(all)
            .Where(n => n.StartsWith(wordToComplete ?? "", StringComparison.Ordinal))
            .Distinct()
            .Select(n => new CompletionResult(n))];
    }
}

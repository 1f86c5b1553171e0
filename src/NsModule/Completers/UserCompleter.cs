using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text;
using NsModule.Native;

namespace NsModule.Completers;

/// <summary>
/// Completes users of /etc/passwd, and groups of /etc/group for -SupplementaryGroup and behind a colon: those of -RootPath where that is
/// given.
/// </summary>
public sealed class UserCompleter : IArgumentCompleter
{
    private const int MaxFile = 16 << 20;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = (wordToComplete ?? "").Trim('\'', '"');
        int colon = word.IndexOf(':', StringComparison.Ordinal);
        bool groups = colon >= 0 || parameterName == "SupplementaryGroup";
        string before = word[..(colon + 1)];
        string root = fakeBoundParameters?["RootPath"]?.ToString()?.TrimEnd('/') ?? "";
        return [.. Lines(root + (groups ? "/etc/group" : "/etc/passwd"))
            .Select(l => l.Split(':'))
            .Where(f => f.Length > 2 && f[0].StartsWith(word[(colon + 1)..], StringComparison.Ordinal))
            .Select(f => new CompletionResult(before + f[0], f[0], CompletionResultType.ParameterValue, $"{f[0]} ({f[2]})"))];
    }

    private static string[] Lines(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(RegularFile.Read(path, MaxFile)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (NativeException)
        {
            // What cannot be read has nothing to offer.
            return [];
        }
    }
}

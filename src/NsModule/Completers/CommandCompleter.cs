using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsModule.Native;

namespace NsModule.Completers;

/// <summary>Completes commands: by path or by name, inside -RootPath where that is given, and else on this machine.</summary>
public sealed class CommandCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = (wordToComplete ?? "").Trim('\'', '"');
        string? root = fakeBoundParameters?["RootPath"]?.ToString()?.TrimEnd('/');
        if (word.Contains('/', StringComparison.Ordinal))
        {
            // The host's paths are PowerShell's to complete.
            return root is null ? CompletionCompleters.CompleteFilename(word) : Paths(root, word);
        }

        string? path = root is null ? Environment.GetEnvironmentVariable("PATH") : null;
        return [.. (path?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? SystemProgram.Directories)
            .SelectMany(d => Files(root + d, word))
            .Where(IsExecutable)
            .Select(f => (Name: Path.GetFileName(f), File: f[(root?.Length ?? 0)..]))
            .DistinctBy(f => f.Name)
            .OrderBy(f => f.Name, StringComparer.Ordinal)
            .Select(f => Result(f.Name, f.Name, CompletionResultType.Command, f.File))];
    }

    private static CompletionResult[] Paths(string root, string word)
    {
        string directory = word[..(word.LastIndexOf('/') + 1)];
        return [.. Files(root + directory, word[directory.Length..])
            .Select(f => (Name: Path.GetFileName(f), IsDirectory: Directory.Exists(f), File: f))
            .Where(f => f.IsDirectory || IsExecutable(f.File))
            .OrderBy(f => f.Name, StringComparer.Ordinal)
            .Select(f => Result(
                directory + f.Name,
                f.Name,
                f.IsDirectory ? CompletionResultType.ProviderContainer : CompletionResultType.ProviderItem,
                directory + f.Name))];
    }

    private static CompletionResult Result(string text, string shown, CompletionResultType type, string tip) =>
        new(text.Any(char.IsWhiteSpace) ? $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'" : text, shown, type, tip);

    private static IEnumerable<string> Files(string directory, string beginning)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(directory)
                .Where(f => Path.GetFileName(f).StartsWith(beginning, StringComparison.Ordinal))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // What cannot be read has nothing to offer.
            return [];
        }
    }

    /// <summary>A link counts by its target, which in another root may not be where it says from here.</summary>
    private static bool IsExecutable(string file) => new FileInfo(file).LinkTarget is not null || SystemProgram.IsExecutable(file);
}

using System;
using System.Collections.Generic;
using System.Linq;

namespace NsModule.Text;

/// <summary>A command with its arguments for reading, in which words with blanks can be told from several words.</summary>
internal static class CommandText
{
    /// <summary>All words, those with blanks and empty ones in quotes as PowerShell has them.</summary>
    public static string Of(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string word) =>
        word.Length > 0 && !word.Any(char.IsWhiteSpace) ? word : $"'{word.Replace("'", "''", StringComparison.Ordinal)}'";
}

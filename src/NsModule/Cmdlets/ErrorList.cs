using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace NsModule.Cmdlets;

/// <summary>docs/errors.md, which is a part of the assembly: the categories of each error, and what to do.</summary>
internal static class ErrorList
{
    /// <summary><c>- **Id** (Category, Category): What to do.</c> It may go on in lines that are indented.</summary>
    private const string Item = @"^- \*\*(?<id>\w+)\*\* \((?<categories>[\w, ]+)\):(?<action>.*(?:\n  .*)*)";

    private static readonly Lazy<IReadOnlyDictionary<string, Entry>> s_entries = new(Read);

    /// <summary>What there is to be known of an error; null where it is not in the list.</summary>
    public static Entry? Of(string errorId) => s_entries.Value.GetValueOrDefault(errorId);

    /// <summary>The ids of all errors in the list.</summary>
    public static IEnumerable<string> Ids => s_entries.Value.Keys;

    private static Dictionary<string, Entry> Read()
    {
        using Stream stream = typeof(ErrorList).Assembly.GetManifestResourceStream("errors.md")!;
        using var reader = new StreamReader(stream);
        return Regex.Matches(reader.ReadToEnd(), Item, RegexOptions.Multiline).ToDictionary(
            m => m.Groups["id"].Value,
            m => new Entry(
                [.. m.Groups["categories"].Value.Split(", ").Select(Enum.Parse<ErrorCategory>)],
                Regex.Replace(m.Groups["action"].Value, @"\s*\n\s*", " ").Trim()));
    }

    /// <summary>An error of the list.</summary>
    /// <param name="Categories">The categories that it can have.</param>
    /// <param name="Action">What to do.</param>
    internal sealed record Entry(IReadOnlyList<ErrorCategory> Categories, string Action);
}

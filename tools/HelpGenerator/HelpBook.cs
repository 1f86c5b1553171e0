using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace NsModule.HelpGenerator;

/// <summary>What the help says about a cmdlet, complete.</summary>
internal sealed record CommandHelp(
    CommandFacts Command,
    string Synopsis,
    IReadOnlyList<string> Description,
    IReadOnlyDictionary<string, ParameterHelp> Parameters,
    IReadOnlyList<Section> Inputs,
    IReadOnlyList<Section> Outputs,
    IReadOnlyList<string> Notes,
    IReadOnlyList<Section> Examples,
    IReadOnlyList<string> Related);

/// <summary>What the help says about a parameter.</summary>
internal sealed record ParameterHelp(IReadOnlyList<string> Description, string Default);

/// <summary>Brings together what is told of each cmdlet, and finds what is missing.</summary>
internal sealed class HelpBook(
    IReadOnlyList<CommandFacts> commands,
    IReadOnlyDictionary<string, MarkdownPage> pages,
    XmlComments comments,
    string folder,
    Problems problems)
{
    private const string LaunchPage = "launch-parameters";
    private const string DefaultMark = "Default: ";

    private static readonly string[] s_sections =
        ["Synopsis", "Description", "Parameters", "Inputs", "Outputs", "Notes", "Examples", "Related"];

    private static readonly Dictionary<string, string> s_shouldProcess = new()
    {
        ["Confirm"] = "Asks before anything is done.",
        ["WhatIf"] = "Shows what would happen, and does nothing.",
    };

    /// <summary>The help of all cmdlets. It is of use where there are no problems.</summary>
    public CommandHelp[] Write()
    {
        foreach ((string name, MarkdownPage page) in pages)
        {
            if (name != LaunchPage && commands.All(c => c.Name != name))
            {
                problems.Add(page.File, $"There is no cmdlet {name}.");
            }
        }

        if (pages.TryGetValue(LaunchPage, out MarkdownPage? launch))
        {
            RefuseUnknown(launch, commands.Where(c => c.IsLaunch).SelectMany(c => c.Parameters));
        }

        return [.. commands.Select(Write).OfType<CommandHelp>()];
    }

    private CommandHelp? Write(CommandFacts command)
    {
        if (!pages.TryGetValue(command.Name, out MarkdownPage? page))
        {
            problems.Add(Path.Combine(folder, command.Name + ".md"), $"The cmdlet {command.Name} has no page: this file is missing.");
            return null;
        }

        if (page.Title != command.Name)
        {
            problems.Add(page.File, $"The heading of the page is '{page.Title}' and not '{command.Name}'.", 1);
        }

        foreach (Section other in page.Sections.Where(s => !s_sections.Contains(s.Title)))
        {
            problems.Add(page.File, $"'## {other.Title}' is none of the sections of a page: {string.Join(", ", s_sections)}.", other.Line);
        }

        RefuseUnknown(page, command.Parameters);
        return new CommandHelp(
            command,
            string.Join(' ', Text(page, "Synopsis")),
            Text(page, "Description"),
            command.Parameters.ToDictionary(p => p.Name, p => Describe(command, p, page)),
            Types(page, "Inputs"),
            Types(page, "Outputs"),
            page["Notes"]?.Paragraphs ?? [],
            Examples(page),
            Related(page));
    }

    private List<string> Text(MarkdownPage page, string title)
    {
        if (page[title] is { Paragraphs.Count: > 0 } section)
        {
            return section.Paragraphs;
        }

        problems.Add(page.File, $"'## {title}' is missing, or says nothing.");
        return [];
    }

    private List<Section> Types(MarkdownPage page, string title)
    {
        List<Section> types = page[title]?.Parts ?? [];
        if (types.Count == 0)
        {
            problems.Add(page.File, $"'## {title}' is missing, or has no '### TYPE' in it; '### None' says that there is nothing.");
        }

        return types;
    }

    private List<Section> Examples(MarkdownPage page)
    {
        List<Section> examples = page["Examples"]?.Parts ?? [];
        if (examples.Count < 2)
        {
            problems.Add(
                page.File,
                $"There must be two examples at least, '### TITLE' below '## Examples', and there are {examples.Count}.");
        }

        foreach (Section example in examples.Where(e => e.Code is null || e.Paragraphs.Count == 0))
        {
            problems.Add(page.File, $"The example '{example.Title}' lacks its code, or the text after it.", example.Line);
        }

        return examples;
    }

    private List<string> Related(MarkdownPage page)
    {
        List<string> related = page["Related"]?.Paragraphs ?? [];
        foreach (string name in related.Where(r => commands.All(c => c.Name != r) && !File.Exists(Path.Combine(folder, r + ".help.txt"))))
        {
            problems.Add(page.File, $"'## Related' names {name}, which is neither a cmdlet nor an about topic.", page["Related"]!.Line);
        }

        return related;
    }

    private void RefuseUnknown(MarkdownPage page, IEnumerable<ParameterFacts> known)
    {
        var names = known.Select(p => "-" + p.Name).ToHashSet(StringComparer.Ordinal);
        foreach (Section other in page["Parameters"]?.Parts.Where(p => !names.Contains(p.Title)) ?? [])
        {
            problems.Add(page.File, $"There is no parameter {other.Title}.", other.Line);
        }
    }

    /// <summary>The page of the cmdlet comes first, then that of the launch parameters, then the comment in the code.</summary>
    private ParameterHelp Describe(CommandFacts command, ParameterFacts parameter, MarkdownPage page)
    {
        MarkdownPage? launch = command.IsLaunch ? pages.GetValueOrDefault(LaunchPage) : null;
        IReadOnlyList<string>[] told =
        [
            .. new[] { page, launch }.Select(p => p?["Parameters"]?.Parts.FirstOrDefault(s => s.Title == "-" + parameter.Name)?.Paragraphs)
                .OfType<IReadOnlyList<string>>(),
        ];
        string? byDefault = told.SelectMany(t => t).FirstOrDefault(IsDefault)?[DefaultMark.Length..].TrimEnd('.');
        string[] text = told.Select(t => t.Where(p => !IsDefault(p)).ToArray()).FirstOrDefault(t => t.Length > 0) ?? Comment(parameter);
        if (text.Length == 0)
        {
            problems.Add(
                page.File,
                $"-{parameter.Name} is described nowhere: neither by a documentation comment nor by '### -{parameter.Name}'.");
        }

        return new ParameterHelp(text, byDefault ?? parameter.Default);
    }

    private string[] Comment(ParameterFacts parameter) =>
        (parameter.Property is null ? s_shouldProcess[parameter.Name] : comments.Summary(parameter.Property)) is { Length: > 0 } text
            ? [text]
            : [];

    private static bool IsDefault(string paragraph) => paragraph.StartsWith(DefaultMark, StringComparison.Ordinal);
}

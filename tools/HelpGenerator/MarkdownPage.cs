using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace NsModule.HelpGenerator;

/// <summary>A part of a page: its heading, its paragraphs without Markdown, its code, and the parts below it.</summary>
internal sealed class Section(string title, int line)
{
    public string Title { get; } = title;

    /// <summary>The line of the heading, from 1.</summary>
    public int Line { get; } = line;

    public List<string> Paragraphs { get; } = [];

    /// <summary>Null where there is no code.</summary>
    public string? Code { get; set; }

    public List<Section> Parts { get; } = [];
}

/// <summary>
/// A Markdown page of help. Of Markdown it takes what the pages use: headings of three levels, paragraphs, lists, fenced code, comments,
/// and in a paragraph links and words in backticks.
/// </summary>
internal sealed class MarkdownPage
{
    private MarkdownPage(string file, Section root)
    {
        File = file;
        Title = root.Title;
        Sections = root.Parts;
    }

    public string File { get; }

    /// <summary>The heading of the page.</summary>
    public string Title { get; }

    public IReadOnlyList<Section> Sections { get; }

    public Section? this[string title] => Sections.FirstOrDefault(s => s.Title == title);

    /// <summary>All pages of a folder by the names of their files.</summary>
    public static IReadOnlyDictionary<string, MarkdownPage> ReadAll(string folder, Problems problems) => Directory.GetFiles(folder, "*.md")
        .Order(StringComparer.Ordinal)
        .ToDictionary(f => Path.GetFileNameWithoutExtension(f), f => Read(f, problems));

    private static MarkdownPage Read(string file, Problems problems)
    {
        var root = new Section("", 0);
        Section page = root;
        Section? chapter = null;
        Section current = root;
        var paragraph = new List<string>();
        List<string>? code = null;
        bool inComment = false;
        string[] lines = System.IO.File.ReadAllLines(file);
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i];
            if (code is not null)
            {
                if (line.StartsWith("```", StringComparison.Ordinal))
                {
                    current.Code = current.Code is null ? string.Join('\n', code) : current.Code + "\n" + string.Join('\n', code);
                    code = null;
                }
                else
                {
                    code.Add(line);
                }
            }
            else if (inComment || line.StartsWith("<!--", StringComparison.Ordinal))
            {
                inComment = !line.Contains("-->", StringComparison.Ordinal);
            }
            else if (line.StartsWith("```", StringComparison.Ordinal))
            {
                EndParagraph();
                code = [];
            }
            else if (Regex.Match(line, "^(#{1,3}) (.+)$") is { Success: true } heading)
            {
                EndParagraph();
                current = new Section(Plain(heading.Groups[2].Value.Trim()), i + 1);
                switch (heading.Groups[1].Length)
                {
                    case 1:
                        page = current;
                        break;
                    case 2:
                        page.Parts.Add(chapter = current);
                        break;
                    default:
                        (chapter ?? page).Parts.Add(current);
                        break;
                }
            }
            else if (line.Trim().Length == 0)
            {
                EndParagraph();
            }
            else if (line.StartsWith("- ", StringComparison.Ordinal))
            {
                EndParagraph();
                paragraph.Add(line[2..]);
            }
            else
            {
                paragraph.Add(line.Trim());
            }
        }

        EndParagraph();
        if (code is not null || inComment)
        {
            problems.Add(file, "The code or the comment at the end of the page does not end.", lines.Length);
        }

        return new MarkdownPage(file, page);

        void EndParagraph()
        {
            if (paragraph.Count > 0)
            {
                current.Paragraphs.Add(Plain(string.Join(' ', paragraph)));
                paragraph.Clear();
            }
        }
    }

    private static string Plain(string text) =>
        Regex.Replace(text, @"\[([^\]]+)\]\([^)]+\)", "$1").Replace("`", "", StringComparison.Ordinal);
}

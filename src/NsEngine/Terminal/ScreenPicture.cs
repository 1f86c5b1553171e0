using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Xml;

namespace NsModule.Terminal;

/// <summary>Draws a screen as an SVG document (SVG 1.1, as far as browsers, editors and librsvg agree on it).</summary>
/// <remarks>
/// What is drawn may come from anybody: text is the only content that a session decides on, and is escaped; there is no script, no
/// reference and no style sheet. Each piece of text has its column and its width, so that it stands where it belongs whatever the font
/// is; a piece never mixes characters that a font may take from different others, such as Latin and Chinese ones.
/// </remarks>
/// <param name="columns">How many columns the screen has.</param>
/// <param name="rows">How many rows it has.</param>
/// <param name="fontSize">The size of the font, in the picture's units, which are pixels where nothing else is said.</param>
internal sealed class ScreenPicture(int columns, int rows, double fontSize)
{
    private const string Namespace = "http://www.w3.org/2000/svg";
    private const string Fonts = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace";

    /// <summary>Parts of the size of the font. Monospaced ones are 0.6 of it wide, a few of them a little more or less.</summary>
    private const double CellWidth = 0.6;
    private const double CellHeight = 1.2;
    private const double Baseline = 0.95;

    private const int DefaultForeground = 0xe5e5e5;
    private const int DefaultBackground = 0x000000;

    private readonly double _width = fontSize * CellWidth;
    private readonly double _height = fontSize * CellHeight;
    private readonly double _stroke = Math.Max(fontSize / 14, 0.5);

    /// <summary>What the cursor stands on; null where it is not shown.</summary>
    public (int Row, int Column)? Cursor { get; init; }

    /// <summary>What the picture is called; null for nothing.</summary>
    public string? Title { get; init; }

    /// <summary>The document, without an XML declaration: it is a string, and whoever writes it chooses the encoding.</summary>
    /// <param name="runs">What stands in the rows.</param>
    public string Draw(IReadOnlyList<NsTextRun> runs)
    {
        var document = new StringBuilder();
        var settings = new XmlWriterSettings { OmitXmlDeclaration = true, Indent = true, IndentChars = "", NewLineChars = "\n" };
        using (var writer = XmlWriter.Create(document, settings))
        {
            writer.WriteStartElement("svg", Namespace);
            (string width, string height) = (Number(columns * _width), Number(rows * _height));
            Write(writer, ("width", width), ("height", height), ("viewBox", $"0 0 {width} {height}"));
            if (Title is not null)
            {
                writer.WriteElementString("title", Namespace, Fit(Title));
            }

            Start(writer, "rect", ("class", "screen"), ("width", width), ("height", height), ("fill", Hex(DefaultBackground)));
            writer.WriteEndElement();
            DrawBackgrounds(writer, runs);
            DrawText(writer, runs);
            DrawCursor(writer, runs);
            writer.WriteEndElement();
        }

        return document.ToString();
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Hex(int color) => string.Create(CultureInfo.InvariantCulture, $"#{color:x6}");

    private static void Write(XmlWriter writer, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        foreach ((string name, string? value) in attributes)
        {
            if (value is not null)
            {
                writer.WriteAttributeString(name, value);
            }
        }
    }

    private static void Start(XmlWriter writer, string element, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        writer.WriteStartElement(element, Namespace);
        Write(writer, attributes);
    }

    /// <summary>The colours that are shown: what bold and faint make of them in xterm, and exchanged where that is asked for.</summary>
    private static (int Foreground, int Background) Colors(CellStyle style)
    {
        int foreground = style.Foreground switch
        {
            { Kind: NsColorKind.Default } => DefaultForeground,
            { Index: < 8 and int dark } when style.Bold => NsColor.FromIndex(dark + 8).Value,
            _ => style.Foreground.Value,
        };
        if (style.Dim)
        {
            foreground = (Faint(foreground >> 16) << 16) | (Faint((foreground >> 8) & 0xff) << 8) | Faint(foreground & 0xff);
        }

        int background = style.Background.Kind == NsColorKind.Default ? DefaultBackground : style.Background.Value;
        return style.Inverse ? (background, foreground) : (foreground, background);

        static int Faint(int level) => level * 2 / 3;
    }

    /// <summary>Text as XML may have it: no control characters, no halves of surrogate pairs.</summary>
    private static string Fit(string text) => string.Concat(text.EnumerateRunes().Select(r => Fit(r).ToString()));

    private static Rune Fit(Rune character) =>
        Rune.IsControl(character) || character.Value is 0xfffe or 0xffff ? Rune.ReplacementChar : character;

    /// <summary>
    /// The characters of a run, each with those that combine with it. What is there to direct others, such as the joiner of emoji
    /// and the marks that turn the direction of text, would draw characters out of their columns and is left out.
    /// </summary>
    private IEnumerable<(string Text, int Width, int Kind)> Characters(NsTextRun run)
    {
        var text = new StringBuilder();
        (int width, int kind) = (0, 0);
        foreach (Rune rune in run.Text.EnumerateRunes())
        {
            int next = Math.Min(ColumnWidth.Of(rune), columns);
            if (next > 0 && text.Length > 0)
            {
                yield return (text.ToString(), width, kind);
                _ = text.Clear();
            }

            if (next > 0)
            {
                (width, kind) = (next, KindOf(rune));
            }

            // A soft hyphen has a column of its own on a terminal, and is seen.
            if (rune.Value == 0xad)
            {
                _ = text.Append('-');
            }
            else if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.Format)
            {
                _ = text.Append(Fit(rune).ToString());
            }
        }

        if (text.Length > 0)
        {
            yield return (text.ToString(), width, kind);
        }
    }

    /// <summary>Characters that one font is likely to have together: Latin ones; Chinese, Japanese and Korean ones; others by blocks.</summary>
    private static int KindOf(Rune character) => character.Value switch
    {
        < 0x300 => 0,
        (>= 0x2e80 and < 0xa4d0) or (>= 0xac00 and < 0xd7a4) or (>= 0xf900 and < 0xfb00) or (>= 0x20000 and < 0x40000) => 1,
        _ => 2 + (character.Value >> 8),
    };

    private void DrawBackgrounds(XmlWriter writer, IReadOnlyList<NsTextRun> runs)
    {
        // Without soft edges, which would show as lines between rectangles of one colour.
        Start(writer, "g", ("shape-rendering", "crispEdges"));
        for (int i = 0, next; i < runs.Count; i = next)
        {
            NsTextRun run = runs[i];
            int background = Colors(run.Style).Background;
            int end = run.Column + run.Width;
            for (next = i + 1; next < runs.Count && GoesOn(runs[next]); next++)
            {
                end += runs[next].Width;
            }

            bool GoesOn(NsTextRun other) => other.Row == run.Row && other.Column == end && Colors(other.Style).Background == background;

            if (background != DefaultBackground)
            {
                Start(
                    writer,
                    "rect",
                    ("x", Number(run.Column * _width)),
                    ("y", Number(run.Row * _height)),
                    ("width", Number((end - run.Column) * _width)),
                    ("height", Number(_height)),
                    ("fill", Hex(background)));
                writer.WriteEndElement();
            }
        }

        writer.WriteEndElement();
    }

    private void DrawText(XmlWriter writer, IReadOnlyList<NsTextRun> runs)
    {
        Start(
            writer,
            "g",
            ("fill", Hex(DefaultForeground)),
            ("font-family", Fonts),
            ("font-size", Number(fontSize)),
            ("style", "white-space: pre; direction: ltr; unicode-bidi: bidi-override; font-variant-ligatures: none"));
        writer.WriteAttributeString("xml", "space", null, "preserve");
        foreach (NsTextRun run in runs.Where(r => !r.Invisible))
        {
            string color = Hex(Colors(run.Style).Foreground);
            DrawPieces(writer, run, color);
            if (run.Underline != NsUnderline.None)
            {
                DrawUnderline(writer, run, color);
            }

            if (run.Strike)
            {
                DrawLine(writer, run, color, (run.Row * _height) + (_height / 2), "", null);
            }
        }

        writer.WriteEndElement();
    }

    /// <summary>Draws a run in pieces of one kind of characters, without the blanks at the ends of each.</summary>
    private void DrawPieces(XmlWriter writer, NsTextRun run, string color)
    {
        var piece = new StringBuilder();
        (int start, int end, int length, int kindOfPiece, int widthOfPiece) = (0, 0, 0, 0, 0);
        int column = run.Column;
        foreach ((string text, int width, int kind) in Characters(run))
        {
            bool isBlank = text == " ";
            bool fits = piece.Length > 0 && width == widthOfPiece && (kind == kindOfPiece || isBlank);
            if (!fits)
            {
                Flush();
                (start, kindOfPiece, widthOfPiece) = (column, kind, width);
            }

            column += width;
            if (fits || !isBlank)
            {
                _ = piece.Append(text);
                (end, length) = isBlank ? (end, length) : (column, piece.Length);
            }
        }

        Flush();

        void Flush()
        {
            if (piece.Length == 0)
            {
                return;
            }

            Start(
                writer,
                "text",
                ("x", Number(start * _width)),
                ("y", Number((run.Row * _height) + (fontSize * Baseline))),
                ("textLength", Number((end - start) * _width)),
                ("lengthAdjust", "spacingAndGlyphs"),
                ("fill", color == Hex(DefaultForeground) ? null : color),
                ("font-weight", run.Bold ? "bold" : null),
                ("font-style", run.Italic ? "italic" : null));
            writer.WriteString(piece.ToString(0, length));
            writer.WriteEndElement();
            _ = piece.Clear();
        }
    }

    private void DrawUnderline(XmlWriter writer, NsTextRun run, string color)
    {
        double y = (run.Row * _height) + (fontSize * Baseline) + (2 * _stroke);
        switch (run.Underline)
        {
            case NsUnderline.Double:
                DrawLine(writer, run, color, y - (_stroke / 2), "", null);
                DrawLine(writer, run, color, y + (_stroke * 3 / 2), "", null);
                break;
            case NsUnderline.Curly:
                // Each cell has a crest and a trough.
                string half = Number(_width / 2);
                string crest = $"q{Number(_width / 4)} {Number(-2 * _stroke)} {half} 0";
                string others = string.Concat(Enumerable.Repeat($"t{half} 0", (2 * run.Width) - 1));
                DrawLine(writer, run, color, y, crest + others, null);
                break;
            case NsUnderline.Dotted:
                DrawLine(writer, run, color, y, "", Number(_stroke));
                break;
            case NsUnderline.Dashed:
                DrawLine(writer, run, color, y, "", Number(_width / 2));
                break;
            case NsUnderline.Single:
            case NsUnderline.None:
            default:
                DrawLine(writer, run, color, y, "", null);
                break;
        }
    }

    private void DrawLine(XmlWriter writer, NsTextRun run, string color, double y, string shape, string? dashes)
    {
        string path = shape.Length > 0 ? shape : $"h{Number(run.Width * _width)}";
        Start(
            writer,
            "path",
            ("d", $"M{Number(run.Column * _width)} {Number(y)}{path}"),
            ("fill", "none"),
            ("stroke", color),
            ("stroke-width", Number(_stroke)),
            ("stroke-dasharray", dashes));
        writer.WriteEndElement();
    }

    /// <summary>The cursor is a frame, as xterm draws it for who types elsewhere: what it stands on remains legible.</summary>
    private void DrawCursor(XmlWriter writer, IReadOnlyList<NsTextRun> runs)
    {
        if (Cursor is not (int row, int column))
        {
            return;
        }

        int width = 1;
        foreach (NsTextRun run in runs.Where(r => r.Row == row && r.Column <= column && column < r.Column + r.Width))
        {
            int start = run.Column;
            foreach ((_, int next, _) in Characters(run))
            {
                (column, width) = start <= column && column < start + next ? (start, next) : (column, width);
                start += next;
            }
        }

        Start(
            writer,
            "rect",
            ("class", "cursor"),
            ("x", Number(column * _width)),
            ("y", Number(row * _height)),
            ("width", Number(width * _width)),
            ("height", Number(_height)),
            ("fill", "none"),
            ("stroke", Hex(DefaultForeground)),
            ("stroke-width", Number(_stroke)));
        writer.WriteEndElement();
    }
}

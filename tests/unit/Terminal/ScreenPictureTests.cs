using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Xml.Linq;
using NsModule.Terminal;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Terminal;

/// <summary>Pictures of a screen of 10 columns and 4 rows, whose cells are 6 by 12 with a font of size 10.</summary>
public sealed class ScreenPictureTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    /// <summary>Output, and the texts of its picture: column+width 'text' and attributes that are not the usual ones.</summary>
    public static TheoryData<string, string> Texts => new()
    {
        { "", "" },
        { "one", "0+3 'one'" },
        { "  a  b  ", "2+4 'a  b'" },
        { "a\e[31mb\e[mc", "0+1 'a'|1+1 'b' #cd0000|2+1 'c'" },

        // Characters of fonts that may differ stand in pieces of their own.
        { "a日本b", "0+1 'a'|1+4 '日本'|5+1 'b'" },
        { "日 本", "0+2 '日'|3+2 '本'" },
        { "a👍👍─┐b", "0+1 'a'|1+4 '👍👍'|5+2 '─┐'|7+1 'b'" },
        { "e\u0301日\u0301x", "0+1 'e\u0301'|1+2 '日\u0301'|3+1 'x'" },

        // What directs other characters would move them: marks of direction, joiners. A soft hyphen is seen on a terminal.
        { "a\u202eb\u2066c\u200d\ufeff", "0+3 'abc'" },
        { "👩\u200d👧", "0+4 '👩👧'" },
        { "a\u00adb", "0+3 'a-b'" },

        { "<a&\"]]>", "0+7 '<a&\"]]>'" },
        { "\uffff\ufffe", "0+2 '\ufffd\ufffd'" },

        // Attributes.
        { "\e[1mb\e[;3mi", "0+1 'b' bold|1+1 'i' italic" },
        { "\e[1;31mb\e[;38;5;1m.", "0+1 'b' #ff0000 bold|1+1 '.' #cd0000" },
        { "\e[2ma\e[31mb", "0+1 'a' #989898|1+1 'b' #880000" },
        { "\e[7ma\e[31mb\e[44mc", "0+1 'a' #000000|1+1 'b' #000000|2+1 'c' #0000ee" },
        { "\e[8ma\e[mb", "1+1 'b'" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Text_stands_in_its_columns(string output, string expected) =>
        Assert.Equal(expected, string.Join('|', Draw(output).Descendants(s_svg + "text").Select(DescribeText)));

    [Theory]
    [InlineData("\e[41ma\e[1mb\e[42mc\e[m d\e[7me", "0+2 #cd0000|2+1 #00cd00|5+1 #e5e5e5")]
    [InlineData("\e[41m日\e[8mx", "0+3 #cd0000")]
    [InlineData("\e[48;5;0mx\e[48;2;0;0;0mx", "")]
    [InlineData("\e[44m\e[K", "0+10 #0000ee")]
    [InlineData("\e[7;2mx", "0+1 #989898")]
    public void Backgrounds_are_rectangles_each_as_long_as_its_colour(string output, string expected)
    {
        IEnumerable<XElement> rectangles = Draw(output).Descendants(s_svg + "rect").Where(r => r.Attribute("class") is null);
        Assert.Equal(expected, string.Join('|', rectangles.Select(r => $"{Place(r, "width")} {r.Attribute("fill")!.Value}")));
    }

    [Theory]
    [InlineData("\e[4mab", "M0 10.93h12")]
    [InlineData("\e[4:2mab", "M0 10.57h12|M0 12h12")]
    [InlineData("\e[4:3ma", "M0 10.93q1.5 -1.43 3 0t3 0")]
    [InlineData("\e[9;4:4mab", "M0 10.93h12 0.71|M0 6h12")]
    [InlineData("\e[4:5;8mab\e[m\r\n \e[4:5mc", "M6 22.93h6 3")]
    public void Lines_are_drawn_below_and_through(string output, string expected)
    {
        IEnumerable<XElement> lines = Draw(output).Descendants(s_svg + "path");
        string[] paths = [.. lines.Select(p => $"{p.Attribute("d")!.Value} {p.Attribute("stroke-dasharray")?.Value}".TrimEnd())];
        Assert.Equal(expected, string.Join('|', paths));
    }

    [Theory]
    [InlineData("ab", "2 0 1")]
    [InlineData("\e[3;4H", "3 2 1")]
    [InlineData("0123456789", "9 0 1")]
    [InlineData("a日本\e[2D", "3 0 2")]
    [InlineData("a日本\e[D", "3 0 2")]
    [InlineData("a\e[?25l", "")]
    public void The_cursor_is_a_frame_around_its_cell(string output, string expected)
    {
        XElement? cursor = Draw(output).Descendants(s_svg + "rect").SingleOrDefault(r => r.Attribute("class")?.Value == "cursor");
        Assert.Equal(expected, cursor is null ? "" : $"{Units(cursor, "x", 6)} {Units(cursor, "y", 12)} {Units(cursor, "width", 6)}");
    }

    [Fact]
    public void The_document_has_the_size_of_the_screen_and_a_title()
    {
        XElement svg = Draw("", "a <b>\u0001\ud800\n]]>");
        Assert.Equal(["60", "48", "0 0 60 48"], new[] { "width", "height", "viewBox" }.Select(a => svg.Attribute(a)!.Value));
        Assert.Equal("a <b>\ufffd\ufffd\ufffd]]>", svg.Element(s_svg + "title")!.Value);
        Assert.Null(Draw("").Element(s_svg + "title"));
    }

    /// <summary>Whatever a session puts out, the picture has elements of these kinds alone, and no control characters.</summary>
    [Fact]
    public void Hostile_output_is_nothing_but_text() => Property.Holds(200, random =>
    {
        string[] hostile =
        [
            "<script>alert(1)</script>", "]]>", "&amp;&#x1b;", "<!--", "-->", "'\" onload='x", "<?xml", "\ufffe", "\u202e", "\u009d",
        ];
        string[] known = ["svg", "title", "rect", "g", "text", "path"];
        var screen = new Screen(new NsTerminalSize((ushort)random.Next(1, 40), (ushort)random.Next(1, 10)));
        for (int i = 0; i < 5; i++)
        {
            screen.Feed(TerminalFuzz.Output(random, 50));
            screen.Feed(Encoding.UTF8.GetBytes(hostile[random.Next(hostile.Length)]));
            screen.Feed(Encoding.UTF8.GetBytes($"\e[{random.Next(30, 50)};{random.Next(10)}m"));
        }

        string svg = Draw(screen, screen.Title);
        Assert.DoesNotContain(svg, c => char.IsControl(c) && c != '\n');
        XElement root = Read(svg);
        Assert.All(root.DescendantsAndSelf(), e => Assert.Contains(e.Name.LocalName, known));
        Assert.All(root.DescendantNodes(), n => Assert.True(n is XElement || (n is XText and not XCData), n.GetType().Name));
        string[] attributes = [.. root.DescendantsAndSelf().Attributes().Select(a => a.Name.LocalName)];
        Assert.DoesNotContain(attributes, a => a.StartsWith("on", StringComparison.Ordinal) || a == "href");
    });

    [Fact]
    public void A_screen_of_the_largest_size_that_is_of_one_kind_is_little_more_than_its_text()
    {
        var screen = new Screen(new NsTerminalSize(2000, 1000));
        screen.Feed("\e[44m"u8);
        screen.Feed([.. Enumerable.Repeat((byte)'x', 2_000_000)]);
        string svg = Draw(screen, null);
        Assert.InRange(svg.Length, 2_000_000, 2_300_000);
    }

    /// <summary>The text at its columns is what the rows have, without what directs it.</summary>
    [Fact]
    public void No_text_is_lost() => Property.Holds(200, random =>
    {
        var screen = new Screen(new NsTerminalSize((ushort)random.Next(2, 40), (ushort)random.Next(1, 10)));
        screen.Feed(TerminalFuzz.Output(random, 100));
        screen.Feed("\e[?25l"u8);
        string drawn = string.Concat(Read(Draw(screen, null)).Descendants(s_svg + "text").Select(t => t.Value));
        string shown = string.Concat(screen.Runs().Where(r => !r.Invisible).Select(r => r.Text));
        Assert.Equal(Letters(shown), Letters(drawn));

        static string Letters(string text) => string.Concat(text.EnumerateRunes().Where(IsSeen).Select(r => r.ToString()));
        static bool IsSeen(Rune r) => Rune.GetUnicodeCategory(r) != UnicodeCategory.Format && r.Value != ' ';
    });

    private static string Draw(Screen screen, string? title) => new ScreenPicture(screen.Columns, screen.Rows, 10)
    {
        Cursor = screen.IsCursorVisible ? (screen.CursorRow, screen.CursorColumn) : null,
        Title = title,
    }.Draw([.. screen.Runs()]);

    private static XElement Draw(string output, string? title = null)
    {
        var screen = new Screen(new NsTerminalSize(10, 4));
        screen.Feed(Encoding.UTF8.GetBytes(output));
        return Read(Draw(screen, title));
    }

    private static XElement Read(string svg) => XElement.Parse(svg, LoadOptions.PreserveWhitespace);

    private static string DescribeText(XElement text)
    {
        string[] others = [.. new[] { "fill", "font-weight", "font-style" }.Select(a => text.Attribute(a)?.Value).OfType<string>()];
        return string.Join(' ', others.Prepend($"{Place(text, "textLength")} '{text.Value}'"));
    }

    private static string Place(XElement element, string width) => $"{Units(element, "x", 6)}+{Units(element, width, 6)}";

    private static double Units(XElement element, string attribute, double unit) =>
        double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture) / unit;
}

using System.Linq;
using System.Text;
using NsModule.Terminal;
using Xunit;

namespace NsModule.UnitTests.Terminal;

/// <summary>Colours and attributes on a screen of 10 columns and 4 rows.</summary>
public sealed class GraphicRenditionTests
{
    /// <summary>A sequence, and what the text after it has: foreground, background, attributes.</summary>
    public static TheoryData<string, string> Renditions => new()
    {
        { "", "Default/Default" },
        { "\e[31;44m", "1/4" },
        { "\e[97;100m", "15/8" },
        { "\e[31m\e[39m", "Default/Default" },
        { "\e[31;44;49m", "1/Default" },
        { "\e[38;5;208;48;5;16m", "208/16" },
        { "\e[38;2;255;135;0;1m", "#ff8700/Default bold" },
        { "\e[48;2;1;2;3m", "Default/#010203" },
        { "\e[38;2;0;0;0m", "#000000/Default" },
        { "\e[38:5:208m", "208/Default" },
        { "\e[38:2:1:2:3m", "#010203/Default" },
        { "\e[38:2::1:2:3m", "#010203/Default" },
        { "\e[38:2:0:1:2:3:0:0;4m", "#010203/Default underline:Single" },

        // What is no colour changes none, and its numbers are not taken for attributes.
        { "\e[31;38;5;256m", "1/Default" },
        { "\e[31;38;2;1;2;300m", "1/Default" },
        { "\e[31;38m", "1/Default" },
        { "\e[38;5m", "0/Default" },
        { "\e[58;5;7;3m", "Default/Default italic" },
        { "\e[58:2::1:2:3;9m", "Default/Default strike" },
        { "\e[38:7:1;1m", "Default/Default bold" },
        { "\e[:5;1m", "Default/Default bold" },

        { "\e[1;2;3;4;5;7;8;9m", "Default/Default bold dim italic underline:Single blink inverse invisible strike" },
        { "\e[1;2;3;4;5;7;8;9m\e[22;23;24;25;27;28;29m", "Default/Default" },
        { "\e[1;31;42m\e[m", "Default/Default" },
        { "\e[1;31;42m\e[;3m", "Default/Default italic" },
        { "\e[21m", "Default/Default underline:Double" },
        { "\e[4:3m", "Default/Default underline:Curly" },
        { "\e[4:4m", "Default/Default underline:Dotted" },
        { "\e[4:5m\e[4:9m", "Default/Default underline:Dashed" },
        { "\e[4m\e[4:0m", "Default/Default" },
        { "\e[1m\e7\e[0;31m\e8", "Default/Default bold" },
        { "\e[1;31m\e[!p", "Default/Default" },
        { "\e[1;31m\ec", "Default/Default" },
        { "\e[>4;1m", "Default/Default" },
        { "\e[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;3;4:3m", "Default/Default bold italic" },
    };

    [Theory]
    [MemberData(nameof(Renditions))]
    public void Text_has_what_was_set_before_it(string sequence, string expected)
    {
        NsTextRun run = Assert.Single(Show(sequence + "x").Runs());
        Assert.Equal(("x", 0, 1, expected), (run.Text, run.Column, run.Width, Describe(run)));
    }

    [Fact]
    public void Runs_end_where_attributes_change_and_say_where_they_are()
    {
        Screen screen = Show("ab\e[31mc\e[31mdé\e[m  日\e[1m本\u0301\r\n\n\e[m \e[7mz");
        string[] expected =
        [
            "0:0+2 'ab' Default/Default", "0:2+3 'cdé' 1/Default", "0:5+4 '  日' Default/Default",
            "1:0+2 '本\u0301' Default/Default bold", "3:0+1 ' ' Default/Default", "3:1+1 'z' Default/Default inverse",
        ];
        Assert.Equal(expected, screen.Runs().Select(r => $"{r.Row}:{r.Column}+{r.Width} '{r.Text}' {Describe(r)}"));
    }

    /// <summary>What is erased, and what comes in where rows or cells move, has the background that is set (bce of terminfo).</summary>
    [Theory]
    [InlineData("\e[1;31;42m\e[K", "0:0+10")]
    [InlineData("\e[1;31;42m\e[2;9H\e[1J", "0:0+10 1:0+9")]
    [InlineData("\e[1;31;42m\e[3X", "0:0+3")]
    [InlineData("\e[1;31;42m\e[2@", "0:0+2")]
    [InlineData("\e[1;31;42m\e[2P", "0:8+2")]
    [InlineData("\e[1;31;42m\e[4;1H\n", "3:0+10")]
    [InlineData("\e[1;31;42m\eM", "0:0+10")]
    [InlineData("\e[1;31;42m\e[2;1H\e[L", "1:0+10")]
    [InlineData("\e[1;31;42m\e[2T", "0:0+10 1:0+10")]
    [InlineData("\e[1;31;42m\e[2J\ec", "")]
    [InlineData("\e[42m\e[?1049h\e[m\e[?1049l", "")]
    public void What_is_erased_has_the_background(string output, string where)
    {
        NsTextRun[] runs = [.. Show(output).Runs().Where(r => r.Style != CellStyle.Default)];
        Assert.Equal(where, string.Join(' ', runs.Select(r => $"{r.Row}:{r.Column}+{r.Width}")));
        Assert.All(runs, r => Assert.Equal("Default/2", Describe(r)));
    }

    [Fact]
    public void Half_of_a_wide_character_that_is_covered_keeps_its_background()
    {
        NsTextRun[] runs = [.. Show("\e[41m日\e[m\rx").Runs()];
        Assert.Equal(["0 'x' Default/Default", "1 ' ' Default/1"], runs.Select(r => $"{r.Column} '{r.Text}' {Describe(r)}"));
    }

    /// <summary>Some of the palette, as xterm's XTerm-col.ad and 256colres.h have it.</summary>
    [Theory]
    [InlineData(1, "#cd0000")]
    [InlineData(4, "#0000ee")]
    [InlineData(12, "#5c5cff")]
    [InlineData(15, "#ffffff")]
    [InlineData(16, "#000000")]
    [InlineData(17, "#00005f")]
    [InlineData(67, "#5f87af")]
    [InlineData(208, "#ff8700")]
    [InlineData(231, "#ffffff")]
    [InlineData(232, "#080808")]
    [InlineData(255, "#eeeeee")]
    public void The_palette_is_xterms(int index, string rgb)
    {
        NsColor color = Assert.Single(Show($"\e[38;5;{index}mx").Runs()).Foreground;
        Assert.Equal((NsColorKind.Palette, index, rgb), (color.Kind, color.Index, color.Rgb));
    }

    [Fact]
    public void A_mixture_has_no_index_and_the_default_no_value()
    {
        NsTextRun run = Assert.Single(Show("\e[38;2;1;2;3mx").Runs());
        Assert.Equal((NsColorKind.Rgb, null, "#010203"), (run.Foreground.Kind, run.Foreground.Index, run.Foreground.Rgb));
        Assert.Equal((NsColorKind.Default, null, null), (run.Background.Kind, run.Background.Index, run.Background.Rgb));
    }

    private static string Describe(NsTextRun run)
    {
        (bool Has, string Name)[] attributes =
        [
            (run.Bold, "bold"), (run.Dim, "dim"), (run.Italic, "italic"), (run.Underline != NsUnderline.None, $"underline:{run.Underline}"),
            (run.Blink, "blink"), (run.Inverse, "inverse"), (run.Invisible, "invisible"), (run.Strike, "strike"),
        ];
        return string.Join(' ', attributes.Where(a => a.Has).Select(a => a.Name).Prepend($"{run.Foreground}/{run.Background}"));
    }

    private static Screen Show(string output)
    {
        var screen = new Screen(new NsTerminalSize(10, 4));
        screen.Feed(Encoding.UTF8.GetBytes(output));
        return screen;
    }
}

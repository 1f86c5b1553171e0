using System;
using System.Linq;
using System.Text;
using NsModule.Terminal;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Terminal;

/// <summary>The emulator on a screen of 10 columns and 4 rows.</summary>
public sealed class ScreenTests
{
    /// <summary>Output, the rows that it leaves (joined by |, blank ones at the end left out), and the cursor's row and column.</summary>
    public static TheoryData<string, string, int, int> Screens => new()
    {
        { "", "", 0, 0 },
        { "one\r\ntwo", "one|two", 1, 3 },
        { "a\nb", "a| b", 1, 2 },
        { "\e[20ha\nb", "a|b", 1, 1 },

        // Wrapping waits for the next character.
        { "0123456789", "0123456789", 0, 9 },
        { "0123456789A", "0123456789|A", 1, 1 },
        { "0123456789\rX", "X123456789", 0, 1 },
        { "0123456789\bX", "01234567X9", 0, 9 },
        { "0123456789\e[KX", "012345678X", 0, 9 },
        { "0123456789\e[CX", "012345678X", 0, 9 },
        { "\e[?7l0123456789ABC", "012345678C", 0, 9 },

        // Scrolling.
        { "1\r\n2\r\n3\r\n4\r\n5", "2|3|4|5", 3, 1 },
        { "1\r\n2\r\n3\r\n4\e[2;3r\e[3;1H\nX", "1|3|X|4", 2, 1 },
        { "1\r\n2\r\n3\r\n4\e[2;3r\e[2;1H\eMX", "1|X|2|4", 1, 1 },
        { "1\r\n2\r\n3\r\n4\e[2;3r\e[4;1H\nX", "1|2|3|X", 3, 1 },
        { "1\r\n2\r\n3\r\n4\e[S", "2|3|4", 3, 1 },
        { "1\r\n2\r\n3\r\n4\e[2T", "||1|2", 3, 1 },
        { "1\r\n2\e[1;1H\eM", "|1|2", 0, 0 },
        { "1\r\n2\r\n3\r\n4\e[2;1H\e[L", "1||2|3", 1, 0 },
        { "1\r\n2\r\n3\r\n4\e[2;1H\e[2M", "1|4", 1, 0 },
        { "1\r\n2\r\n3\r\n4\e[2;3r\e[2;1H\e[L", "1||2|4", 1, 0 },
        { "1\r\n2\e[2;3r\e[4;1H\e[LX", "1|2||X", 3, 1 },

        // The cursor.
        { "\e[2;3HX", "|  X", 1, 3 },
        { "\e[HX\e[99;99HY", "X|||         Y", 3, 9 },
        { "\e[3;5H\e[2A\e[2DX", "  X", 0, 3 },
        { "\e[2;2H\e[BX\e[CY", "|| X Y", 2, 4 },
        { "\e[2;3H\e[EX\e[FY", "|Y|X", 1, 1 },
        { "\e[5GX\e[3dY", "    X||     Y", 2, 6 },
        { "\e[0;0HX", "X", 0, 1 },
        { "ab\e7\e[3;3Hc\e8d", "abd||  c", 0, 3 },
        { "ab\e[s\e[3;3Hc\e[ud", "abd||  c", 0, 3 },
        { "\e[2;3r\e[?6h\e[HX\e[9;1HY", "|X|Y", 2, 1 },
        { "\e[2;3r\e[3;1H\e[9AX", "|X", 1, 1 },

        // Erasing, inserting, deleting.
        { "abcdef\e[3G\e[K", "ab", 0, 2 },
        { "abcdef\e[3G\e[1K", "   def", 0, 2 },
        { "abcdef\e[3G\e[2K", "", 0, 2 },
        { "1\r\n2\r\n3\e[2;1H\e[J", "1", 1, 0 },
        { "1\r\n2\r\n3\e[2;1H\e[1J", "||3", 1, 0 },
        { "1\r\n2\e[2J", "", 1, 1 },
        { "abcdef\e[2G\e[2PX", "aXef", 0, 2 },
        { "abcdef\e[2G\e[2@X", "aX bcdef", 0, 2 },
        { "abcdef\e[2G\e[3X", "a   ef", 0, 1 },
        { "0123456789\e[2G\e[4hX", "0X12345678", 0, 2 },
        { "a\e[4b", "aaaaa", 0, 5 },

        // Tabs.
        { "a\tb\tc", "a       bc", 0, 9 },
        { "\e[4G\eH\ra\tb\e[Zc", "a  c", 0, 4 },
        { "\e[3g\ta", "         a", 0, 9 },

        // Other characters.
        { "日本", "日本", 0, 4 },
        { "123456789日", "123456789|日", 1, 2 },
        { "日本\e[2GX", " X本", 0, 2 },
        { "日本\e[3GX", "日X", 0, 3 },
        { "e\u0301x", "e\u0301x", 0, 2 },
        { "日\u0301", "日\u0301", 0, 2 },
        { "0123456789\u0301", "0123456789\u0301", 0, 9 },
        { "\e(0lqk\e(Bq", "┌─┐q", 0, 4 },
        { "\e#8\e[2J\e[Hx", "x", 0, 1 },
        { "\e[31;1mred\e[0m\e[38;5;3mx", "redx", 0, 4 },

        // Modes and the alternate screen.
        { "main\e[?1049h\e[Halt\e[?1049l!", "main!", 0, 5 },
        { "main\e[?1049h\e[Halt", "alt", 0, 3 },
        { "main\e[?47h\e[2Halt\e[?47l", "main", 1, 3 },
        { "junk\ecnew", "new", 0, 3 },
        { "\e[2;3r\e[4h\e[!p\e[3;1Hx\ny", "||x| y", 3, 2 },
    };

    [Theory]
    [MemberData(nameof(Screens))]
    public void Output_leaves_the_screen_that_a_person_would_see(string output, string rows, int row, int column)
    {
        Screen screen = Show(output);
        Assert.Equal(rows, Rows(screen));
        Assert.Equal((row, column), (screen.CursorRow, screen.CursorColumn));
    }

    /// <summary>
    /// What xterm 410 showed after each output, as its own print command (CSI i) and cursor report (CSI 6 n) told it, on a screen of the
    /// same size. Only the first of the last group is of xterm 379: 410 counts a pending wrap twice there.
    /// </summary>
    public static TheoryData<string, string, int, int> XtermScreens => new()
    {
        // What leaves a pending wrap as it is, and what does not.
        { "0123456789\tX", "0123456789|X", 1, 1 },
        { "0123456789\t\tX", "0123456789|X", 1, 1 },
        { "0123456789\e[IX", "0123456789|X", 1, 1 },
        { "0123456789\e[ZX", "0123456789|X", 1, 1 },
        { "\e[?7l0123456789\tX", "012345678X", 0, 9 },
        { "0123456789\e[3JX", "0123456789|X", 1, 1 },
        { "0123456789\e[9JX", "0123456789|X", 1, 1 },
        { "0123456789\e[3KX", "0123456789|X", 1, 1 },
        { "0123456789\e[2JX", "         X", 0, 9 },
        { "0123456789\e[JX", "012345678X", 0, 9 },
        { "0123456789\e[1JX", "         X", 0, 9 },
        { "0123456789\e[gX", "0123456789|X", 1, 1 },
        { "0123456789\eHX", "0123456789|X", 1, 1 },
        { "0123456789\e[SX", "|X", 1, 1 },
        { "0123456789\e[LX", "X|0123456789", 0, 1 },
        { "0123456789\e[bX", "0123456789|9X", 1, 2 },
        { "0123456789\e[?7l\e[?7hX", "0123456789|X", 1, 1 },
        { "0123456789\e7\e8X", "0123456789|X", 1, 1 },

        // Reverse wrap goes back into a row that has gone on in this one.
        { "\e[?45habc\r\n\bX", "abc|X", 1, 1 },
        { "\e[?45h0123456789A\r\bX", "012345678X|A", 0, 9 },
        { "\e[?45h0123456789A\b\bX", "012345678X|A", 0, 9 },
        { "\e[?45h0123456789\bX", "012345678X", 0, 9 },
        { "\e[?45h0123456789\b\bX", "01234567X9", 0, 9 },
        { "\e[?45h\bX", "X", 0, 1 },
        { "\e[?45h\e[3;1H\e[5DX", "||X", 2, 1 },
        { "\e[?45h01234567890123456789A\e[5DX", "0123456789|012345X789|A", 1, 7 },
        { "\e[?45h01234567890123456789A\e[15DX", "012345X789|0123456789|A", 0, 7 },
        { "\e[?45h01234567890123456789A\e[35DX", "X123456789|0123456789|A", 0, 1 },
        { "\e[?7l\e[?45h\e[3;1H\bX", "||X", 2, 1 },
        { "\e[?45h\e[2;3r\e[2;1H\bX", "|X", 1, 1 },
        { "\e[?45h0123456789A\e[1;1Hxyz\e[2;1H\bX", "xyz345678X|A", 0, 9 },
        { "\e[?45h0123456789A\e[1;5H\e[K\e[2;1H\bX", "0123|X", 1, 1 },
        { "\e[?45h0123456789A\e[1;1H\e[2K\e[2;1H\bX", "         X|A", 0, 9 },
        { "\e[?45h0123456789A\e[1;10H\e[1K\e[2;1H\bX", "         X|A", 0, 9 },
        { "\e[?45h0123456789A\e[1;1H\e[2P\e[2;1H\bX", "23456789|X", 1, 1 },
        { "\e[?45h0123456789A\e[1;1H\e[2@\e[2;1H\bX", "  0123456X|A", 0, 9 },
        { "\e[?45h0123456789A\e[1;1H\e[2X\e[2;1H\bX", "  23456789|X", 1, 1 },
        { "\e[?45h0123456789A\e[2J\e[2;1H\bX", "|X", 1, 1 },
        { "\e[?45h0123456789A\e[1;2H\e[J\e[2;1H\bX", "0|X", 1, 1 },
        { "\e[?45h0123456789A\e[2;3H\e[1J\e[2;1H\bX", "|X", 1, 1 },
        { "\e[?45h0123456789A\e[1;10HZ\e[2;1H\bX", "012345678X|A", 0, 9 },
        { "\e[?45h0123456789A\e[2;1H\e[L\e[2;1H\bX", "012345678X||A", 0, 9 },
        { "\e[?45h0123456789A\e[3;1H\bX", "0123456789|A|X", 2, 1 },
        { "\e[?45h0123456789A\e[!p\r\bX", "0123456789|X", 1, 1 },
        { "\e[?45h123456789日B\r\bX", "123456789X|日B", 0, 9 },

        // The extended one goes back into any, and from the top to the bottom.
        { "\e[?1045habc\r\n\bX", "abc      X", 0, 9 },
        { "\e[?1045h\bX", "|||         X", 3, 9 },
        { "\e[?1045h\e[3;1H\e[15DX", "     X", 0, 6 },
        { "\e[?1045h0123456789\bX", "012345678X", 0, 9 },
        { "\e[?1045h\e[2;3r\e[2;1H\bX", "||         X", 2, 9 },
        { "\e[?45h\e[?1045h0123456789A\r\b\bX", "01234567X9|A", 0, 9 },

        { "\e[?45h0123456789\e[2DX", "01234567X9", 0, 9 },
    };

    /// <summary>As <see cref="XtermScreens"/>, with new sizes on the way: columns and rows.</summary>
    public static TheoryData<string, int[], string, string, int, int> XtermResizes => new()
    {
        { "1\r\n2\r\n3\r\n4\r\n5\r\n6", [10, 5], "", "2|3|4|5|6", 4, 1 },
        { "1\r\n2\r\n3\r\n4\r\n5\r\n6", [10, 6], "", "1|2|3|4|5|6", 5, 1 },
        { "1\r\n2\r\n3\r\n4\r\n5\r\n6", [10, 8], "", "1|2|3|4|5|6", 5, 1 },
        { "1\r\n2\r\n3\r\n4\r\n5\r\n6\e[2;1H", [10, 6], "X", "1|2|3|X|5|6", 3, 1 },
        { "1\r\n2\r\n3\r\n4\r\n5\r\n6\e[3J", [10, 6], "", "3|4|5|6", 3, 1 },
        { "1\r\n2\r\n3\r\n4\r\n5\r\n6\e[?1049h\e[Halt", [10, 6], "X", "altX", 0, 4 },
        { "1\r\n2\r\n3\r\n4", [10, 2, 10, 4], "", "1|2|3|4", 3, 1 },
        { "1\r\n2\r\n3\r\n4\e[2;1H", [10, 2, 10, 4], "", "1|2", 1, 0 },
        { "1\r\n2\r\n3\r\n4\e[2;3r\e[3;1H\n\n", [10, 6], "", "1|||4", 2, 0 },
        { "1\r\n2\r\n3\r\n4\e[1;3r\e[3;1H\n\n", [10, 6], "", "1|2|3|||4", 4, 0 },
        { "1\r\n2\r\n3\r\n4\e[S", [10, 6], "", "1|2|3|4", 4, 1 },
        { "1\r\n2\r\n3\r\n4\e[H\e[2M", [10, 6], "", "1|2|3|4", 2, 0 },
        { "1\r\n2\r\n3\r\n4\e[M", [10, 6], "", "1|2|3", 3, 0 },
        { "1\r\n2\r\n3\r\n4\e[2J", [10, 6], "", "", 3, 1 },
        { "1\r\n2\r\n3\r\n4\r\n5\r\n6\ec", [10, 6], "", "1|2", 2, 0 },
        { "1\r\n2\r\n3\r\n4\r\n5\r\n6\e[!p", [10, 6], "", "1|2|3|4|5|6", 5, 1 },
        { "1\r\n2\r\n3\r\n4\r\n5\r\n6\e7", [10, 6], "\e8X", "1|2|3|4X|5|6", 3, 2 },
        { "1234567890\r\n2\r\n3\r\n4\r\n5\r\n6", [5, 4, 10, 6], "", "1234567890|2|3|4|5|6", 5, 1 },
        { "1234567890\r\n2\r\n3\r\n4\r\n5\r\n6", [5, 6], "", "12345|2|3|4|5|6", 5, 1 },
        { "0123456789", [12, 4], "X", "0123456789|X", 1, 1 },
        { "0123456789", [10, 6], "X", "0123456789|X", 1, 1 },
        { "0123456789012345678901234567890123456789A", [10, 6], "\e[3;1H\e[?45h\bX", "0123456789|012345678X|0123456789|0123456789|A", 1, 9 },
        { "1\r\n2\r\n3\r\n4\r\n5\r\n6\e[?47h\e[HA\r\nB\r\nC\r\nD\r\nE\r\nF\e[?47l", [10, 4], "", "3|4|5|6", 3, 1 },
    };

    [Theory]
    [MemberData(nameof(XtermScreens))]
    public void Output_leaves_the_screen_that_xterm_shows(string output, string rows, int row, int column) =>
        Output_leaves_the_screen_that_a_person_would_see(output, rows, row, column);

    [Theory]
    [MemberData(nameof(XtermResizes))]
    public void A_new_size_leaves_the_screen_that_xterm_shows(string output, int[] sizes, string then, string rows, int row, int column)
    {
        Screen screen = Show(output);
        foreach (int[] size in sizes.Chunk(2))
        {
            screen.Resize(new NsTerminalSize((ushort)size[0], (ushort)size[1]));
        }

        screen.Feed(Encoding.UTF8.GetBytes(then));
        Assert.Equal(rows, Rows(screen));
        Assert.Equal((row, column), (screen.CursorRow, screen.CursorColumn));
    }

    /// <summary>No more rows are kept above the screen than it may need.</summary>
    [Fact]
    public void Saved_rows_are_bounded()
    {
        Screen screen = Show(string.Concat(Enumerable.Range(1, 3000).Select(i => $"{i}\r\n")));
        screen.Resize(new NsTerminalSize(10, 1000));
        Assert.Equal(("2002", 999), (screen.Lines()[0], screen.CursorRow));
    }

    [Fact]
    public void Title_cursor_and_alternate_screen_are_told()
    {
        Screen screen = Show("\e]0;first\a\e]2;second\e\\\e[?25l\e[?1049h");
        Assert.Equal(("second", false, true), (screen.Title, screen.IsCursorVisible, screen.IsAlternate));
        screen.Feed("\ec"u8);
        Assert.Equal((null, true, false), (screen.Title, screen.IsCursorVisible, screen.IsAlternate));
    }

    [Fact]
    public void A_smaller_screen_keeps_the_cursor_a_larger_one_gets_its_rows_back()
    {
        Screen screen = Show("1234567890\r\n2\r\n3\r\nlast");
        screen.Resize(new NsTerminalSize(5, 2));
        Assert.Equal(("3|last", 1, 4), (Rows(screen), screen.CursorRow, screen.CursorColumn));
        screen.Resize(new NsTerminalSize(20, 6));
        screen.Feed("\e[6;20HX"u8);
        Assert.Equal("1234567890|2|3|last||                   X", Rows(screen));
    }

    [Fact]
    public void The_main_screen_is_resized_behind_the_alternate_one()
    {
        Screen screen = Show("1\r\n2\r\n3\r\nlast\e[?1049h\e[Halt");
        screen.Resize(new NsTerminalSize(8, 2));
        screen.Resize(new NsTerminalSize(8, 3));
        screen.Feed("\e[?1049l!"u8);
        Assert.Equal(("2|3|last!", 2, 5), (Rows(screen), screen.CursorRow, screen.CursorColumn));
    }

    [Fact]
    public void However_the_output_is_cut_the_screen_is_the_same() => Property.Holds(300, random =>
    {
        byte[] output = TerminalFuzz.Output(random, 300);
        Screen whole = New();
        whole.Feed(output);
        Screen parts = New();
        for (int i = 0; i < output.Length;)
        {
            int size = Math.Min(1 + random.Next(5), output.Length - i);
            parts.Feed(output.AsSpan(i, size));
            i += size;
        }

        Assert.Equal(whole.Lines(), parts.Lines());
        Assert.Equal((whole.CursorRow, whole.CursorColumn, whole.Title), (parts.CursorRow, parts.CursorColumn, parts.Title));
        Assert.Equal(Styles(whole), Styles(parts));
    });

    [Fact]
    public void No_output_throws_whatever_the_size_and_the_cursor_stays_on_the_screen() => Property.Holds(500, random =>
    {
        Screen screen = New();
        for (int i = 0; i < 5; i++)
        {
            screen.Feed(TerminalFuzz.Output(random, 100));
            Assert.InRange(screen.CursorRow, 0, screen.Rows - 1);
            Assert.InRange(screen.CursorColumn, 0, screen.Columns - 1);
            Assert.Equal(screen.Rows, screen.Lines().Length);
            Assert.All(screen.Runs(), r => Assert.InRange(r.Column + r.Width, 1, screen.Columns));
            screen.Resize(new NsTerminalSize((ushort)random.Next(1, 30), (ushort)random.Next(1, 12)));
        }
    });

    [Fact]
    public void A_size_that_somebody_made_up_is_bounded()
    {
        var screen = new Screen(new NsTerminalSize(ushort.MaxValue, ushort.MaxValue));
        Assert.InRange((long)screen.Columns * screen.Rows, 1, 4_000_000);
    }

    private static string Styles(Screen screen) =>
        string.Join('\n', screen.Runs().Select(r => $"{r.Row} {r.Column} {r.Width} {r.Text} {r.Style}"));

    private static Screen New() => new(new NsTerminalSize(10, 4));

    private static Screen Show(string output)
    {
        Screen screen = New();
        screen.Feed(Encoding.UTF8.GetBytes(output));
        return screen;
    }

    private static string Rows(Screen screen) => string.Join('|', screen.Lines()).TrimEnd('|');
}

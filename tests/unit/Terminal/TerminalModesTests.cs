using System;
using System.Linq;
using System.Text;
using NsModule.Terminal;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Terminal;

public sealed class TerminalModesTests
{
    /// <summary>What a program switches on, and what switches it off again.</summary>
    public static TheoryData<string, string> Switches => new()
    {
        { "\e[?1049h", "\e[?1049l" },
        { "\e[?47h", "\e[?47l" },
        { "\e[?1047h", "\e[?1047l" },
        { "\e[?25l", "\e[?25h" },
        { "\e[?7l", "\e[?7h" },
        { "\e[?2004h", "\e[?2004l" },
        { "\e[?1h", "\e[?1l" },
        { "\e[?1000h", "\e[?1000l" },
        { "\e[?1002;1006h", "\e[?1002l\e[?1006l" },
        { "\e[?1004h", "\e[?1004l" },
        { "\e[4h", "\e[4l" },
        { "\e=", "\e>" },
        { "\e[1;20r", "\e7\e[r\e8" },
        { "\e[31m", "\e[0m" },
        { "\e[1;31;44m", "\e[0m" },
        { "\e(0", "\e(B\x0f" },
        { "\e[5 q", "\e[0 q" },
        { "\e[>4;2m", "\e[>4m" },
        { "\e[>1u", "\e[<1u" },
        { "\e[>1u\e[>5u", "\e[<2u" },
        { "\e[?25l\e[?1049h", "\e[?25h\e[?1049l" },
        { "\u009b?25l", "\e[?25h" },
        { "©日本\u009b?1049h", "\e[?1049l" },
        { "\e[?1000\u009b31m", "\e[0m" },
        { "\u009d0;a title\u009b?25l", "\e[?25h" },
    };

    /// <summary>What a program has put back by itself, or never changed.</summary>
    public static TheoryData<string> Neutral => new()
    {
        "",
        "plain text\r\n",
        "\e[?1049h\e[?1049l",
        "\e[?25l\e[?25h",
        "\e[?7l\e[?7h",
        "\e[?2004h$ \e[?2004l\r",
        "\e[31mred\e[0m \e[1mbold\e[m",
        "\e=\e>",
        "\e[2;5r\e[r",
        "\e(0qqq\e(B",
        "\e[4h\e[4l",
        "\e[>1u\e[<u",
        "\e[>1u\e[>1u\e[<2u",
        "\e[<u",
        "\e[?u",
        "\e[>4;2m\e[>4m",
        "\e[>4;2m\e[>4;0m",
        "\e[5 q\e[0 q",
        "\e[2J\e[H\e[10;20H\e[K\e[6n\e[c",
        "\e[?1h\e[?1000;1006h\e[31m\e=\e[4h\e[2;3r\e(0\e[5 q\e[>1u\e[>4;1mtext\ec",
        "\e]0;a title with [?25l in it\a",
        "\e]0;a title with [?25l in it\e\\",
        "\eP+q544e;\e[?25h\e\\",
        "\e_[?1049h\e\\",
        "\u009b31mred\u009bm",
        "\u009d0;a title with [?25l in it\u009c\u0090[?25l\u009c",
        "日本語 © [?25l",
    };

    [Theory]
    [MemberData(nameof(Switches))]
    public void What_is_left_on_is_undone(string output, string undo) => Assert.Equal(undo, Undo(output));

    [Theory]
    [MemberData(nameof(Neutral))]
    public void What_was_put_back_or_never_changed_is_left_alone(string output) => Assert.Equal("", Undo(output));

    [Theory]
    [MemberData(nameof(Switches))]
    public void Sequences_may_be_cut_anywhere(string output, string undo)
    {
        byte[] bytes = Encoding.UTF8.GetBytes("text" + output + "more");
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            var modes = new TerminalModes();
            modes.Feed(bytes.AsSpan(0, cut));
            modes.Feed(bytes.AsSpan(cut));
            Assert.Equal(undo, Encoding.ASCII.GetString(modes.UndoSequence()));
        }
    }

    [Fact]
    public void Byte_by_byte_is_the_same_as_all_at_once() => Property.Holds(200, random =>
    {
        string[] parts = [.. Switches.Select(s => s.Data.Item1), .. Neutral.Select(n => n.Data)];
        string output = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => parts[random.Next(parts.Length)]));
        var modes = new TerminalModes();
        foreach (byte b in Encoding.UTF8.GetBytes(output))
        {
            modes.Feed([b]);
        }

        Assert.Equal(Undo(output), Encoding.ASCII.GetString(modes.UndoSequence()));
    });

    [Fact]
    public void Showing_the_undo_sequence_leaves_nothing_to_undo() => Property.Holds(200, random =>
    {
        string output = string.Concat(Switches.Select(s => s.Data.Item1).Where(_ => random.Next(2) == 0));
        Assert.Equal("", Undo(output + Undo(output)));
    });

    [Fact]
    public void The_alternate_screen_is_left_last_so_that_the_cursor_is_where_the_person_had_it() =>
        Assert.EndsWith("\e[?1049l", Undo("\e[?1049h\e[2;10r\e[31m\e[?25l\e[?2004h"));

    [Fact]
    public void A_soft_reset_puts_back_what_it_is_defined_to() =>
        Assert.Equal("\e[?1049l", Undo("\e[?1049h\e[?25l\e[4h\e[31m\e[2;3r\e=\e[!p"));

    [Fact]
    public void Random_bytes_never_throw_and_never_make_a_long_undo() => Property.Holds(300, random =>
    {
        var modes = new TerminalModes();
        byte[] bytes = new byte[2000];
        for (int i = 0; i < 5; i++)
        {
            for (int j = 0; j < bytes.Length; j++)
            {
                bytes[j] = random.Next(3) == 0 ? (byte)"\e[?;01lhmrqu>< (4"[random.Next(17)] : (byte)random.Next(256);
            }

            modes.Feed(bytes.AsSpan(0, random.Next(bytes.Length)));
        }

        Assert.InRange(modes.UndoSequence().Length, 0, 2000);
    });

    [Fact]
    public void A_sequence_that_never_ends_takes_no_memory_and_the_next_one_counts()
    {
        Assert.Equal("\e[?25h", Undo("\e[" + new string('1', 1_000_000) + "h\e[?25l"));
        Assert.Equal("\e[?25h", Undo("\e[12\e[?25l"));
        Assert.Equal("", Undo("\e[?99999999999999999999h\e[?h\e[?-1h"));
    }

    [Fact]
    public void No_flood_of_modes_makes_the_undo_long()
    {
        string flood = string.Concat(Enumerable.Range(3000, 5000).Select(i => $"\e[?{i}h"));
        Assert.InRange(Undo(flood).Length, 1, 1000);
    }

    private static string Undo(string output)
    {
        var modes = new TerminalModes();
        modes.Feed(Encoding.UTF8.GetBytes(output));
        return Encoding.ASCII.GetString(modes.UndoSequence());
    }
}

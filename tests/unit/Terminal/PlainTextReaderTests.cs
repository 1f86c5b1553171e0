using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using NsModule.Terminal;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Terminal;

public sealed class PlainTextReaderTests
{
    /// <summary>Output, and how it reads.</summary>
    public static TheoryData<string, string> Readings => new()
    {
        { "", "" },
        { "plain\r\ntext\r\n", "plain\ntext\n" },
        { "no end", "no end" },
        { "\e[1;31mred\e[0m \e[38;2;1;2;3mrgb\e[m \e[38:2::1:2:3mparts\e[0m", "red rgb parts" },
        { "\e]0;a title\aafter", "after" },
        { "\e]8;;http://x/\e\\link\e]8;;\e\\", "link" },
        { "\ePq#0;2;0;0;0#0~~@@vv\e\\after", "after" },
        { "\e_apc\e\\\e^pm\e\\\eXsos\e\\after", "after" },
        { "\u009b31mred\u009b0m", "red" },
        { "\u009d0;title\u009cafter", "after" },
        { "10%\r20%\r100%\r\n", "100%\n" },
        { "long line\rshort", "shortline" },
        { "long line\r\e[Kshort", "short" },
        { "abc\b\bX", "aXc" },
        { "bold: B\bBO\bO", "bold: BO" },
        { "_\bunder", "under" },
        { "a\tb", "a\tb" },
        { "a\tb\r\tc", "a\tc" },
        { "abcdef\e[3DX", "abcXef" },
        { "abcdef\e[4D\e[2P", "abef" },
        { "abcdef\e[4D\e[2@XY", "abXYcdef" },
        { "abcdef\e[5D\e[2X", "a  def" },
        { "a\e[5Cb", "a     b" },
        { "a\e[10Gb", "a        b" },
        { "ab\e[2Kc", "  c" },
        { "abc\e[1Kd", "   d" },
        { "one\e[5;3Htwo", "one\n  two" },
        { "one\e[2J\e[Htwo", "one\ntwo" },
        { "one\e[Atwo", "one\n   two" },
        { "one\eEtwo", "one\ntwo" },
        { "-\e[3b", "----" },
        { "\e(0lqqk\e(B q", "┌──┐ q" },
        { "\e)0a\x0eqx\x0f!", "a─│!" },
        { "e\u0301a", "e\u0301a" },
        { "日本\b\bX", "日X" },
        { "👍 ok", "👍 ok" },
        { "bell\a\0\x7f", "bell" },
        { "cut \e[31", "cut " },
        { "bad \e[1\u0018seq", "bad seq" },
        { "a\e[?25l\e[?2004h\e=\e>b\e7\e8\e#8c", "abc" },
        { "\e[31\nm!", "\n!" },
    };

    [Theory]
    [MemberData(nameof(Readings))]
    public void Output_reads_as_on_a_screen(string output, string text) =>
        Assert.Equal(text, PlainTextReader.Convert(Encoding.UTF8.GetBytes(output)));

    [Fact]
    public void Malformed_utf8_shows_as_replacement_characters_and_takes_nothing_good_with_it()
    {
        Assert.Equal("a\ufffdb", PlainTextReader.Convert([(byte)'a', 0xff, (byte)'b']));
        Assert.Equal("\ufffdb", PlainTextReader.Convert([0xe2, 0x82, (byte)'b']));
        Assert.Equal("\ufffd\n", PlainTextReader.Convert([0xe2, (byte)'\n']));
        Assert.Equal("\ufffd€", PlainTextReader.Convert([0xe2, 0xe2, 0x82, 0xac]));
        Assert.Equal("é", PlainTextReader.Convert([0xc3, 0xa9]));
        Assert.Equal("é", PlainTextReader.Convert([.. "\u009b0m"u8, 0xc3, 0xa9]));
    }

    [Fact]
    public void However_it_is_cut_it_reads_the_same() => Property.Holds(300, random =>
    {
        byte[] output = TerminalFuzz.Output(random, 400);
        List<PlainLine> whole = Read(output, output.Length);
        List<PlainLine> parts = Read(output, 1 + random.Next(7));
        Assert.Equal(whole.Select(l => (l.Text, l.End)), parts.Select(l => (l.Text, l.End)));
        Assert.Equal(whole.SelectMany(l => l.Positions), parts.SelectMany(l => l.Positions));
    });

    [Fact]
    public void Every_character_knows_where_it_was_written() => Property.Holds(300, random =>
    {
        byte[] output = TerminalFuzz.Output(random, 400);
        foreach (PlainLine line in Read(output, output.Length))
        {
            Assert.Equal(line.Text.Length, line.Positions.Length);
            Assert.All(line.Positions, p => Assert.InRange(p, 1, line.End));
        }
    });

    [Fact]
    public void Random_bytes_never_throw_and_take_no_more_memory_than_they_are_worth() => Property.Holds(300, random =>
    {
        byte[] output = new byte[2000];
        random.NextBytes(output);
        Assert.InRange(PlainTextReader.Convert(output).Length, 0, 2000 * 1100);
    });

    [Fact]
    public void A_sequence_that_means_harm_is_bounded()
    {
        Assert.Equal(
            "x",
            PlainTextReader.Convert(Encoding.ASCII.GetBytes("\e[" + new string('9', 100_000) + ";" + new string(';', 100_000) + "mx")));
        Assert.InRange(PlainTextReader.Convert("\e[99999Cx\e[99999Cx\e[99999@\e[99999bx"u8).Length, 1, 64 * 1024);
        Assert.Equal("after", PlainTextReader.Convert(Encoding.ASCII.GetBytes("\e]0;" + new string('t', 1_000_000) + "\aafter")));
    }

    private static List<PlainLine> Read(byte[] output, int size)
    {
        var lines = new List<PlainLine>();
        var reader = new PlainTextReader(lines.Add);
        for (int i = 0; i < output.Length; i += size)
        {
            reader.Feed(output.AsSpan(i, Math.Min(size, output.Length - i)));
        }

        lines.Add(reader.Current);
        return lines;
    }
}

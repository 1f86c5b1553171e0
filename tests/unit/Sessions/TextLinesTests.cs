using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using NsModule.Sessions;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Sessions;

public sealed class TextLinesTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\n", new[] { "a" })]
    [InlineData("a\r\nb", new[] { "a", "b" })]
    [InlineData("1%\r2%\r\n", new[] { "1%", "2%" })]
    [InlineData("\n\r\r\n\n", new[] { "", "", "", "" })]
    [InlineData("\ud83d\ude00\u00e4\n\u20ac", new[] { "\ud83d\ude00\u00e4", "\u20ac" })]
    public void A_line_ends_as_pwsh_has_it(string text, string[] lines) => Assert.Equal(lines, Read([Encoding.UTF8.GetBytes(text)]));

    [Fact]
    public void It_does_not_matter_where_the_text_is_cut() => Property.Holds(500, random =>
    {
        string[] parts = ["a", "\u00e4", "\u20ac", "\ud83d\ude00", "\r", "\n", "\r\n"];
        byte[] text = Encoding.UTF8.GetBytes(
            string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => parts[random.Next(parts.Length)])));
        var pieces = new List<byte[]>();
        for (int at = 0; at < text.Length;)
        {
            int length = Math.Min(random.Next(4), text.Length - at);
            pieces.Add(text[at..(at + length)]);
            at += length;
        }

        Assert.Equal(Read([text]), Read(pieces));
    });

    [Fact]
    public void Bytes_that_are_no_text_are_replaced_and_cost_nothing_else() =>
        Assert.Equal(["a\ufffdb", "\ufffd"], Read([[(byte)'a', 0xff, (byte)'b', (byte)'\n', 0xe2, 0x82]]));

    private static List<string> Read(IEnumerable<byte[]> pieces)
    {
        var reader = new TextLines();
        var lines = new List<string>();
        foreach (byte[] piece in pieces)
        {
            lines.AddRange(reader.Feed(piece));
        }

        lines.AddRange(reader.End());
        return lines;
    }
}

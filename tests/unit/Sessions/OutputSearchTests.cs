using System.Text;
using System.Text.RegularExpressions;
using NsModule.Sessions;
using Xunit;

namespace NsModule.UnitTests.Sessions;

public sealed class OutputSearchTests
{
    [Theory]
    [InlineData("$ echo x\r\nx\r\n$ ", @"^x$", "x", 11)]
    [InlineData("$ echo x\r\nx\r\n$ ", @"\$ ", "$ ", 2)]
    [InlineData("\e[31mre\e[0md!", "red", "red", 12)]
    [InlineData("10%\r50%\r100%\r\ndone", "100%", "100%", 12)]
    [InlineData("one\r\ntwo\r\n", @"e\nt", "e\nt", 6)]
    [InlineData("日本 ok", "本", "本", 6)]
    public void A_match_is_in_the_text_and_ends_where_its_last_byte_is(string output, string pattern, string match, long position)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(output);
        var search = new OutputSearch(new Regex(pattern, RegexOptions.Multiline), 1000);
        search.Feed(bytes);
        Assert.Equal(match, search.Find(out string text, out long end)!.Value);
        Assert.EndsWith(match, text);
        Assert.Equal(1000 + position, end);
    }

    [Fact]
    public void It_is_found_as_soon_as_it_is_there()
    {
        var search = new OutputSearch(new Regex("ready"), 0);
        Assert.Null(search.Find(out _, out _));
        search.Feed("rea"u8);
        Assert.Null(search.Find(out _, out _));
        search.Feed("dy"u8);
        Assert.NotNull(search.Find(out _, out long position));
        Assert.Equal(5, position);
    }

    [Fact]
    public void Endless_output_takes_bounded_memory_and_is_searched_to_the_end()
    {
        var search = new OutputSearch(new Regex("needle"), 0);
        byte[] hay = Encoding.ASCII.GetBytes(new string('h', 999) + "\n");
        for (int i = 0; i < 5000; i++)
        {
            search.Feed(hay);
        }

        search.Feed("needle"u8);
        Assert.NotNull(search.Find(out string text, out long position));
        Assert.Equal(5_000_006, position);
        Assert.InRange(text.Length, 1 << 20, 3 << 20);
    }
}

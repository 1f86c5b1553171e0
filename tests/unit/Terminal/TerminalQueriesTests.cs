using System;
using System.Text;
using NsModule.Terminal;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Terminal;

public sealed class TerminalQueriesTests
{
    [Theory]
    [InlineData("\e[c", "\e[?64;1;2c")]
    [InlineData("\e[0c", "\e[?6c")]
    [InlineData("\eZ", "\e[?6c")]
    [InlineData("\e[>c", "\e[>41;380;0c")]
    [InlineData("\e[=c", "\eP!|00000000\e\\")]
    [InlineData("\e[5n", "\e[0n")]
    [InlineData("\e[6n", "\e[24;80R")]
    [InlineData("\e[?6n", "\e[?24;80;1R")]
    [InlineData("\e[?996n", "\e[?997;1n")]
    [InlineData("\e[>q", "\eP>|foot(1.16)\e\\")]
    [InlineData("\e[14t", "\e[4;600;800t")]
    [InlineData("\e[21t", "\e]ltitle\e\\")]
    [InlineData("\e[?2026$p", "\e[?2026;2$y")]
    [InlineData("\e[?u", "\e[?0u")]
    [InlineData("\e[x", "\e[2;1;1;128;128;1;0x")]
    [InlineData("\e[?1;1;0S", "\e[?1;0;256S")]
    [InlineData("\e[?4m", "\e[>4;1m")]
    [InlineData("\e[1$w", "\eP1$u1;1;1\e\\")]
    [InlineData("\e[1;1;1;1;9;9*y", "\eP1!~ABCD\e\\")]
    [InlineData("\e]10;?\a", "\e]10;rgb:ffff/ffff/ffff\a")]
    [InlineData("\e]4;1;?\e\\", "\e]4;1;rgb:cdcd/0000/0000\e\\")]
    [InlineData("\eP$qm\e\\", "\eP1$r0m\e\\")]
    [InlineData("\eP+q544e\e\\", "\eP1+r544e=787465726d\e\\")]
    [InlineData("\e_Gi=31,a=q;AAAA\e\\", "\e_Gi=31;OK\e\\")]
    [InlineData("\u009bc", "\u009b?64;1;2c")]
    [InlineData("\u009a", "\e[?6c")]
    [InlineData("\u009d10;?\u009c", "\e]10;rgb:ffff/ffff/ffff\u009c")]
    [InlineData("\u0090$qm\u009c", "\u00901$r0m\u009c")]
    public void A_question_is_open_until_its_answer_comes(string question, string answer)
    {
        var queries = new TerminalQueries();
        Assert.False(queries.AreOpen(100));
        Feed(queries, "text" + question + "text", 100);
        Assert.True(queries.AreOpen(100));

        // Keys that come meanwhile answer nothing: letters, cursor, F5, mouse, focus, paste.
        Assert.False(queries.Hear("abc\r\e[A\eOB\e[15~\e[<0;1;1M\e[I\e[200~x\e[201~"u8));
        Assert.True(queries.AreOpen(100));

        bool answered = false;
        foreach (byte b in Encoding.UTF8.GetBytes(answer))
        {
            answered |= queries.Hear([b]);
        }

        Assert.True(answered);
        Assert.False(queries.AreOpen(100));
    }

    [Theory]
    [InlineData("plain text, \e[1;31mcolours\e[0m, \e[2J\e[H, \e[?1049h, \e[?1;2c, \e[>4;1m, \e[22;0t, \e[!p")]
    [InlineData("\e]0;what?\a\e]2;a title\e\\\e]8;;http://x/?q\e\\\ePtext\e\\")]
    public void What_asks_nothing_leaves_nothing_open(string output)
    {
        var queries = new TerminalQueries();
        Feed(queries, output, 0);
        Assert.False(queries.AreOpen(0));
    }

    [Fact]
    public void Each_question_takes_an_answer()
    {
        var queries = new TerminalQueries();
        Feed(queries, "\e[c\e[c\e[6n", 0);
        Assert.True(queries.Hear("\e[?6c"u8));
        Assert.True(queries.Hear("\e[1;1R"u8));
        Assert.True(queries.AreOpen(0));
        Assert.True(queries.Hear("\e[?6c"u8));
        Assert.False(queries.AreOpen(0));
        Assert.False(queries.Hear("\e[?6c"u8));
    }

    [Fact]
    public void What_is_not_answered_for_long_is_not_expected_any_more()
    {
        var queries = new TerminalQueries();
        Feed(queries, "\e[>q\x05", 1000);
        Assert.True(queries.AreOpen(1000 + TerminalQueries.TimeoutMilliseconds - 1));
        Assert.False(queries.AreOpen(1000 + TerminalQueries.TimeoutMilliseconds));
    }

    [Fact]
    public void No_bytes_on_either_side_confuse_it() => Property.Holds(500, random =>
    {
        var queries = new TerminalQueries();
        ReadOnlySpan<byte> alphabet = "\e\e[]P_Z\\?;>0169cnqtRux$\a\x05\x18a"u8;
        byte[] bytes = new byte[random.Next(300)];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = alphabet[random.Next(alphabet.Length)];
        }

        queries.Show(bytes, 0);
        _ = queries.Hear(bytes);

        // Whatever came before, what is asked now is heard of.
        Feed(queries, "\x18\e[c", 5);
        Assert.True(queries.AreOpen(5));
    });

    private static void Feed(TerminalQueries queries, string output, long now)
    {
        foreach (byte b in Encoding.UTF8.GetBytes(output))
        {
            queries.Show([b], now);
        }
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using NsModule.Terminal;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Terminal;

public sealed class TerminalParserTests
{
    [Theory]
    [InlineData("\e]0;a title\a", "]0;a title")]
    [InlineData("\e]0;a title\e\\", "]0;a title")]
    [InlineData("\u009d0;a title\u009c", "]0;a title")]
    [InlineData("\eP$qm\e\\", "P$qm")]
    [InlineData("\e_Gq\e\\\e^p\e\\\eXs\e\\", "_Gq ^p Xs")]
    [InlineData("\ePbell\aon\e\\", "Pbell\aon")]
    public void A_string_ends_with_its_terminator(string output, string found) => Assert.Equal(found, Find(output));

    [Theory]
    [InlineData("\e]0;a title\x18\a", "")]
    [InlineData("\e]0;a title\x1a\e\\", "\0\\")]
    [InlineData("\e]0;a title\e[5n", "[5n")]
    [InlineData("\ePtext\u009b5n\e\\", "[5n \0\\")]
    [InlineData("\ePa\ePb\e\\", "Pb")]
    public void One_that_is_broken_off_is_none(string output, string found) => Assert.Equal(found, Find(output));

    [Fact]
    public void A_long_string_is_cut() => Assert.Equal(4096 + 1, Find("\e]" + new string('x', 10_000) + "\a").Length);

    /// <summary>Text that nobody wants is passed over, wherever the output is cut, and hides nothing.</summary>
    [Fact]
    public void Who_wants_no_text_gets_the_same_sequences_at_the_same_positions() => Property.Holds(500, random =>
    {
        byte[] output = TerminalFuzz.Output(random, 200);
        var whole = new Recorder(wantsText: true);
        whole.Parser.Feed(output);

        var pieces = new Recorder(wantsText: false);
        for (int start = 0; start < output.Length;)
        {
            int end = Math.Min(output.Length, start + random.Next(1, 50));
            pieces.Parser.Feed(output.AsSpan(start..end));
            start = end;
        }

        Assert.Equal(whole.Found, pieces.Found);
        Assert.Equal(output.Length, pieces.Parser.Position);
    });

    private static string Find(string output)
    {
        var recorder = new Recorder(wantsText: false);
        recorder.Parser.Feed(Encoding.UTF8.GetBytes(output));
        return string.Join(' ', recorder.Found.Select(f => f.What));
    }

    private sealed class Recorder : ITerminalSink
    {
        public Recorder(bool wantsText)
        {
            WantsText = wantsText;
            Parser = new TerminalParser(this);
        }

        public bool WantsText { get; }

        public TerminalParser Parser { get; }

        public List<(long Position, string What)> Found { get; } = [];

        public void Control(char control)
        {
            if (control == '\x05')
            {
                Add("ENQ");
            }
        }

        public void Escape(char intermediate, char final) => Add($"{intermediate}{final}");

        public void Csi(char marker, char intermediate, ReadOnlySpan<int> parameters, char final) => Add(string.Concat(
            "[",
            marker == '\0' ? "" : marker.ToString(),
            string.Join(';', parameters.ToArray().Select(p => p.ToString(CultureInfo.InvariantCulture))),
            intermediate == '\0' ? "" : intermediate.ToString(),
            final.ToString()));

        public void String(char kind, string text) => Add(kind + text);

        private void Add(string what) => Found.Add((Parser.Position, what));
    }
}

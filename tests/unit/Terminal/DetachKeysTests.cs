using System;
using System.Collections.Generic;
using System.Text;
using NsModule.Terminal;
using Xunit;

namespace NsModule.UnitTests.Terminal;

public sealed class DetachKeysTests
{
    [Theory]
    [InlineData("ctrl-p,ctrl-q", new byte[] { 0x10, 0x11 })]
    [InlineData("CTRL-P", new byte[] { 0x10 })]
    [InlineData(@"ctrl-\", new byte[] { 0x1c })]
    [InlineData("ctrl-]", new byte[] { 0x1d })]
    [InlineData("ctrl-@,a", new byte[] { 0x00, 0x61 })]
    [InlineData("", new byte[0])]
    public void The_usual_notation_is_read(string text, byte[] sequence) => Assert.Equal(sequence, DetachKeys.Parse(text).Sequence);

    [Theory]
    [InlineData("ctrl-")]
    [InlineData("ctrl-1")]
    [InlineData("alt-x")]
    [InlineData("ctrl-a,")]
    [InlineData("é")]
    public void What_is_no_key_is_refused(string text) => Assert.Throws<FormatException>(() => DetachKeys.Parse(text));

    [Fact]
    public void The_default_keys_hold_nothing_back_and_leave_at_the_third()
    {
        var scanner = new DetachKeyScanner(DetachKeys.Default);

        Assert.Equal(("\x1d", false), Type(scanner, "\x1d", 0));
        Assert.Equal(("\x1d", false), Type(scanner, "\x1d", 400));
        Assert.Null(scanner.Deadline);
        Assert.Equal(("", true), Type(scanner, "\x1d", 999));
    }

    [Fact]
    public void The_default_keys_typed_too_slowly_are_just_typed()
    {
        var scanner = new DetachKeyScanner(DetachKeys.Default);

        Assert.Equal(("\x1d\x1d", false), Type(scanner, "\x1d\x1d", 0));
        Assert.Equal(("\x1d", false), Type(scanner, "\x1d", 1000));
        Assert.Equal(("\x1d", false), Type(scanner, "\x1d", 1100));
        Assert.Equal(("", true), Type(scanner, "\x1d", 1200));
    }

    [Fact]
    public void Another_key_between_starts_over()
    {
        var scanner = new DetachKeyScanner(DetachKeys.Default);

        Assert.Equal(("\x1d\x1dx\x1d\x1d", false), Type(scanner, "\x1d\x1dx\x1d\x1d", 0));
        Assert.Equal(("", true), Type(scanner, "\x1d", 1));
    }

    [Fact]
    public void A_prefix_that_goes_on_otherwise_is_delivered_in_order()
    {
        var scanner = new DetachKeyScanner(DetachKeys.Parse("ctrl-p,ctrl-q"));

        Assert.Equal(("a", false), Type(scanner, "a\x10", 0));
        Assert.Equal(("\x10x", false), Type(scanner, "x", 10));
        Assert.Equal(("\x10", false), Type(scanner, "\x10\x10", 20));
        Assert.Equal(("", true), Type(scanner, "\x11", 30));
    }

    [Fact]
    public void A_prefix_that_does_not_complete_in_time_is_delivered()
    {
        var scanner = new DetachKeyScanner(DetachKeys.Parse("ctrl-p,ctrl-q"));
        var output = new List<byte>();

        Assert.Equal(("", false), Type(scanner, "\x10", 100));
        Assert.Equal(1100, scanner.Deadline);
        scanner.Expire(1099, output);
        Assert.Empty(output);
        scanner.Expire(1100, output);
        Assert.Equal([0x10], output);
        Assert.Null(scanner.Deadline);
    }

    [Fact]
    public void What_follows_the_keys_is_dropped_and_what_comes_before_is_delivered()
    {
        var scanner = new DetachKeyScanner(DetachKeys.Parse("ctrl-q"));

        Assert.Equal(("before", true), Type(scanner, "before\x11" + "after", 0));
    }

    [Fact]
    public void Without_keys_everything_passes()
    {
        var scanner = new DetachKeyScanner(DetachKeys.Parse(""));

        Assert.Equal(("\x1d\x1d\x1d\x10\x11", false), Type(scanner, "\x1d\x1d\x1d\x10\x11", 0));
    }

    /// <summary>Against a plain search over the whole input, for random input over a small alphabet and random splits.</summary>
    [Fact]
    public void Any_input_in_any_pieces_is_delivered_in_order_up_to_the_first_match()
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        for (int round = 0; round < 2000; round++)
        {
            string keys = RandomText(random, "ab", random.Next(1, 5));
            string input = RandomText(random, "abc", random.Next(0, 40));
            var scanner = new DetachKeyScanner(DetachKeys.Parse(string.Join(',', keys.ToCharArray())));
            var output = new List<byte>();
            bool left = false;
            for (int at = 0; at < input.Length && !left;)
            {
                int length = random.Next(1, input.Length - at + 1);
                left = scanner.Scan(Encoding.ASCII.GetBytes(input.Substring(at, length)), 0, output);
                at += length;
            }

            int match = input.IndexOf(keys, StringComparison.Ordinal);
            scanner.Expire(DetachKeyScanner.TimeoutMilliseconds, output);
            string expected = match < 0 ? input : input[..match];
            Assert.True(
                (match >= 0) == left && Encoding.ASCII.GetString([.. output]) == expected,
                $"seed {seed}: keys {keys}, input {input}");
        }
    }

    private static (string Output, bool Left) Type(DetachKeyScanner scanner, string text, long now)
    {
        var output = new List<byte>();
        bool left = scanner.Scan(Encoding.Latin1.GetBytes(text), now, output);
        return (Encoding.Latin1.GetString([.. output]), left);
    }

    private static string RandomText(Random random, string alphabet, int length) =>
        string.Create(length, (random, alphabet), static (span, state) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = state.alphabet[state.random.Next(state.alphabet.Length)];
            }
        });
}

using System.Linq;
using System.Text;
using NsModule.Terminal;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Terminal;

public sealed class TerminalKeyTests
{
    /// <summary>What xterm sends, as its ctlseqs and terminfo's xterm-256color entry have it.</summary>
    public static TheoryData<string, string> Keys => new()
    {
        { "Enter", "\r" },
        { "return", "\r" },
        { "Tab", "\t" },
        { "Escape", "\e" },
        { "Esc", "\e" },
        { "Backspace", "\x7f" },
        { "Space", " " },
        { "Up", "\e[A" },
        { "DOWN", "\e[B" },
        { "RightArrow", "\e[C" },
        { "Left", "\e[D" },
        { "Home", "\e[H" },
        { "End", "\e[F" },
        { "Insert", "\e[2~" },
        { "Delete", "\e[3~" },
        { "PageUp", "\e[5~" },
        { "PgDn", "\e[6~" },
        { "F1", "\eOP" },
        { "F4", "\eOS" },
        { "F5", "\e[15~" },
        { "F12", "\e[24~" },
        { "Ctrl+C", "\x03" },
        { "ctrl+c", "\x03" },
        { "Ctrl-C", "\x03" },
        { "Control+Z", "\x1a" },
        { "Ctrl+[", "\e" },
        { "Ctrl+\\", "\x1c" },
        { "Ctrl+]", "\x1d" },
        { "Ctrl+^", "\x1e" },
        { "Ctrl+_", "\x1f" },
        { "Ctrl+@", "\0" },
        { "Ctrl+Space", "\0" },
        { "Ctrl+?", "\x7f" },
        { "Ctrl+Backspace", "\b" },
        { "Alt+x", "\ex" },
        { "Alt+X", "\eX" },
        { "Meta+Enter", "\e\r" },
        { "Alt+Backspace", "\e\x7f" },
        { "Alt+Ctrl+c", "\e\x03" },
        { "Shift+a", "A" },
        { "Shift+Tab", "\e[Z" },
        { "Shift+Up", "\e[1;2A" },
        { "Alt+Left", "\e[1;3D" },
        { "Ctrl+Right", "\e[1;5C" },
        { "Ctrl+Shift+Home", "\e[1;6H" },
        { "Ctrl+F1", "\e[1;5P" },
        { "Shift+F5", "\e[15;2~" },
        { "Ctrl+Delete", "\e[3;5~" },
        { "a", "a" },
        { "+", "+" },
        { "Alt++", "\e+" },
        { "-", "-" },
        { "é", "é" },
        { "😀", "😀" },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_key_sends_what_xterm_sends(string key, string sequence) =>
        Assert.Equal(sequence, Encoding.UTF8.GetString(TerminalKey.Parse(key).Bytes));

    [Theory]
    [InlineData("Up", 'A')]
    [InlineData("Down", 'B')]
    [InlineData("Right", 'C')]
    [InlineData("Left", 'D')]
    [InlineData("End", 'F')]
    [InlineData("Home", 'H')]
    [InlineData("Ctrl+Up", '\0')]
    [InlineData("F1", '\0')]
    [InlineData("a", '\0')]
    public void Unmodified_cursor_keys_depend_on_the_mode(string key, char final) =>
        Assert.Equal((byte)final, TerminalKey.Parse(key).CursorFinal);

    [Theory]
    [InlineData("")]
    [InlineData("Foo")]
    [InlineData("F13")]
    [InlineData("Ctrl+")]
    [InlineData("Ctrl+é")]
    [InlineData("Ctrl+Enter")]
    [InlineData("Hyper+x")]
    [InlineData("ab")]
    [InlineData("\n")]
    [InlineData("\ud800")]
    public void What_no_terminal_has_is_refused(string key) =>
        Errors.Thrown(NsErrorId.InvalidKey, NsErrorKind.Argument, () => TerminalKey.Parse(key));

    [Fact]
    public void All_names_are_keys() => Assert.All(TerminalKey.Names, n => Assert.NotEmpty(TerminalKey.Parse(n).Bytes));

    [Fact]
    public void Any_text_is_a_key_or_refused() => Property.Holds(500, random =>
    {
        string[] parts = ["Ctrl", "Alt", "Shift", "+", "-", "F1", "Up", "x", "\e", "Enter", "é", "1"];
        string key = string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => parts[random.Next(parts.Length)]));
        try
        {
            Assert.NotEmpty(TerminalKey.Parse(key).Bytes);
        }
        catch (NsException e)
        {
            Assert.Equal(NsErrorId.InvalidKey, e.ErrorId);
        }
    });
}

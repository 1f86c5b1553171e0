using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using NsModule.Text;

namespace NsModule.Terminal;

/// <summary>A key, and what xterm sends for it (xterm's ctlseqs, "PC-Style Function Keys").</summary>
/// <param name="Bytes">What is sent.</param>
/// <param name="CursorFinal">
/// For an unmodified cursor key, the last character of what is sent: what comes before it depends on the terminal's mode. Else 0.
/// </param>
internal sealed record TerminalKey(byte[] Bytes, byte CursorFinal = 0)
{
    private const int ShiftKey = 1;
    private const int AltKey = 2;
    private const int CtrlKey = 4;

    private static readonly (string Prefix, int Modifier)[] s_modifiers =
        [("ctrl", CtrlKey), ("control", CtrlKey), ("alt", AltKey), ("meta", AltKey), ("shift", ShiftKey)];

    /// <summary>Keys that send <c>CSI letter</c>, or <c>SS3 letter</c> in application mode.</summary>
    private static readonly Dictionary<string, char> s_cursorKeys = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Up"] = 'A',
        ["Down"] = 'B',
        ["Right"] = 'C',
        ["Left"] = 'D',
        ["End"] = 'F',
        ["Home"] = 'H',
        ["UpArrow"] = 'A',
        ["DownArrow"] = 'B',
        ["RightArrow"] = 'C',
        ["LeftArrow"] = 'D',
    };

    /// <summary>Keys that send <c>SS3 letter</c>, whatever the mode.</summary>
    private static readonly Dictionary<string, char> s_firstFunctionKeys = new(StringComparer.OrdinalIgnoreCase)
    {
        ["F1"] = 'P',
        ["F2"] = 'Q',
        ["F3"] = 'R',
        ["F4"] = 'S',
    };

    /// <summary>Keys that send <c>CSI number ~</c>.</summary>
    private static readonly Dictionary<string, int> s_numberedKeys = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Insert"] = 2,
        ["Delete"] = 3,
        ["PageUp"] = 5,
        ["PageDown"] = 6,
        ["Ins"] = 2,
        ["Del"] = 3,
        ["PgUp"] = 5,
        ["PgDn"] = 6,
        ["F5"] = 15,
        ["F6"] = 17,
        ["F7"] = 18,
        ["F8"] = 19,
        ["F9"] = 20,
        ["F10"] = 21,
        ["F11"] = 23,
        ["F12"] = 24,
    };

    /// <summary>Keys that send one character.</summary>
    private static readonly Dictionary<string, char> s_characterKeys = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Enter"] = '\r',
        ["Return"] = '\r',
        ["Tab"] = '\t',
        ["Escape"] = '\e',
        ["Esc"] = '\e',
        ["Backspace"] = '\x7f',
        ["Space"] = ' ',
    };

    /// <summary>The names of keys, for completion; characters and modifiers come on top.</summary>
    public static IEnumerable<string> Names { get; } =
    [
        "Enter", "Tab", "Escape", "Backspace", "Delete", "Insert", "Space", "Up", "Down", "Left", "Right", "Home", "End", "PageUp",
        "PageDown",
        .. Enumerable.Range(1, 12).Select(i => "F" + i.ToString(CultureInfo.InvariantCulture)),
        .. Enumerable.Range('A', 26).Select(c => "Ctrl+" + (char)c),
    ];

    /// <summary>
    /// Reads a key: <c>Enter</c>, <c>Up</c>, <c>F1</c>, <c>Ctrl+C</c>, <c>Alt+x</c>, <c>Ctrl+Shift+Right</c>, a
    /// character; hyphens do for plus signs.
    /// </summary>
    /// <exception cref="NsException">There is no such key, or a terminal sends nothing for it.</exception>
    public static TerminalKey Parse(string key)
    {
        int modifiers = 0;
        string name = key;
        while (SplitModifier(name) is (int modifier, string rest))
        {
            modifiers |= modifier;
            name = rest;
        }

        return Find(name, modifiers) ?? throw new NsException(
            NsErrorId.InvalidKey,
            NsErrorKind.Argument,
            key,
            $"'{PrintableText.Of(key)}' is not a key that a terminal has. Write Enter, Tab, Escape, Backspace, Delete, Up, Home, PageDown,"
                + " F1 and so on, one character, or one of these after Ctrl+, Alt+ or Shift+; send other text with -Text.");
    }

    private static (int Modifier, string Key)? SplitModifier(string name)
    {
        foreach ((string prefix, int modifier) in s_modifiers)
        {
            if (name.Length > prefix.Length + 1
                && name[prefix.Length] is '+' or '-'
                && name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return (modifier, name[(prefix.Length + 1)..]);
            }
        }

        return null;
    }

    private static TerminalKey? Find(string name, int modifiers)
    {
        if (s_cursorKeys.TryGetValue(name, out char final))
        {
            return modifiers == 0 ? new TerminalKey(Ascii("\e[" + final), (byte)final) : Modified('1', modifiers, final);
        }

        if (s_firstFunctionKeys.TryGetValue(name, out final))
        {
            return modifiers == 0 ? new TerminalKey(Ascii("\eO" + final)) : Modified('1', modifiers, final);
        }

        if (s_numberedKeys.TryGetValue(name, out int number))
        {
            return modifiers == 0
                ? new TerminalKey(Ascii(string.Create(CultureInfo.InvariantCulture, $"\e[{number}~")))
                : new TerminalKey(Ascii(string.Create(CultureInfo.InvariantCulture, $"\e[{number};{1 + modifiers}~")));
        }

        if (s_characterKeys.TryGetValue(name, out char named))
        {
            return (named, modifiers & ~AltKey) switch
            {
                ('\t', ShiftKey) => new TerminalKey(WithAlt("\e[Z", modifiers)),
                (' ', CtrlKey) => new TerminalKey(WithAlt("\0", modifiers)),
                ('\x7f', CtrlKey) => new TerminalKey(WithAlt("\b", modifiers)),
                (_, 0) => new TerminalKey(WithAlt(named.ToString(), modifiers)),
                _ => null,
            };
        }

        return Character(name, modifiers);
    }

    private static TerminalKey? Character(string name, int modifiers)
    {
        if (name.Length == 0
            || !Rune.TryGetRuneAt(name, 0, out Rune rune)
            || rune.Utf16SequenceLength != name.Length
            || Rune.IsControl(rune))
        {
            return null;
        }

        if ((modifiers & CtrlKey) != 0)
        {
            // Ctrl takes the upper bits of @ to _ away; ? becomes DEL.
            int upper = Rune.ToUpperInvariant(rune).Value;
            return upper == '?' ? new TerminalKey(WithAlt("\x7f", modifiers))
                : upper is >= '@' and <= '_' ? new TerminalKey(WithAlt(((char)(upper & 0x1f)).ToString(), modifiers))
                : null;
        }

        Rune shifted = (modifiers & ShiftKey) != 0 ? Rune.ToUpperInvariant(rune) : rune;
        return new TerminalKey(WithAlt(shifted.ToString(), modifiers));
    }

    private static TerminalKey Modified(char number, int modifiers, char final) =>
        new(Ascii(string.Create(CultureInfo.InvariantCulture, $"\e[{number};{1 + modifiers}{final}")));

    /// <summary>Alt is an escape character before (xterm's metaSendsEscape).</summary>
    private static byte[] WithAlt(string text, int modifiers) => Encoding.UTF8.GetBytes((modifiers & AltKey) != 0 ? "\e" + text : text);

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}

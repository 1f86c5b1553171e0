using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace NsModule.Terminal;

/// <summary>Follows a stream of terminal output and knows which modes it has left switched on.</summary>
/// <remarks>
/// A program that is killed cannot undo its alternate screen, mouse reports or hidden cursor; whoever shows its output
/// to a person can, with <see cref="UndoSequence"/>. Only what was really switched is undone: an unconditional reset
/// would move the cursor and clear what the person wants to keep. Sequences are those of ECMA-48 and xterm's ctlseqs.
/// </remarks>
internal sealed class TerminalModes : ITerminalSink
{
    private const int MaxModes = 64;

    private readonly TerminalParser _parser;
    private readonly SortedSet<int> _changedPrivate = [];
    private bool _keypad;
    private bool _insert;
    private bool _attributes;
    private bool _region;
    private bool _charset;
    private bool _cursorStyle;
    private bool _modifyOtherKeys;
    private int _kittyDepth;

    public TerminalModes() => _parser = new TerminalParser(this);

    bool ITerminalSink.WantsText => false;

    /// <summary>Position in the stream after the sequence that switched to the alternate screen; null on the main one.</summary>
    public long? AlternateScreenSince { get; private set; }

    /// <summary>Whether cursor keys are to send their application sequences (DECCKM).</summary>
    public bool ApplicationCursorKeys => _changedPrivate.Contains(1);

    /// <summary>Looks at the next bytes; sequences may be cut anywhere.</summary>
    public void Feed(ReadOnlySpan<byte> output) => _parser.Feed(output);

    /// <summary>The bytes that bring a terminal that showed all this back to its defaults; empty where nothing is left on.</summary>
    public byte[] UndoSequence()
    {
        var undo = new StringBuilder();
        Append(undo, _kittyDepth > 0, string.Create(CultureInfo.InvariantCulture, $"\e[<{_kittyDepth}u"));
        Append(undo, _modifyOtherKeys, "\e[>4m");
        foreach (int mode in _changedPrivate)
        {
            Append(undo, mode is not (47 or 1047 or 1048 or 1049), PrivateMode(mode, IsOnByDefault(mode)));
        }

        Append(undo, _insert, "\e[4l");
        Append(undo, _charset, "\e(B\x0f");
        Append(undo, _cursorStyle, "\e[0 q");
        Append(undo, _keypad, "\e>");

        // Resetting the region homes the cursor.
        Append(undo, _region, "\e7\e[r\e8");
        Append(undo, _attributes, "\e[0m");

        // Last: leaving the alternate screen puts the cursor back where the person's own screen had it.
        foreach (int mode in (ReadOnlySpan<int>)[47, 1047, 1049])
        {
            Append(undo, _changedPrivate.Contains(mode), PrivateMode(mode, false));
        }

        return Encoding.ASCII.GetBytes(undo.ToString());
    }

    /// <summary>The bytes that bring a terminal in its defaults into these modes; the program draws the rest.</summary>
    public byte[] RedoSequence()
    {
        var redo = new StringBuilder();
        foreach (int mode in (ReadOnlySpan<int>)[47, 1047, 1049])
        {
            Append(redo, _changedPrivate.Contains(mode), PrivateMode(mode, true) + "\e[2J\e[H");
        }

        foreach (int mode in _changedPrivate)
        {
            Append(redo, mode is not (47 or 1047 or 1048 or 1049), PrivateMode(mode, !IsOnByDefault(mode)));
        }

        Append(redo, _insert, "\e[4h");
        Append(redo, _keypad, "\e=");
        return Encoding.ASCII.GetBytes(redo.ToString());
    }

    private static void Append(StringBuilder text, bool condition, string sequence) => _ = condition ? text.Append(sequence) : text;

    /// <summary>What sets a mode (DECSET), or resets it (DECRST).</summary>
    private static string PrivateMode(int mode, bool on) => string.Create(CultureInfo.InvariantCulture, $"\e[?{mode}{(on ? 'h' : 'l')}");

    /// <summary>Auto-wrap and the visible cursor.</summary>
    private static bool IsOnByDefault(int mode) => mode is 7 or 25;

    void ITerminalSink.Escape(char intermediate, char final)
    {
        switch (intermediate, final)
        {
            case ('(', _):
                _charset = final != 'B';
                break;
            case ('\0', '=' or '>'):
                _keypad = final == '=';
                break;
            case ('\0', 'c'):
                Reset();
                break;
            default:
                break;
        }
    }

    void ITerminalSink.Csi(char marker, char intermediate, ReadOnlySpan<int> parameters, char final)
    {
        int first = parameters.Length > 0 ? parameters[0] : -1;
        switch (marker, intermediate, final)
        {
            case ('?', '\0', 'h' or 'l'):
                foreach (int mode in parameters)
                {
                    SetPrivate(mode, final == 'h');
                }

                break;
            case ('\0', '\0', 'h' or 'l') when parameters.Contains(4):
                _insert = final == 'h';
                break;
            case ('>', '\0', 'm') when first == 4:
                _modifyOtherKeys = parameters.Length > 1 && parameters[1] > 0;
                break;
            case ('\0', '\0', 'm'):
                _attributes = parameters.Length > 1 || first > 0;
                break;
            case ('\0', '\0', 'r'):
                _region = parameters.Length > 0;
                break;
            case ('\0', ' ', 'q'):
                _cursorStyle = first > 0;
                break;
            case ('\0', '!', 'p'):
                _insert = _attributes = _region = _charset = _keypad = false;
                _ = _changedPrivate.Remove(25);
                break;
            case ('>', '\0', 'u'):
                _kittyDepth++;
                break;
            case ('<', '\0', 'u'):
                _kittyDepth = Math.Max(0, _kittyDepth - (first < 0 ? 1 : first));
                break;
            default:
                break;
        }
    }

    private void SetPrivate(int mode, bool on)
    {
        if (mode is < 0 or TerminalParser.MaxParameter)
        {
            return;
        }

        if (mode is 47 or 1047 or 1049)
        {
            AlternateScreenSince = !on ? null : AlternateScreenSince ?? _parser.Position;
        }

        if (on == IsOnByDefault(mode))
        {
            _ = _changedPrivate.Remove(mode);
        }
        else if (_changedPrivate.Count < MaxModes)
        {
            _ = _changedPrivate.Add(mode);
        }
    }

    private void Reset()
    {
        _changedPrivate.Clear();
        _keypad = _insert = _attributes = _region = _charset = _cursorStyle = _modifyOtherKeys = false;
        _kittyDepth = 0;
        AlternateScreenSince = null;
    }
}

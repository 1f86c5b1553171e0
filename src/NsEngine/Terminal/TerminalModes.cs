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
internal sealed class TerminalModes
{
    private const int MaxSequence = 64;
    private const int MaxModes = 64;
    private const byte Escape = 0x1b;

    private readonly SortedSet<int> _changedPrivate = [];
    private readonly byte[] _sequence = new byte[MaxSequence];
    private int _length;
    private State _state;
    private bool _keypad;
    private bool _insert;
    private bool _attributes;
    private bool _region;
    private bool _charset;
    private bool _cursorStyle;
    private bool _modifyOtherKeys;
    private int _kittyDepth;
    private long _position;

    private enum State
    {
        Ground,
        Escape,
        Csi,
        Charset,
        String,
        StringEscape,
    }

    /// <summary>Position in the stream after the sequence that switched to the alternate screen; null on the main one.</summary>
    public long? AlternateScreenSince { get; private set; }

    /// <summary>Whether cursor keys are to send their application sequences (DECCKM).</summary>
    public bool ApplicationCursorKeys => _changedPrivate.Contains(1);

    /// <summary>Looks at the next bytes; sequences may be cut anywhere.</summary>
    public void Feed(ReadOnlySpan<byte> output)
    {
        while (!output.IsEmpty)
        {
            if (_state == State.Ground)
            {
                // Nearly all output is plain: the vectorised search passes over it.
                int escape = output.IndexOf(Escape);
                if (escape < 0)
                {
                    _position += output.Length;
                    return;
                }

                _position += escape + 1;
                output = output[(escape + 1)..];
                _state = State.Escape;
                continue;
            }

            _position++;
            Step(output[0]);
            output = output[1..];
        }
    }

    /// <summary>The bytes that bring a terminal that showed all this back to its defaults; empty where nothing is left on.</summary>
    public byte[] UndoSequence()
    {
        var undo = new StringBuilder();
        Append(undo, _kittyDepth > 0, string.Create(CultureInfo.InvariantCulture, $"\e[<{_kittyDepth}u"));
        Append(undo, _modifyOtherKeys, "\e[>4m");
        foreach (int mode in _changedPrivate)
        {
            Append(undo, mode is not (47 or 1047 or 1048 or 1049), string.Create(CultureInfo.InvariantCulture, $"\e[?{mode}{(IsOnByDefault(mode) ? 'h' : 'l')}"));
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
            Append(undo, _changedPrivate.Contains(mode), string.Create(CultureInfo.InvariantCulture, $"\e[?{mode}l"));
        }

        return Encoding.ASCII.GetBytes(undo.ToString());
    }

    /// <summary>The bytes that bring a terminal in its defaults into these modes; the program draws the rest.</summary>
    public byte[] RedoSequence()
    {
        var redo = new StringBuilder();
        foreach (int mode in (ReadOnlySpan<int>)[47, 1047, 1049])
        {
            Append(redo, _changedPrivate.Contains(mode), string.Create(CultureInfo.InvariantCulture, $"\e[?{mode}h\e[2J\e[H"));
        }

        foreach (int mode in _changedPrivate)
        {
            Append(redo, mode is not (47 or 1047 or 1048 or 1049), string.Create(CultureInfo.InvariantCulture, $"\e[?{mode}{(IsOnByDefault(mode) ? 'l' : 'h')}"));
        }

        Append(redo, _insert, "\e[4h");
        Append(redo, _keypad, "\e=");
        return Encoding.ASCII.GetBytes(redo.ToString());
    }

    private static void Append(StringBuilder text, bool condition, string sequence) => _ = condition ? text.Append(sequence) : text;

    /// <summary>Auto-wrap and the visible cursor.</summary>
    private static bool IsOnByDefault(int mode) => mode is 7 or 25;

    private void Step(byte b)
    {
        switch (_state)
        {
            case State.Escape:
                StepEscape(b);
                break;
            case State.Csi when b is >= 0x40 and <= 0x7e:
                EndCsi((char)b);
                _state = State.Ground;
                break;
            case State.Csi when b == Escape:
                _state = State.Escape;
                break;
            case State.Csi when b < 0x20:
                break;
            case State.Csi:
                // A longer one is none that we follow: keep its end, forget the rest.
                _sequence[Math.Min(_length++, MaxSequence - 1)] = b;
                break;
            case State.Charset:
                _charset = b is not (byte)'B';
                _state = State.Ground;
                break;
            case State.String:
                _state = b switch { 0x07 => State.Ground, Escape => State.StringEscape, _ => State.String };
                break;
            case State.StringEscape:
                _state = State.Escape;
                if (b == '\\')
                {
                    _state = State.Ground;
                }
                else
                {
                    StepEscape(b);
                }

                break;
            case State.Ground:
            default:
                break;
        }
    }

    private void StepEscape(byte b)
    {
        _state = State.Ground;
        switch ((char)b)
        {
            case '[':
                _state = State.Csi;
                _length = 0;
                break;
            case ']' or 'P' or '_' or '^' or 'X':
                _state = State.String;
                break;
            case '(':
                _state = State.Charset;
                break;
            case '\e':
                _state = State.Escape;
                break;
            case '=':
                _keypad = true;
                break;
            case '>':
                _keypad = false;
                break;
            case 'c':
                Reset();
                break;
            default:
                break;
        }
    }

    private void EndCsi(char final)
    {
        if (_length >= MaxSequence)
        {
            return;
        }

        string parameters = Encoding.ASCII.GetString(_sequence, 0, _length);
        switch (final)
        {
            case 'h' or 'l' when parameters.StartsWith('?'):
                foreach (string mode in parameters[1..].Split(';'))
                {
                    SetPrivate(mode, final == 'h');
                }

                break;
            case 'h' or 'l' when parameters == "4":
                _insert = final == 'h';
                break;
            case 'm' when parameters.StartsWith(">4", StringComparison.Ordinal):
                _modifyOtherKeys = parameters.StartsWith(">4;", StringComparison.Ordinal) && parameters != ">4;0";
                break;
            case 'm' when parameters.Length == 0 || char.IsAsciiDigit(parameters[0]) || parameters[0] == ';':
                _attributes = parameters is not ("" or "0" or "00");
                break;
            case 'r' when !parameters.StartsWith('?'):
                _region = parameters.Length > 0;
                break;
            case 'q' when parameters.EndsWith(' '):
                _cursorStyle = parameters is not (" " or "0 ");
                break;
            case 'p' when parameters == "!":
                (_insert, _attributes, _region, _charset, _keypad) = (false, false, false, false, false);
                _ = _changedPrivate.Remove(25);
                break;
            case 'u' when parameters.StartsWith('>'):
                _kittyDepth++;
                break;
            case 'u' when parameters.StartsWith('<'):
                _kittyDepth = Math.Max(0, _kittyDepth - (int.TryParse(parameters[1..], NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 1));
                break;
            default:
                break;
        }
    }

    private void SetPrivate(string text, bool on)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int mode))
        {
            return;
        }

        if (mode is 47 or 1047 or 1049)
        {
            AlternateScreenSince = !on ? null : AlternateScreenSince ?? _position;
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
        (_keypad, _insert, _attributes, _region, _charset, _cursorStyle, _modifyOtherKeys) = (false, false, false, false, false, false, false);
        _kittyDepth = 0;
        AlternateScreenSince = null;
    }
}

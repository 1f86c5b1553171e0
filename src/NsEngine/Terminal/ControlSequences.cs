using System;
using System.Text;

namespace NsModule.Terminal;

/// <summary>A control sequence or string of ECMA-48, or another control that asks the terminal something.</summary>
/// <param name="Kind">What it begins with, without the escape character: <c>[</c>, <c>]</c>, <c>P</c>, <c>_</c>, <c>^</c>, <c>X</c>; <c>Z</c> (DECID); or <see cref="Enquiry"/>.</param>
/// <param name="Text">The beginning of what is between that and its end.</param>
/// <param name="Final">What ends a control sequence.</param>
/// <param name="EndsWithQuestion">Whether the last parameter of a string is a question mark.</param>
internal readonly record struct ControlSequence(char Kind, string Text, char Final, bool EndsWithQuestion)
{
    /// <summary>ENQ, which asks for the terminal's answerback text.</summary>
    public const char Enquiry = '\x05';
}

/// <summary>Finds the control sequences in a stream of bytes, which may be cut anywhere. In as little memory as it takes.</summary>
internal sealed class ControlSequences
{
    private const int MaxText = 64;
    private const byte Escape = 0x1b;
    private const byte Bell = 0x07;

    private readonly byte[] _text = new byte[MaxText];
    private int _length;
    private byte _last;
    private byte _beforeLast;
    private char _kind;
    private State _state;

    private enum State
    {
        Ground,
        Escape,
        Csi,
        String,
        StringEscape,
    }

    /// <summary>Goes to the end of the next one.</summary>
    /// <param name="bytes">The stream's next bytes; afterwards those behind it.</param>
    /// <param name="sequence">What was found.</param>
    /// <returns>False at the end of the bytes.</returns>
    public bool TryRead(ref ReadOnlySpan<byte> bytes, out ControlSequence sequence)
    {
        while (!bytes.IsEmpty)
        {
            if (_state == State.Ground)
            {
                // Nearly all is plain: the vectorised search passes over it.
                int at = bytes.IndexOfAny(Escape, (byte)ControlSequence.Enquiry);
                if (at < 0)
                {
                    break;
                }

                bytes = bytes[at..];
            }

            byte b = bytes[0];
            bytes = bytes[1..];
            if (Step(b))
            {
                sequence = new ControlSequence(_kind, Encoding.Latin1.GetString(_text, 0, Math.Min(_length, MaxText)), (char)b, (_beforeLast, _last) == (';', '?'));
                return true;
            }
        }

        bytes = default;
        sequence = default;
        return false;
    }

    /// <summary>Takes a byte.</summary>
    /// <returns>Whether it ends a sequence.</returns>
    private bool Step(byte b)
    {
        switch (_state)
        {
            case State.Ground when b == ControlSequence.Enquiry:
                Begin((char)b, State.Ground);
                return true;
            case State.Ground:
                _state = State.Escape;
                return false;
            case State.Escape:
                return StepEscape(b);
            case State.Csi when b is >= 0x40 and <= 0x7e:
                _state = State.Ground;
                return true;
            case State.StringEscape when b == '\\':
            case State.String when b == Bell:
                _state = State.Ground;
                return true;
            case State.StringEscape:
                return StepEscape(b);
            case State.String when b == Escape:
                _state = State.StringEscape;
                return false;
            case State.Csi when b == Escape:
                _state = State.Escape;
                return false;
            case State.Csi or State.String when b is 0x18 or 0x1a:
                _state = State.Ground;
                return false;
            default:
                Add(b);
                return false;
        }
    }

    private bool StepEscape(byte b)
    {
        switch ((char)b)
        {
            case '[':
                Begin('[', State.Csi);
                return false;
            case ']' or 'P' or '_' or '^' or 'X':
                Begin((char)b, State.String);
                return false;
            case 'Z':
                Begin('Z', State.Ground);
                return true;
            default:
                _state = b == Escape ? State.Escape : State.Ground;
                return false;
        }
    }

    private void Begin(char kind, State state)
    {
        (_kind, _state, _length, _last, _beforeLast) = (kind, state, 0, 0, 0);
    }

    private void Add(byte b)
    {
        (_beforeLast, _last) = (_last, b);
        if (_length < MaxText)
        {
            _text[_length++] = b;
        }
    }
}

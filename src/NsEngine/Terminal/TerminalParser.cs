using System;
using System.Buffers;
using System.Text;

namespace NsModule.Terminal;

/// <summary>
/// Takes a terminal's output, or its input, apart: UTF-8, controls, escape and control sequences, strings (ECMA-48, xterm's ctlseqs).
/// </summary>
/// <remarks>
/// A state machine over code points, so that output may come cut anywhere. Takes every sequence of bytes: what is
/// malformed shows as U+FFFD or is passed over as a terminal does. Bounded: long strings and parameters are cut.
/// </remarks>
internal sealed class TerminalParser
{
    /// <summary>What stands for every number that is as large, or larger.</summary>
    public const int MaxParameter = 65535;

    private const int MaxParameters = 32;
    private const int MaxParts = 64;
    private const int MaxString = 4096;
    private const byte Escape = 0x1b;
    private const byte Enquiry = 0x05;

    /// <summary>The first byte that all C1 controls have in UTF-8; so have some characters. It is never a later byte of any.</summary>
    private const byte C1Lead = 0xc2;

    private readonly ITerminalSink _sink;
    private readonly bool _wantsText;
    private readonly int[] _parameters = new int[MaxParameters];
    private readonly int[] _parts = new int[MaxParts];
    private readonly int[] _firstParts = new int[MaxParameters];
    private readonly byte[] _partial = new byte[4];
    private readonly StringBuilder _string = new();
    private int _partialLength;
    private int _parameterCount;
    private int _partCount;
    private State _state;
    private char _marker;
    private char _intermediate;
    private bool _subparameter;

    /// <summary>The kind of the string that has begun and has not ended or been broken off; NUL for none.</summary>
    private char _stringKind;

    /// <param name="sink">Who is told.</param>
    /// <param name="position">Position of the first byte in the whole stream.</param>
    public TerminalParser(ITerminalSink sink, long position = 0)
    {
        _sink = sink;
        _wantsText = sink.WantsText;
        Position = position;
    }

    private enum State
    {
        Ground,
        Escape,
        Csi,
        CsiIgnored,
        String,
    }

    /// <summary>Position in the stream after the byte that was taken last.</summary>
    public long Position { get; private set; }

    /// <summary>What followed a parameter after colons, in the sequence that a sink is told of just now; -1 for what is left out.</summary>
    /// <param name="parameter">An index of the sequence's parameters.</param>
    public ReadOnlySpan<int> Parts(int parameter)
    {
        int end = parameter + 1 < Math.Min(_parameterCount, MaxParameters) ? _firstParts[parameter + 1] : Math.Min(_partCount, MaxParts);
        return _parts.AsSpan(_firstParts[parameter]..end);
    }

    /// <summary>Takes the next bytes.</summary>
    public void Feed(ReadOnlySpan<byte> output)
    {
        while (!output.IsEmpty)
        {
            if (!_wantsText && _state == State.Ground && _partialLength == 0)
            {
                // Nearly all output is text: a vectorised search finds the next byte that may begin something else.
                int next = output.IndexOfAny(Escape, C1Lead, Enquiry);
                int text = next < 0 ? output.Length : next;
                Position += text;
                output = output[text..];
                if (output.IsEmpty)
                {
                    return;
                }
            }

            if (_partialLength == 0 && output[0] < 0x80)
            {
                Position++;
                Step(output[0]);
                output = output[1..];
                continue;
            }

            // One byte at a time into the buffer: a character may be cut, and a bad byte must not take a good one with it.
            _partial[_partialLength++] = output[0];
            switch (Rune.DecodeFromUtf8(_partial.AsSpan(0, _partialLength), out Rune rune, out int consumed))
            {
                case OperationStatus.NeedMoreData:
                    Position++;
                    output = output[1..];
                    break;
                case OperationStatus.Done:
                    Position++;
                    output = output[1..];
                    _partialLength = 0;
                    Step(rune.Value);
                    break;
                default:
                    if (consumed == _partialLength)
                    {
                        Position++;
                        output = output[1..];
                    }

                    // Else the last byte ended the bad sequence without being a part of it: it is looked at again.
                    _partialLength = 0;
                    Step(Rune.ReplacementChar.Value);
                    break;
            }
        }
    }

    private void Step(int c)
    {
        switch (c)
        {
            case Escape:
                _state = State.Escape;
                _intermediate = '\0';
                return;
            case 0x18 or 0x1a:
                // CAN and SUB end whatever there is.
                _state = State.Ground;
                _stringKind = '\0';
                return;
            case >= 0x80 and <= 0x9f:
                // C1: the same as ESC and a letter (ECMA-48, 5.3).
                _intermediate = '\0';
                StepEscape((char)(c - 0x40));
                return;
            case 0x07 when _state == State.String && _stringKind == ']':
                EndString();
                _state = State.Ground;
                return;
            case < 0x20 when _state != State.String:
                _sink.Control((char)c);
                return;
            case 0x7f when _state != State.String:
                return;
            default:
                break;
        }

        switch (_state)
        {
            case State.Escape:
                StepEscape(c);
                break;
            case State.Csi:
                StepCsi(c);
                break;
            case State.CsiIgnored:
                _state = c is >= 0x40 and <= 0x7e ? State.Ground : _state;
                break;
            case State.String:
                _ = _string.Length < MaxString ? _string.Append(new Rune(c)) : _string;
                break;
            case State.Ground:
            default:
                _sink.Print(new Rune(c));
                break;
        }
    }

    private void StepEscape(int c)
    {
        if (c is >= 0x20 and <= 0x2f)
        {
            _intermediate = (char)c;
            _state = State.Escape;
            return;
        }

        _state = State.Ground;
        if (c == '\\' && _intermediate == '\0' && _stringKind != '\0')
        {
            EndString();
            return;
        }

        // Anything else than its end (ST) breaks a string off.
        _stringKind = '\0';
        switch (c)
        {
            case '[' when _intermediate == '\0':
                _state = State.Csi;
                (_marker, _parameterCount, _partCount, _subparameter) = ('\0', 0, 0, false);
                break;
            case ']' or 'P' or 'X' or '^' or '_' when _intermediate == '\0':
                _state = State.String;
                _stringKind = (char)c;
                _ = _string.Clear();
                break;
            case >= 0x30 and <= 0x7e:
                _sink.Escape(_intermediate, (char)c);
                break;
            default:
                break;
        }
    }

    private void StepCsi(int c)
    {
        switch (c)
        {
            case >= '0' and <= '9' or ';' or ':' when _intermediate != '\0':
            case > 0x7e:
                _state = State.CsiIgnored;
                break;
            case >= '0' and <= '9':
                AddDigit(c - '0');
                break;
            case ';':
                _subparameter = false;
                if (_parameterCount == 0)
                {
                    AddParameter();
                }

                AddParameter();
                break;
            case ':':
                AddPart();
                break;
            case >= '<' and <= '?':
                _state = _parameterCount == 0 && _marker == '\0' ? _state : State.CsiIgnored;
                _marker = (char)c;
                break;
            case < 0x30:
                _intermediate = (char)c;
                break;
            default:
                _state = State.Ground;
                _sink.Csi(_marker, _intermediate, _parameters.AsSpan(0, Math.Min(_parameterCount, MaxParameters)), (char)c);
                break;
        }
    }

    private void AddDigit(int digit)
    {
        if (_parameterCount == 0)
        {
            AddParameter();
        }

        if (_subparameter && _partCount is > 0 and <= MaxParts)
        {
            Append(ref _parts[_partCount - 1]);
        }
        else if (!_subparameter && _parameterCount <= MaxParameters)
        {
            Append(ref _parameters[_parameterCount - 1]);
        }

        void Append(ref int number) => number = Math.Min(MaxParameter, (Math.Max(number, 0) * 10) + digit);
    }

    private void AddParameter()
    {
        if (_parameterCount < MaxParameters)
        {
            _parameters[_parameterCount] = -1;
            _firstParts[_parameterCount] = Math.Min(_partCount, MaxParts);
        }

        _parameterCount = Math.Min(_parameterCount + 1, MaxParameters + 1);
    }

    /// <summary>A colon: what follows says more of the parameter before it, such as the colour that 38 sets.</summary>
    private void AddPart()
    {
        if (_parameterCount == 0)
        {
            AddParameter();
        }

        _subparameter = true;

        // Parts of what comes after the last parameter that is kept are nobody's.
        if (_parameterCount <= MaxParameters)
        {
            if (_partCount < MaxParts)
            {
                _parts[_partCount] = -1;
            }

            _partCount = Math.Min(_partCount + 1, MaxParts + 1);
        }
    }

    private void EndString()
    {
        _sink.String(_stringKind, _string.ToString());
        _stringKind = '\0';
    }
}

using System;
using System.Collections.Generic;
using System.Text;

namespace NsModule.Sessions;

/// <summary>
/// Makes lines of UTF-8 text that comes in pieces, cut anywhere. A line ends with LF, CR LF or CR, as pwsh has it for native commands.
/// </summary>
internal sealed class TextLines
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _line = new();
    private readonly List<string> _complete = [];
    private char[] _chars = [];
    private bool _afterCarriageReturn;

    /// <summary>The lines that <paramref name="text"/> completes; valid until the next call.</summary>
    public IReadOnlyList<string> Feed(ReadOnlySpan<byte> text)
    {
        _complete.Clear();
        Split(Decode(text, flush: false));
        return _complete;
    }

    /// <summary>The last line, where it has no end.</summary>
    public IReadOnlyList<string> End()
    {
        _complete.Clear();
        Split(Decode([], flush: true));
        if (_line.Length > 0)
        {
            Complete();
        }

        return _complete;
    }

    private ReadOnlySpan<char> Decode(ReadOnlySpan<byte> text, bool flush)
    {
        int most = Encoding.UTF8.GetMaxCharCount(text.Length);
        _chars = _chars.Length < most ? new char[most] : _chars;
        return _chars.AsSpan(0, _decoder.GetChars(text, _chars, flush));
    }

    private void Split(ReadOnlySpan<char> text)
    {
        if (_afterCarriageReturn && !text.IsEmpty)
        {
            _afterCarriageReturn = false;
            text = text[0] == '\n' ? text[1..] : text;
        }

        for (int end = text.IndexOfAny('\r', '\n'); end >= 0; end = text.IndexOfAny('\r', '\n'))
        {
            _ = _line.Append(text[..end]);
            Complete();
            int length = text[end..].StartsWith("\r\n") ? 2 : 1;
            _afterCarriageReturn = length == 1 && text[end] == '\r' && end == text.Length - 1;
            text = text[(end + length)..];
        }

        _ = _line.Append(text);
    }

    private void Complete()
    {
        _complete.Add(_line.ToString());
        _ = _line.Clear();
    }
}

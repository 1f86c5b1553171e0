using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using NsModule.Terminal;

namespace NsModule.Sessions;

/// <summary>Looks for a pattern in output as it comes, in its text as it reads on a screen, and knows where in the stream it was.</summary>
internal sealed class OutputSearch
{
    /// <summary>How much text is looked at, in characters: about what the supervisor keeps.</summary>
    private const int MaxText = 1 << 20;

    private readonly Regex _pattern;
    private readonly PlainTextReader _reader;
    private readonly StringBuilder _text = new();
    private readonly List<long> _positions = [];
    private readonly long _start;
    private bool _changed = true;

    /// <param name="pattern">What is looked for.</param>
    /// <param name="start">Position in the stream of the first byte.</param>
    public OutputSearch(Regex pattern, long start)
    {
        _pattern = pattern;
        _start = start;
        _reader = new PlainTextReader(Add, start);
    }

    public void Feed(ReadOnlySpan<byte> output)
    {
        _reader.Feed(output);
        _changed = true;
    }

    /// <summary>Looks for the pattern in all text there is.</summary>
    /// <param name="text">The text up to the end of the match.</param>
    /// <param name="position">Position in the stream after the match.</param>
    /// <returns>The match; null where there is none yet.</returns>
    /// <exception cref="RegexMatchTimeoutException">It takes too long.</exception>
    public Match? Find(out string text, out long position)
    {
        (text, position) = ("", 0);
        if (!_changed)
        {
            return null;
        }

        _changed = false;
        PlainLine current = _reader.Current;
        string all = _text + current.Text;
        Match match = _pattern.Match(all);
        if (!match.Success)
        {
            return null;
        }

        int end = match.Index + match.Length;
        text = all[..end];

        // A line may have been overwritten: what was written last within the match is where it was complete.
        position = _positions.Concat(current.Positions).Skip(match.Index).Take(match.Length).DefaultIfEmpty(_start).Max();
        return match;
    }

    private void Add(PlainLine line)
    {
        _ = _text.Append(line.Text).Append('\n');
        _positions.AddRange(line.Positions);
        _positions.Add(line.End);
        if (_text.Length > 2 * MaxText)
        {
            _ = _text.Remove(0, MaxText);
            _positions.RemoveRange(0, MaxText);
        }
    }
}

using System;
using System.Collections.Generic;
using System.Text;
using NsModule.Protocol;
using NsModule.Terminal;

namespace NsModule.Sessions;

/// <summary>Makes lines of the pieces that a session's output comes in.</summary>
internal sealed class OutputLines
{
    /// <summary>A line that never ends is handed out in parts of this length.</summary>
    private const int MaxLine = 1 << 20;

    private readonly string _session;
    private readonly List<OutputLine> _lines = [];
    private readonly List<byte> _current = [];
    private readonly PlainTextReader? _plain;
    private DateTime _time;
    private bool _isCut;

    /// <param name="session">The session's id.</param>
    /// <param name="state">What of its output is kept: a first line whose beginning is not is left out.</param>
    /// <param name="plain">Whether escape sequences are to be removed.</param>
    public OutputLines(string session, OutputState state, bool plain)
    {
        _session = session;
        _isCut = state.Start > 0;
        _plain = plain ? new PlainTextReader(line => Add(line.Text)) : null;
    }

    /// <summary>The lines that <paramref name="output"/> completes.</summary>
    public IReadOnlyList<OutputLine> Feed(OutputMark mark, ReadOnlySpan<byte> output)
    {
        _lines.Clear();
        _time = mark.Time;
        if (_plain is not null)
        {
            _plain.Feed(output);
        }
        else
        {
            Split(output);
        }

        return _lines;
    }

    /// <summary>The line that has not ended; nothing where it is empty. It counts as ended then.</summary>
    public IReadOnlyList<OutputLine> End()
    {
        _lines.Clear();
        if (_plain is not null)
        {
            _plain.EndLine();
        }
        else if (_current.Count > 0)
        {
            Complete();
        }

        return _lines;
    }

    private void Split(ReadOnlySpan<byte> output)
    {
        while (!output.IsEmpty)
        {
            int newline = output.IndexOf((byte)'\n');
            int length = Math.Min(newline < 0 ? output.Length : newline, MaxLine - _current.Count);
            _current.AddRange(output[..length]);
            output = output[length..];
            if (length == newline)
            {
                output = output[1..];
                Complete();
            }
            else if (_current.Count == MaxLine)
            {
                Complete();
            }
        }
    }

    private void Complete()
    {
        // The terminal made CR LF of each LF; a program may have done so before.
        Add(Encoding.UTF8.GetString([.. _current]).TrimEnd('\r'));
        _current.Clear();
    }

    private void Add(string text)
    {
        if (!_isCut)
        {
            _lines.Add(new OutputLine(_time, text, _session, _plain is not null));
        }

        _isCut = false;
    }
}

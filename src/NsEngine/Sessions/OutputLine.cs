using System;
using System.Text;
using NsModule.Terminal;

namespace NsModule.Sessions;

/// <summary>A line of a session's output.</summary>
internal sealed class OutputLine
{
    private readonly string? _plain;

    public OutputLine(DateTime time, string text, string session, bool isPlain)
    {
        Time = time.ToLocalTime();
        Text = text;
        Session = session;
        _plain = isPlain ? text : null;
    }

    /// <summary>When the line was complete: the time of its last byte.</summary>
    public DateTime Time { get; }

    /// <summary>The line without its end. With its escape sequences, unless they were to be removed.</summary>
    public string Text { get; }

    /// <summary>The line as it reads on a screen.</summary>
    public string PlainText => _plain ?? (HasControls(Text) ? PlainTextReader.Convert(Encoding.UTF8.GetBytes(Text)) : Text);

    /// <summary>The id of the session it is of.</summary>
    public string Session { get; }

    /// <summary>The text.</summary>
    public override string ToString() => Text;

    /// <summary>C0, DEL and C1: without these a line reads on a screen as it is.</summary>
    private static bool HasControls(ReadOnlySpan<char> text) =>
        text.ContainsAnyInRange('\0', '\u001f') || text.ContainsAnyInRange('\u007f', '\u009f');
}

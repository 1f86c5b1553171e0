using System;
using NsModule.Terminal;

namespace NsModule;

/// <summary>A line of a session's output.</summary>
public sealed class NsOutputLine
{
    private readonly string? _plain;

    internal NsOutputLine(DateTime time, string text, string session, bool isPlain)
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
    public string PlainText => _plain ?? PlainTextReader.Convert(System.Text.Encoding.UTF8.GetBytes(Text));

    /// <summary>The id of the session it is of.</summary>
    public string Session { get; }

    /// <summary>The text.</summary>
    public override string ToString() => Text;
}

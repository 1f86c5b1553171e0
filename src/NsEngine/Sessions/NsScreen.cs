using System;
using System.Collections.Generic;
using System.Threading;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Terminal;

namespace NsModule;

/// <summary>What a person would see on a session's terminal.</summary>
public sealed class NsScreen
{
    /// <summary>The size of the font of a picture where none is chosen.</summary>
    internal const double DefaultFontSize = 14;

    internal NsScreen(NsSession session, Screen screen)
    {
        Session = session.Id;
        Rows = screen.Lines();
        Runs = [.. screen.Runs()];
        CursorRow = screen.CursorRow;
        CursorColumn = screen.CursorColumn;
        IsCursorVisible = screen.IsCursorVisible;
        Columns = screen.Columns;
        Lines = screen.Rows;
        Title = screen.Title;
        IsAlternate = screen.IsAlternate;
    }

    /// <summary>The id of the session.</summary>
    public string Session { get; }

    /// <summary>The rows from the top, without the blanks at their ends; as many as the screen has.</summary>
    public string[] Rows { get; }

    /// <summary>
    /// The same with colours and attributes, from the top and from the left: each run is text in one row that is all alike. Blanks at the
    /// end of a row that have neither colours nor attributes are in none.
    /// </summary>
    public IReadOnlyList<NsTextRun> Runs { get; }

    /// <summary>The cursor's row: an index of <see cref="Rows"/>.</summary>
    public int CursorRow { get; }

    /// <summary>The cursor's column, from 0 at the left.</summary>
    public int CursorColumn { get; }

    /// <summary>Whether the cursor is shown.</summary>
    public bool IsCursorVisible { get; }

    /// <summary>How many columns the screen has.</summary>
    public int Columns { get; }

    /// <summary>How many rows the screen has.</summary>
    public int Lines { get; }

    /// <summary>The window's title; null where the session has set none.</summary>
    public string? Title { get; }

    /// <summary>Whether it is the alternate screen, which full-screen programs use.</summary>
    public bool IsAlternate { get; }

    /// <summary>The rows, one a line, without the blank ones at the end.</summary>
    public string Text => string.Join('\n', Rows).TrimEnd('\n');

    /// <summary>The text.</summary>
    public override string ToString() => Text;

    /// <summary>Draws a picture of the screen: text, colours, attributes and the cursor, with xterm's palette on black.</summary>
    /// <param name="fontSize">The size of the font in pixels, from 1 to 1000.</param>
    /// <param name="title">The picture's title; null for the window's, or the session's id where there is none.</param>
    /// <returns>
    /// An SVG document without an XML declaration. Its content is text, escaped; there is no script in it, and no reference to anything.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no font of that size.</exception>
    public string ToSvg(double fontSize = DefaultFontSize, string? title = null)
    {
        if (fontSize is not (>= 1 and <= 1000))
        {
            throw new ArgumentOutOfRangeException(nameof(fontSize), fontSize, "The size of a font is from 1 to 1000 pixels.");
        }

        var picture = new ScreenPicture(Columns, Lines, fontSize)
        {
            Cursor = IsCursorVisible ? (CursorRow, CursorColumn) : null,
            Title = title ?? Title ?? Session,
        };
        return picture.Draw(Runs);
    }

    /// <summary>Reads the screen as it is now, or as it was at the end.</summary>
    /// <inheritdoc cref="OutputReader.Open"/>
    internal static NsScreen Of(NsSession session, CancellationToken cancellation, long? timeoutMilliseconds = null)
    {
        using OutputReader reader = OutputReader.Open(session, cancellation, timeoutMilliseconds: timeoutMilliseconds);
        var screen = new ScreenReader(session, reader.State);
        while (reader.HasKept && reader.Read(-1, out OutputMark mark, out ReadOnlySpan<byte> output) == true)
        {
            screen.Feed(mark, output);
        }

        return screen.Now();
    }
}

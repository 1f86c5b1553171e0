using NsModule.Terminal;

namespace NsModule;

/// <summary>Text in a row of a screen that is all of the same colours and attributes.</summary>
public sealed class NsTextRun
{
    private readonly CellStyle _style;

    internal NsTextRun(int row, int column, int width, string text, CellStyle style)
    {
        Row = row;
        Column = column;
        Width = width;
        Text = text;
        _style = style;
    }

    /// <summary>Its row, from 0 at the top.</summary>
    public int Row { get; }

    /// <summary>Its first column, from 0 at the left.</summary>
    public int Column { get; }

    /// <summary>How many columns it takes; a wide character takes two, a combining one none.</summary>
    public int Width { get; }

    /// <summary>The text, with the blanks in it.</summary>
    public string Text { get; }

    /// <summary>The colour that the program set for the text; with <see cref="Inverse"/> it is shown behind it.</summary>
    public NsColor Foreground => _style.Foreground;

    /// <summary>The colour that the program set for what is behind the text; with <see cref="Inverse"/> the text has it.</summary>
    public NsColor Background => _style.Background;

    /// <summary>Whether it is bold.</summary>
    public bool Bold => _style.Bold;

    /// <summary>Whether it is faint.</summary>
    public bool Dim => _style.Dim;

    /// <summary>Whether it is slanted.</summary>
    public bool Italic => _style.Italic;

    /// <summary>How it is underlined.</summary>
    public NsUnderline Underline => _style.Underline;

    /// <summary>Whether it blinks.</summary>
    public bool Blink => _style.Blink;

    /// <summary>Whether its colours are exchanged when it is shown.</summary>
    public bool Inverse => _style.Inverse;

    /// <summary>Whether it is not to be seen.</summary>
    public bool Invisible => _style.Invisible;

    /// <summary>Whether it is crossed out.</summary>
    public bool Strike => _style.Strike;

    /// <summary>All its attributes, for who draws it.</summary>
    internal CellStyle Style => _style;

    /// <summary>The text.</summary>
    public override string ToString() => Text;
}

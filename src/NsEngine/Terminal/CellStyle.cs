namespace NsModule.Terminal;

/// <summary>Colours and attributes of a cell, as a program set them (SGR). Cells that were written alike share one.</summary>
internal sealed record CellStyle
{
    /// <summary>What a terminal has when it is switched on.</summary>
    public static readonly CellStyle Default = new();

    public NsColor Foreground { get; init; }

    public NsColor Background { get; init; }

    public bool Bold { get; init; }

    public bool Dim { get; init; }

    public bool Italic { get; init; }

    public NsUnderline Underline { get; init; }

    public bool Blink { get; init; }

    public bool Inverse { get; init; }

    public bool Invisible { get; init; }

    public bool Strike { get; init; }

    /// <summary>What is erased has the background alone (bce of terminfo(5)).</summary>
    public CellStyle Erased() => Background == default ? Default : Default with { Background = Background };
}

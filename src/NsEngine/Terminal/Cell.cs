namespace NsModule.Terminal;

/// <summary>What one column of a row shows.</summary>
/// <param name="Text">A character with those that combine with it; empty for the second half of a wide one.</param>
/// <param name="Style">Its colours and attributes.</param>
internal readonly record struct Cell(string Text, CellStyle Style)
{
    private const string BlankText = " ";

    /// <summary>A cell that nothing was written to.</summary>
    public static readonly Cell Blank = new(BlankText, CellStyle.Default);

    public bool IsContinuation => Text.Length == 0;

    public bool IsBlank => Text == BlankText;

    /// <summary>The same without its character.</summary>
    public Cell Emptied() => this with { Text = BlankText };
}

using System.Globalization;

namespace NsModule;

/// <summary>The size of a terminal in character cells (struct winsize, tty_ioctl(4)).</summary>
/// <param name="Columns">Cells in a row.</param>
/// <param name="Rows">Rows.</param>
public readonly record struct NsTerminalSize(ushort Columns, ushort Rows)
{
    /// <summary>80x24, the size of a terminal nobody has told anything else.</summary>
    public static NsTerminalSize Default => new(80, 24);

    /// <summary>Columns, an x, rows: <c>80x24</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Columns}x{Rows}");
}

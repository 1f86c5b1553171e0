using System;

namespace NsModule.Terminal;

/// <summary>One row of a screen.</summary>
internal sealed class ScreenRow
{
    public ScreenRow(int columns, Cell blank)
    {
        Cells = new Cell[columns];
        Clear(blank);
    }

    public Cell[] Cells { get; private set; }

    /// <summary>Whether what was written did not fit and went on in the next row.</summary>
    public bool IsWrapped { get; set; }

    public void Clear(Cell blank)
    {
        Array.Fill(Cells, blank);
        IsWrapped = false;
    }

    /// <summary>Cuts what is too far right, also of a wide character of which half would be left, or adds blanks.</summary>
    public void Resize(int columns)
    {
        int old = Cells.Length;
        if (old == columns)
        {
            return;
        }

        var cells = new Cell[columns];
        Array.Copy(Cells, cells, Math.Min(columns, old));
        if (columns > old)
        {
            Array.Fill(cells, Cell.Blank, old, columns - old);
        }
        else if (Cells[columns].IsContinuation)
        {
            cells[columns - 1] = cells[columns - 1].Emptied();
        }

        Cells = cells;
    }
}

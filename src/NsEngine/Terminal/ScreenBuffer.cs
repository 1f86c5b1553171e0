using System;

namespace NsModule.Terminal;

/// <summary>
/// The cells of one screen, main or alternate, and what moves them about. All coordinates are from 0; ends are exclusive.
/// </summary>
internal sealed class ScreenBuffer
{
    /// <summary>The second half of a wide character.</summary>
    private const string Continuation = "";
    private const string Blank = " ";
    private const int MaxCellText = 32;

    private string[][] _rows;

    public ScreenBuffer(int columns, int rows)
    {
        _rows = new string[rows][];
        Columns = columns;
        for (int i = 0; i < rows; i++)
        {
            _rows[i] = NewRow();
        }
    }

    public int Columns { get; private set; }

    public int Rows => _rows.Length;

    /// <summary>A row as text, without the blanks at its end.</summary>
    public string Text(int row) => string.Concat(_rows[row]).TrimEnd(' ');

    /// <summary>Sets one character of one or two columns; half of a wide one that it covers goes.</summary>
    public void Set(int row, int column, string text, int width)
    {
        Split(row, column);
        Split(row, column + width);
        _rows[row][column] = text;
        if (width == 2)
        {
            _rows[row][column + 1] = Continuation;
        }
    }

    /// <summary>Adds a combining character to the one at or, for a wide one, before <paramref name="column"/>.</summary>
    public void Combine(int row, int column, string text)
    {
        int start = column > 0 && _rows[row][column].Length == 0 ? column - 1 : column;
        if (_rows[row][start].Length + text.Length <= MaxCellText)
        {
            _rows[row][start] += text;
        }
    }

    public void Erase(int row, int start, int end)
    {
        Split(row, start);
        Split(row, end);
        if (start < end)
        {
            Array.Fill(_rows[row], Blank, start, end - start);
        }
    }

    public void EraseRows(int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            Array.Fill(_rows[i], Blank);
        }
    }

    public void Fill(string text)
    {
        foreach (string[] row in _rows)
        {
            Array.Fill(row, text);
        }
    }

    public void InsertCells(int row, int column, int count)
    {
        Split(row, column);
        count = Math.Min(count, Columns - column);
        Split(row, Columns - count);
        string[] cells = _rows[row];
        Array.Copy(cells, column, cells, column + count, Columns - column - count);
        Array.Fill(cells, Blank, column, count);
    }

    public void DeleteCells(int row, int column, int count)
    {
        count = Math.Min(count, Columns - column);
        Split(row, column);
        Split(row, column + count);
        string[] cells = _rows[row];
        Array.Copy(cells, column + count, cells, column, Columns - column - count);
        Array.Fill(cells, Blank, Columns - count, count);
    }

    /// <summary>Moves rows up within [top, bottom); blank ones come in below.</summary>
    public void ScrollUp(int top, int bottom, int count)
    {
        count = Math.Min(count, bottom - top);
        Array.Copy(_rows, top + count, _rows, top, bottom - top - count);
        for (int i = bottom - count; i < bottom; i++)
        {
            _rows[i] = NewRow();
        }
    }

    /// <summary>Moves rows down within [top, bottom); blank ones come in above.</summary>
    public void ScrollDown(int top, int bottom, int count)
    {
        count = Math.Min(count, bottom - top);
        Array.Copy(_rows, top, _rows, top + count, bottom - top - count);
        for (int i = top; i < top + count; i++)
        {
            _rows[i] = NewRow();
        }
    }

    /// <summary>
    /// Changes the size as xterm does: what is too far right is cut; rows that do not fit go at the top so that the cursor stays visible.
    /// </summary>
    /// <returns>How many rows went at the top.</returns>
    public int Resize(int columns, int rows, int cursorRow)
    {
        int gone = Math.Max(0, cursorRow - rows + 1);
        string[][] old = _rows;
        int oldColumns = Columns;
        _rows = new string[rows][];
        Columns = columns;
        for (int i = 0; i < rows; i++)
        {
            _rows[i] = NewRow();
            if (i + gone < old.Length)
            {
                string[] from = old[i + gone];
                Array.Copy(from, _rows[i], Math.Min(columns, oldColumns));
                if (columns < oldColumns && from[columns].Length == 0)
                {
                    _rows[i][columns - 1] = Blank;
                }
            }
        }

        return gone;
    }

    /// <summary>Where a change begins or ends within a wide character, both its halves become blank.</summary>
    private void Split(int row, int column)
    {
        string[] cells = _rows[row];
        if (column > 0 && column < Columns && cells[column].Length == 0)
        {
            cells[column - 1] = Blank;
            cells[column] = Blank;
        }
    }

    private string[] NewRow()
    {
        string[] row = new string[Columns];
        Array.Fill(row, Blank);
        return row;
    }
}

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace NsModule.Terminal;

/// <summary>The cells of one screen, main or alternate, and what moves them about. Coordinates are from 0; ends are exclusive.</summary>
internal sealed class ScreenBuffer
{
    private const int MaxCellText = 32;

    /// <summary>How many rows above the screen are kept: as many as xterm has by default, and more than a screen can grow by.</summary>
    private const int MaxSaved = 1024;

    /// <summary>The rows that went at the top, the lowest of them last; null where none are kept, as in xterm's alternate screen.</summary>
    private readonly LinkedList<ScreenRow>? _saved;
    private ScreenRow[] _rows;

    public ScreenBuffer(int columns, int rows, bool savesRows)
    {
        _rows = [.. Enumerable.Range(0, rows).Select(_ => new ScreenRow(columns, Cell.Blank))];
        Columns = columns;
        _saved = savesRows ? new LinkedList<ScreenRow>() : null;
    }

    public int Columns { get; private set; }

    public int Rows => _rows.Length;

    /// <summary>A row as text, without the blanks at its end.</summary>
    public string Text(int row) => string.Concat(_rows[row].Cells.Select(c => c.Text)).TrimEnd(' ');

    /// <summary>A row as runs of equal attributes, without the blanks at its end that have none.</summary>
    public IEnumerable<NsTextRun> Runs(int row)
    {
        Cell[] cells = _rows[row].Cells;
        int end = Array.FindLastIndex(cells, c => !c.IsBlank || c.Style != CellStyle.Default) + 1;
        var text = new StringBuilder();
        for (int start = 0, next; start < end; start = next)
        {
            CellStyle style = cells[start].Style;
            _ = text.Clear();
            for (next = start; next < end && (ReferenceEquals(cells[next].Style, style) || cells[next].Style == style); next++)
            {
                _ = text.Append(cells[next].Text);
            }

            yield return new NsTextRun(row, start, next - start, text.ToString(), style);
        }
    }

    public bool IsWrapped(int row) => _rows[row].IsWrapped;

    public void SetWrapped(int row, bool isWrapped) => _rows[row].IsWrapped = isWrapped;

    /// <summary>Sets one character of one or two columns; half of a wide one that it covers goes.</summary>
    public void Set(int row, int column, Cell cell, int width)
    {
        Split(row, column);
        Split(row, column + width);
        Cell[] cells = _rows[row].Cells;
        cells[column] = cell;
        if (width == 2)
        {
            cells[column + 1] = cell with { Text = "" };
        }
    }

    /// <summary>Adds a combining character to the one at or, for a wide one, before <paramref name="column"/>.</summary>
    public void Combine(int row, int column, string text)
    {
        Cell[] cells = _rows[row].Cells;
        ref Cell cell = ref cells[column > 0 && cells[column].IsContinuation ? column - 1 : column];
        if (cell.Text.Length + text.Length <= MaxCellText)
        {
            cell = cell with { Text = cell.Text + text };
        }
    }

    public void Erase(int row, int start, int end, Cell blank)
    {
        Split(row, start);
        Split(row, end);
        if (start < end)
        {
            Array.Fill(_rows[row].Cells, blank, start, end - start);
        }
    }

    public void EraseRows(int start, int end, Cell blank)
    {
        for (int i = start; i < end; i++)
        {
            _rows[i].Clear(blank);
        }
    }

    public void InsertCells(int row, int column, int count, Cell blank)
    {
        Split(row, column);
        count = Math.Min(count, Columns - column);
        Split(row, Columns - count);
        Cell[] cells = _rows[row].Cells;
        Array.Copy(cells, column, cells, column + count, Columns - column - count);
        Array.Fill(cells, blank, column, count);
    }

    public void DeleteCells(int row, int column, int count, Cell blank)
    {
        count = Math.Min(count, Columns - column);
        Split(row, column);
        Split(row, column + count);
        Cell[] cells = _rows[row].Cells;
        Array.Copy(cells, column + count, cells, column, Columns - column - count);
        Array.Fill(cells, blank, Columns - count, count);
    }

    /// <summary>Moves rows up within [top, bottom); blank ones come in below. What goes at the top of the screen is saved.</summary>
    public void ScrollUp(int top, int bottom, int count, Cell blank)
    {
        count = Math.Min(count, bottom - top);
        ScreenRow[] gone = _rows[top..(top + count)];
        Array.Copy(_rows, top + count, _rows, top, bottom - top - count);
        for (int i = 0; i < count; i++)
        {
            // A row that nobody has any more is used again.
            ScreenRow? free = top > 0 || _saved is null ? gone[i] : Save(gone[i]);
            if (free?.Cells.Length == Columns)
            {
                free.Clear(blank);
            }
            else
            {
                free = new ScreenRow(Columns, blank);
            }

            _rows[bottom - count + i] = free;
        }
    }

    /// <summary>Moves rows down within [top, bottom); blank ones come in above.</summary>
    public void ScrollDown(int top, int bottom, int count, Cell blank)
    {
        count = Math.Min(count, bottom - top);
        ScreenRow[] gone = _rows[(bottom - count)..bottom];
        Array.Copy(_rows, top, _rows, top + count, bottom - top - count);
        gone.CopyTo(_rows, top);
        EraseRows(top, top + count, blank);
    }

    /// <summary>Forgets the rows above the screen.</summary>
    public void ClearSaved() => _saved?.Clear();

    /// <summary>
    /// Changes the size as xterm does: what is too far right is cut; rows that do not fit go at the top, where they are saved, so that
    /// the cursor stays visible, and then below it; a screen that grows gets its saved rows back, and then blank ones below.
    /// </summary>
    /// <returns>How many rows what is shown has moved down; negative for up.</returns>
    public int Resize(int columns, int rows, int cursorRow)
    {
        int gone = Math.Max(0, cursorRow - rows + 1);
        int back = Math.Min(Math.Max(0, rows - Rows), _saved?.Count ?? 0);
        var kept = new List<ScreenRow>(rows);
        for (int i = 0; i < back; i++)
        {
            kept.Add(_saved!.Last!.Value);
            _saved.RemoveLast();
        }

        kept.Reverse();
        kept.AddRange(_rows.Skip(gone).Take(rows - back));
        foreach (ScreenRow row in _saved is null ? [] : _rows.Take(gone))
        {
            _ = Save(row);
        }

        foreach (ScreenRow row in kept)
        {
            row.Resize(columns);
        }

        _rows = [.. kept, .. Enumerable.Range(0, rows - kept.Count).Select(_ => new ScreenRow(columns, Cell.Blank))];
        Columns = columns;
        return back - gone;
    }

    /// <summary>Keeps a row above the screen.</summary>
    /// <returns>The row that went for it; null while there is room.</returns>
    private ScreenRow? Save(ScreenRow row)
    {
        ScreenRow? oldest = null;
        if (_saved!.Count >= MaxSaved)
        {
            oldest = _saved.First!.Value;
            _saved.RemoveFirst();
        }

        _ = _saved.AddLast(row);
        return oldest;
    }

    /// <summary>Where a change begins or ends within a wide character, both its halves become blank.</summary>
    private void Split(int row, int column)
    {
        Cell[] cells = _rows[row].Cells;
        if (column > 0 && column < Columns && cells[column].IsContinuation)
        {
            cells[column - 1] = cells[column - 1].Emptied();
            cells[column] = cells[column].Emptied();
        }
    }
}

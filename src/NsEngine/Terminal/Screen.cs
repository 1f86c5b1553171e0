using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace NsModule.Terminal;

/// <summary>A terminal emulator without the terminal: what a person would see after all this output.</summary>
/// <remarks>
/// The xterm that programs draw for: cursor, erasing, inserting and deleting, scroll regions, the alternate screen, wrapping with
/// its pending state, reverse wrap, tabs, saved cursor and saved rows, line drawing, wide and combining characters, colours and attributes.
/// Where versions of xterm differ, it is xterm 410; what it was compared with stands in ScreenTests.
/// </remarks>
internal sealed class Screen : ITerminalSink
{
    private const int TabWidth = 8;
    private const int MaxTitle = 1024;
    private const ushort MaxColumns = 2000;
    private const ushort MaxRows = 1000;
    private static readonly Rune s_untilPrinted = new(' ');

    private readonly TerminalParser _parser;
    private readonly ScreenBuffer _main;
    private readonly ScreenBuffer _alternate;
    private bool[] _tabs = [];
    private ScreenBuffer _cells;
    private Cursor _cursor;
    private Cursor _saved;
    private Cursor _savedMain;
    private int _top;
    private int _bottom;
    private bool _autoWrap = true;
    private bool _reverseWrap;
    private bool _extendedReverseWrap;
    private bool _insert;
    private bool _newLineMode;
    private Rune _last = s_untilPrinted;

    public Screen(NsTerminalSize size)
    {
        size = Bounded(size);
        _parser = new TerminalParser(this);
        _main = new ScreenBuffer(size.Columns, size.Rows, savesRows: true);
        _alternate = new ScreenBuffer(size.Columns, size.Rows, savesRows: false);
        _cells = _main;
        ResetRegionAndTabs();
    }

    /// <summary>What DECSC saves.</summary>
    private record struct Cursor(int Row, int Column, bool WrapPending, bool OriginMode, CharacterSets Sets, CellStyle? Style)
    {
        /// <summary>What the next character looks like; null, which a struct begins with, is the default.</summary>
        public readonly CellStyle StyleOrDefault => Style ?? CellStyle.Default;
    }

    public int Columns => _cells.Columns;

    public int Rows => _cells.Rows;

    /// <summary>The cursor's row, from 0.</summary>
    public int CursorRow => _cursor.Row;

    /// <summary>The cursor's column, from 0.</summary>
    public int CursorColumn => _cursor.Column;

    public bool IsCursorVisible { get; private set; } = true;

    public bool IsAlternate => _cells == _alternate;

    /// <summary>The window's title; null where none was set.</summary>
    public string? Title { get; private set; }

    private int Top => _cursor.OriginMode ? _top : 0;

    private int Bottom => _cursor.OriginMode ? _bottom : Rows;

    /// <summary>What is left where something is erased.</summary>
    private Cell Erased => Cell.Blank with { Style = _cursor.StyleOrDefault.Erased() };

    /// <summary>The rows as text, without blanks at their ends.</summary>
    public string[] Lines() => [.. Enumerable.Range(0, Rows).Select(_cells.Text)];

    /// <summary>What stands in the rows, with its colours and attributes, from the top and from the left.</summary>
    public IEnumerable<NsTextRun> Runs() => Enumerable.Range(0, Rows).SelectMany(_cells.Runs);

    /// <summary>Shows the next bytes of output.</summary>
    public void Feed(ReadOnlySpan<byte> output) => _parser.Feed(output);

    public void Resize(NsTerminalSize size)
    {
        size = Bounded(size);
        if (size.Columns == Columns && size.Rows == Rows)
        {
            return;
        }

        // The main screen follows its own cursor, also behind the alternate one: xterm moves it by the alternate one's, loses
        // saved rows, and then has the cursor and the text in different places.
        int moved = _cells.Resize(size.Columns, size.Rows, _cursor.Row);
        int movedOther = (IsAlternate ? _main : _alternate).Resize(size.Columns, size.Rows, IsAlternate ? _savedMain.Row : 0);
        _cursor = Fit(_cursor with { Row = _cursor.Row + moved });
        _saved = Fit(_saved);
        _savedMain = Fit(_savedMain with { Row = _savedMain.Row + movedOther });
        ResetRegionAndTabs();

        Cursor Fit(Cursor cursor) => cursor with
        {
            Row = Math.Clamp(cursor.Row, 0, size.Rows - 1),
            Column = Math.Min(cursor.Column, size.Columns - 1),
        };
    }

    void ITerminalSink.Print(Rune character)
    {
        character = _cursor.Sets.Map(character);
        int width = Math.Min(ColumnWidth.Of(character), Columns);
        if (width == 0)
        {
            int before = _cursor.WrapPending ? _cursor.Column : _cursor.Column - 1;
            if (before >= 0)
            {
                _cells.Combine(_cursor.Row, before, character.ToString());
            }

            return;
        }

        _last = character;
        if (_cursor.WrapPending || _cursor.Column + width > Columns)
        {
            if (_autoWrap)
            {
                _cells.SetWrapped(_cursor.Row, true);
                _cursor.Column = 0;
                Index();
            }
            else
            {
                _cursor.Column = Columns - width;
            }

            _cursor.WrapPending = false;
        }

        if (_insert)
        {
            _cells.InsertCells(_cursor.Row, _cursor.Column, width, Erased);
        }

        _cells.Set(_cursor.Row, _cursor.Column, new Cell(character.ToString(), _cursor.StyleOrDefault), width);
        _cursor.WrapPending = _autoWrap && _cursor.Column + width >= Columns;
        _cursor.Column = Math.Min(_cursor.Column + width, Columns - 1);
    }

    void ITerminalSink.Control(char control)
    {
        switch (control)
        {
            case '\b':
                MoveBack(1);
                break;
            case '\t':
                Tab(1);
                break;
            case '\n' or '\v' or '\f':
                Index();
                _cursor.Column = _newLineMode ? 0 : _cursor.Column;
                break;
            case '\r':
                MoveTo(_cursor.Row, 0);
                break;
            case '\x0e' or '\x0f':
                _cursor.Sets = _cursor.Sets.Shift(control == '\x0e');
                break;
            default:
                break;
        }
    }

    void ITerminalSink.Escape(char intermediate, char final)
    {
        switch (intermediate, final)
        {
            case ('(' or ')', _):
                _cursor.Sets = _cursor.Sets.Designate(intermediate, final);
                break;
            case ('#', '8'):
                _cells.EraseRows(0, Rows, Cell.Blank with { Text = "E" });
                MoveTo(0, 0);
                break;
            case ('\0', '7'):
                _saved = _cursor;
                break;
            case ('\0', '8'):
                _cursor = _saved;
                break;
            case ('\0', 'D'):
                Index();
                break;
            case ('\0', 'E'):
                _cursor.Column = 0;
                Index();
                break;
            case ('\0', 'H'):
                _tabs[_cursor.Column] = true;
                break;
            case ('\0', 'M'):
                ReverseIndex();
                break;
            case ('\0', 'c'):
                Reset();
                break;
            default:
                break;
        }
    }

    void ITerminalSink.Csi(char marker, char intermediate, ReadOnlySpan<int> parameters, char final)
    {
        switch (marker, intermediate, final)
        {
            case ('\0', '\0', _):
                Csi(parameters, final);
                break;
            case ('?', '\0', 'h' or 'l'):
                foreach (int mode in parameters)
                {
                    SetPrivateMode(mode, final == 'h');
                }

                break;
            case ('?', '\0', 'J'):
                EraseInDisplay(At(parameters, 0, 0));
                break;
            case ('?', '\0', 'K'):
                EraseInLine(At(parameters, 0, 0));
                break;
            case ('\0', '!', 'p'):
                SoftReset();
                break;
            default:
                break;
        }
    }

    void ITerminalSink.String(char kind, string text)
    {
        if (kind == ']' && (text.StartsWith("0;", StringComparison.Ordinal) || text.StartsWith("2;", StringComparison.Ordinal)))
        {
            Title = text.Length > MaxTitle ? text[2..MaxTitle] : text[2..];
        }
    }

    /// <summary>A size that somebody made up must not take all memory.</summary>
    private static NsTerminalSize Bounded(NsTerminalSize size) =>
        size == default ? NsTerminalSize.Default : new NsTerminalSize(Math.Min(size.Columns, MaxColumns), Math.Min(size.Rows, MaxRows));

    private static int At(ReadOnlySpan<int> parameters, int index, int missing) =>
        index < parameters.Length && parameters[index] >= 0 ? parameters[index] : missing;

    private void Csi(ReadOnlySpan<int> parameters, char final)
    {
        // Where a count is meant, 0 is 1.
        int count = Math.Max(1, At(parameters, 0, 1));
        int first = At(parameters, 0, 0);
        (int row, int column) = (_cursor.Row, _cursor.Column);
        switch (final)
        {
            case '@':
                _cells.InsertCells(row, column, count, Erased);
                _cursor.WrapPending = false;
                break;
            case 'A':
                MoveUp(count);
                break;
            case 'B' or 'e':
                MoveDown(count);
                break;
            case 'C' or 'a':
                MoveTo(row, column + count);
                break;
            case 'D':
                MoveBack(count);
                break;
            case 'E':
                MoveDown(count);
                _cursor.Column = 0;
                break;
            case 'F':
                MoveUp(count);
                _cursor.Column = 0;
                break;
            case 'G' or '`':
                MoveTo(row, count - 1);
                break;
            case 'H' or 'f':
                Address(count - 1, Math.Max(1, At(parameters, 1, 1)) - 1);
                break;
            case 'I':
                Tab(count);
                break;
            case 'J':
                EraseInDisplay(first);
                break;
            case 'K':
                EraseInLine(first);
                break;
            case 'L' when row >= _top && row < _bottom:
                _cells.ScrollDown(row, _bottom, count, Erased);
                MoveTo(row, 0);
                break;
            case 'M' when row >= _top && row < _bottom:
                _cells.ScrollUp(row, _bottom, count, Erased);
                MoveTo(row, 0);
                break;
            case 'P':
                _cells.DeleteCells(row, column, count, Erased);
                _cells.SetWrapped(row, false);
                _cursor.WrapPending = false;
                break;
            case 'S':
                _cells.ScrollUp(_top, _bottom, count, Erased);
                break;
            case 'T' when parameters.Length <= 1:
                _cells.ScrollDown(_top, _bottom, count, Erased);
                break;
            case 'X':
                _cells.Erase(row, column, Math.Min(Columns, column + count), Erased);
                _cells.SetWrapped(row, false);
                _cursor.WrapPending = false;
                break;
            case 'Z':
                BackTab(count);
                break;
            case 'b':
                // More than a screenful shows nothing else.
                for (int i = Math.Min(count, Columns * Rows); i > 0; i--)
                {
                    ((ITerminalSink)this).Print(_last);
                }

                break;
            case 'd':
                Address(count - 1, column);
                break;
            case 'g':
                ClearTabs(first);
                break;
            case 'h' or 'l':
                foreach (int mode in parameters)
                {
                    _insert = mode == 4 ? final == 'h' : _insert;
                    _newLineMode = mode == 20 ? final == 'h' : _newLineMode;
                }

                break;
            case 'm':
                _cursor.Style = GraphicRendition.Select(_cursor.StyleOrDefault, parameters, _parser);
                break;
            case 'r':
                SetRegion(count - 1, At(parameters, 1, Rows));
                break;
            case 's':
                _saved = _cursor;
                break;
            case 'u':
                _cursor = _saved;
                break;
            default:
                break;
        }
    }

    private void SetPrivateMode(int mode, bool on)
    {
        switch (mode)
        {
            case 6:
                _cursor.OriginMode = on;
                Address(0, 0);
                break;
            case 7:
                _autoWrap = on;
                break;
            case 25:
                IsCursorVisible = on;
                break;
            case 45:
                _reverseWrap = on;
                break;
            case 1045:
                _extendedReverseWrap = on;
                break;
            case 47 or 1047:
                SwitchScreen(on, saveCursor: false, clear: mode == 1047);
                break;
            case 1048:
                (_saved, _cursor) = on ? (_cursor, _cursor) : (_saved, _saved);
                break;
            case 1049:
                SwitchScreen(on, saveCursor: true, clear: true);
                break;
            default:
                break;
        }
    }

    private void SwitchScreen(bool alternate, bool saveCursor, bool clear)
    {
        if (alternate == IsAlternate)
        {
            return;
        }

        if (alternate)
        {
            _savedMain = _cursor;
            _cells = _alternate;
            if (clear)
            {
                _cells.EraseRows(0, Rows, Erased);
            }
        }
        else
        {
            _cells = _main;
            _cursor = saveCursor ? _savedMain : _cursor;
        }
    }

    private void MoveTo(int row, int column)
    {
        _cursor.Row = Math.Clamp(row, 0, Rows - 1);
        _cursor.Column = Math.Clamp(column, 0, Columns - 1);
        _cursor.WrapPending = false;
    }

    /// <summary>Moves to an absolute place, which origin mode counts from the region's top.</summary>
    private void Address(int row, int column) => MoveTo(Math.Min(row + Top, Bottom - 1), column);

    /// <summary>
    /// To the left. With reverse wrap it goes on at the end of the row above that went on in this one, with the extended one of any row,
    /// and from the first of the scroll region to its last; a wrap that is pending counts for a column.
    /// </summary>
    /// <remarks>Where xterm 410 leaves the screen at its top, this stays on it.</remarks>
    private void MoveBack(int count)
    {
        bool wraps = _autoWrap && (_reverseWrap || _extendedReverseWrap);
        (int row, int column) = (_cursor.Row, _cursor.Column);
        for (int i = wraps && _cursor.WrapPending ? 1 : 0; i < count; i++)
        {
            if (column > 0)
            {
                column--;
                continue;
            }

            int above = row == _top && _extendedReverseWrap ? _bottom - 1 : row - 1;
            if (!wraps || above < 0 || !(_extendedReverseWrap || _cells.IsWrapped(above)))
            {
                break;
            }

            (row, column) = (above, Columns - 1);
        }

        MoveTo(row, column);
    }

    /// <summary>Up, but not out of the scroll region.</summary>
    private void MoveUp(int count) => MoveTo(Math.Max(_cursor.Row - count, _cursor.Row >= _top ? _top : 0), _cursor.Column);

    private void MoveDown(int count) =>
        MoveTo(Math.Min(_cursor.Row + count, _cursor.Row < _bottom ? _bottom - 1 : Rows - 1), _cursor.Column);

    private void Index()
    {
        _cursor.WrapPending = false;
        if (_cursor.Row == _bottom - 1)
        {
            _cells.ScrollUp(_top, _bottom, 1, Erased);
        }
        else
        {
            _cursor.Row = Math.Min(_cursor.Row + 1, Rows - 1);
        }
    }

    private void ReverseIndex()
    {
        _cursor.WrapPending = false;
        if (_cursor.Row == _top)
        {
            _cells.ScrollDown(_top, _bottom, 1, Erased);
        }
        else
        {
            _cursor.Row = Math.Max(_cursor.Row - 1, 0);
        }
    }

    private void EraseInDisplay(int which)
    {
        // The saved rows are no part of the screen: who forgets them leaves the cursor as it is, with a wrap that is pending.
        _cursor.WrapPending &= which is not (0 or 1 or 2);
        switch (which)
        {
            case 0:
                EraseInLine(0);
                _cells.EraseRows(_cursor.Row + 1, Rows, Erased);
                break;
            case 1:
                EraseInLine(1);
                _cells.EraseRows(0, _cursor.Row, Erased);
                break;
            case 2:
                _cells.EraseRows(0, Rows, Erased);
                break;
            case 3:
                _main.ClearSaved();
                break;
            default:
                break;
        }
    }

    private void EraseInLine(int which)
    {
        if (which is >= 0 and <= 2)
        {
            _cursor.WrapPending = false;
            _cells.Erase(_cursor.Row, which == 0 ? _cursor.Column : 0, which == 1 ? _cursor.Column + 1 : Columns, Erased);
            if (which == 0)
            {
                // It no longer goes on in the next row; a whole line that is erased does in xterm.
                _cells.SetWrapped(_cursor.Row, false);
            }
        }
    }

    private void SetRegion(int top, int bottom)
    {
        bottom = Math.Min(bottom == 0 ? Rows : bottom, Rows);
        if (top < bottom - 1)
        {
            (_top, _bottom) = (top, bottom);
            Address(0, 0);
        }
    }

    /// <summary>Tabs move within the row: a wrap that is pending stays so, and comes with the next character.</summary>
    private void Tab(int count)
    {
        while (count-- > 0 && _cursor.Column < Columns - 1)
        {
            int next = Array.IndexOf(_tabs, true, _cursor.Column + 1);
            _cursor.Column = next < 0 ? Columns - 1 : next;
        }
    }

    /// <inheritdoc cref="Tab"/>
    private void BackTab(int count)
    {
        while (count-- > 0 && _cursor.Column > 0)
        {
            _cursor.Column = Math.Max(0, Array.LastIndexOf(_tabs, true, _cursor.Column - 1));
        }
    }

    private void ClearTabs(int which)
    {
        if (which == 0)
        {
            _tabs[_cursor.Column] = false;
        }
        else if (which == 3)
        {
            Array.Clear(_tabs);
        }
    }

    private void ResetRegionAndTabs()
    {
        (_top, _bottom) = (0, Rows);
        _tabs = [.. Enumerable.Range(0, Columns).Select(c => c > 0 && c % TabWidth == 0)];
    }

    private void SoftReset()
    {
        (_insert, _autoWrap, IsCursorVisible) = (false, true, true);
        (_reverseWrap, _extendedReverseWrap) = (false, false);
        (_top, _bottom) = (0, Rows);
        _saved = default;
        (_cursor.OriginMode, _cursor.Sets, _cursor.Style) = (false, default, null);
    }

    private void Reset()
    {
        SoftReset();
        ResetRegionAndTabs();
        _newLineMode = false;
        _cells = _main;
        _main.EraseRows(0, Rows, Cell.Blank);
        _alternate.EraseRows(0, Rows, Cell.Blank);
        (_cursor, _savedMain, Title) = (default, default, null);
    }
}

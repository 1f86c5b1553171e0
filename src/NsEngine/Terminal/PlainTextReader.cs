using System;
using System.Collections.Generic;
using System.Text;

namespace NsModule.Terminal;

/// <summary>Turns a terminal's output into lines of text, as they read on a screen of unlimited width.</summary>
/// <remarks>
/// Within a line everything is followed: carriage return, backspace, tabs, cursor movement, erasing, inserting, deleting. A
/// movement to another line starts a new one: what a full-screen program draws comes in the order in which it was drawn.
/// </remarks>
internal sealed class PlainTextReader : ITerminalSink
{
    private const int MaxColumns = 32 * 1024;
    private const int MaxBlank = 1024;
    private const int TabWidth = 8;

    private readonly TerminalParser _parser;
    private readonly List<Cell> _line = [];
    private readonly Action<PlainLine> _take;
    private CharacterSets _sets;
    private Rune _last = new(' ');
    private int _column;

    /// <param name="take">Called with each line as it ends.</param>
    /// <param name="position">Position of the first byte in the whole stream.</param>
    public PlainTextReader(Action<PlainLine> take, long position = 0)
    {
        _take = take;
        _parser = new TerminalParser(this, position);
    }

    /// <summary>
    /// A column: a character with what combines with it; empty for the second half of a wide one and for the rest of a tab.
    /// </summary>
    private readonly record struct Cell(string Text, long Position);

    /// <summary>The line that has not ended yet.</summary>
    public PlainLine Current => Compose();

    /// <summary>Whether that has no text.</summary>
    public bool IsAtLineStart => _line.Count == 0;

    /// <summary>The text of all of <paramref name="output"/>, lines ended by LF.</summary>
    public static string Convert(ReadOnlySpan<byte> output)
    {
        var text = new StringBuilder();
        var reader = new PlainTextReader(line => text.Append(line.Text).Append('\n'));
        reader.Feed(output);
        return text.Append(reader.Current.Text).ToString();
    }

    /// <summary>Takes the next bytes.</summary>
    public void Feed(ReadOnlySpan<byte> output) => _parser.Feed(output);

    /// <summary>Ends the line that has not ended, if there is something in it.</summary>
    public void EndLine()
    {
        if (_line.Count > 0)
        {
            NewLine();
        }
    }

    void ITerminalSink.Print(Rune character)
    {
        character = _sets.Map(character);
        int width = ColumnWidth.Of(character);
        string text = character.ToString();
        if (width == 0)
        {
            Combine(text);
            return;
        }

        _last = character;
        if (_column + width > MaxColumns)
        {
            NewLine();
            _column = 0;
        }

        Put(text);
        if (width == 2)
        {
            Put("");
        }
    }

    void ITerminalSink.Control(char control)
    {
        switch (control)
        {
            case '\n' or '\v' or '\f':
                NewLine();
                _column = 0;
                break;
            case '\r':
                _column = 0;
                break;
            case '\b':
                _column = Math.Max(0, _column - 1);
                break;
            case '\t':
                Tab();
                break;
            case '\x0e' or '\x0f':
                _sets = _sets.Shift(control == '\x0e');
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
                _sets = _sets.Designate(intermediate, final);
                break;
            case ('\0', 'D'):
                EndLine();
                break;
            case ('\0', 'E'):
                EndLine();
                _column = 0;
                break;
            case ('\0', 'c'):
                EndLine();
                (_column, _sets) = (0, default);
                break;
            default:
                break;
        }
    }

    void ITerminalSink.Csi(char marker, char intermediate, ReadOnlySpan<int> parameters, char final)
    {
        if (marker != '\0' || intermediate != '\0')
        {
            return;
        }

        int first = parameters.Length > 0 ? parameters[0] : -1;
        int count = Math.Clamp(first, 1, MaxColumns);
        switch (final)
        {
            case 'C' or 'a':
                MoveTo(_column + count);
                break;
            case 'D':
                MoveTo(_column - count);
                break;
            case 'G' or '`':
                MoveTo(count - 1);
                break;
            case 'A' or 'B' or 'd' or 'e':
                EndLine();
                break;
            case 'E' or 'F':
                EndLine();
                _column = 0;
                break;
            case 'H' or 'f':
                EndLine();
                _column = 0;
                MoveTo(Math.Max(1, parameters.Length > 1 ? parameters[1] : 1) - 1);
                break;
            case 'J' when first is 2 or 3:
                EndLine();
                break;
            case 'K' or 'J':
                Erase(first);
                break;
            case 'P' when _column < _line.Count:
                _line.RemoveRange(_column, Math.Min(count, _line.Count - _column));
                break;
            case '@' when _column < _line.Count:
                Insert(Math.Min(count, MaxColumns - _line.Count));
                break;
            case 'X' when _column < _line.Count:
                Blank(_column, Math.Min(_line.Count, _column + count));
                break;
            case 'b':
                for (int i = 0; i < Math.Min(count, MaxBlank); i++)
                {
                    ((ITerminalSink)this).Print(_last);
                }

                break;
            default:
                break;
        }
    }

    private void Put(string text)
    {
        // Blanks up to where the cursor was moved to.
        while (_line.Count < _column)
        {
            _line.Add(new Cell(" ", _parser.Position));
        }

        var cell = new Cell(text, _parser.Position);
        if (_column == _line.Count)
        {
            _line.Add(cell);
        }
        else
        {
            _line[_column] = cell;
        }

        _column++;
    }

    private void Combine(string text)
    {
        int cell = Math.Min(_column, _line.Count) - 1;
        while (cell > 0 && _line[cell].Text.Length == 0)
        {
            cell--;
        }

        // A bound, for output that means harm.
        if (cell >= 0 && _line[cell].Text.Length < 32)
        {
            _line[cell] = new Cell(_line[cell].Text + text, _parser.Position);
        }
    }

    /// <summary>At the end of a line a tab is kept as a character: what is copied from there should have it.</summary>
    private void Tab()
    {
        int next = Math.Min(((_column / TabWidth) + 1) * TabWidth, MaxColumns);
        if (_column >= _line.Count && _column < next)
        {
            Put("\t");
            while (_column < next)
            {
                Put("");
            }
        }

        _column = next;
    }

    private void MoveTo(int column) => _column = Math.Clamp(column, 0, Math.Min(MaxColumns, _line.Count + MaxBlank));

    private void Erase(int which)
    {
        switch (which)
        {
            case 1:
                Blank(0, Math.Min(_line.Count, _column + 1));
                break;
            case 2:
                _line.Clear();
                break;
            case -1 or 0 when _column < _line.Count:
                _line.RemoveRange(_column, _line.Count - _column);
                break;
            default:
                break;
        }
    }

    private void Blank(int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            _line[i] = new Cell(" ", _parser.Position);
        }
    }

    private void Insert(int count)
    {
        var blanks = new Cell[Math.Max(0, count)];
        Array.Fill(blanks, new Cell(" ", _parser.Position));
        _line.InsertRange(_column, blanks);
    }

    private void NewLine()
    {
        _take(Compose());
        _line.Clear();
    }

    private PlainLine Compose()
    {
        var text = new StringBuilder(_line.Count);
        var positions = new List<long>(_line.Count);
        foreach (Cell cell in _line)
        {
            _ = text.Append(cell.Text);
            for (int i = 0; i < cell.Text.Length; i++)
            {
                positions.Add(cell.Position);
            }
        }

        return new PlainLine(text.ToString(), [.. positions], _parser.Position);
    }
}

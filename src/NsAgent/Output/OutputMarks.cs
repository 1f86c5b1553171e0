using System;
using System.Collections.Generic;
using NsModule.Protocol;

namespace NsModule.Agent.Output;

/// <summary>When which part of the kept output came. Bounded: of very many small pieces, neighbours share a time.</summary>
internal sealed class OutputMarks
{
    private const int Capacity = 1024;
    private static readonly TimeSpan s_resolution = TimeSpan.FromMilliseconds(1);

    private readonly List<OutputMark> _marks = [];

    /// <summary>Says that what begins at <paramref name="position"/> came now.</summary>
    /// <param name="position">Position of the first byte that is new.</param>
    /// <param name="start">Position of the oldest byte that is kept: what came before it is forgotten.</param>
    /// <param name="now">The time, UTC.</param>
    /// <param name="size">The terminal's size.</param>
    public void Add(long position, long start, DateTime now, NsTerminalSize size)
    {
        if (_marks.Count > 0 && _marks[^1] is var last && last.Size == size && (now - last.Time).Duration() < s_resolution)
        {
            return;
        }

        if (_marks.Count >= Capacity)
        {
            MakeRoom(start);
        }

        _marks.Add(new OutputMark(position, now, size));
    }

    /// <summary>The mark that holds for <paramref name="position"/>; <paramref name="end"/> is cut to where the next one begins.</summary>
    public OutputMark At(long position, ref long end)
    {
        int next = FirstAfter(position);
        if (next < _marks.Count)
        {
            end = Math.Min(end, _marks[next].Position);
        }

        return next > 0 ? _marks[next - 1] : default;
    }

    private void MakeRoom(long start)
    {
        // The one before holds for the oldest byte.
        _marks.RemoveRange(0, Math.Max(0, FirstAfter(start) - 1));
        if (_marks.Count > Capacity / 2)
        {
            int index = 0;
            NsTerminalSize size = default;
            _ = _marks.RemoveAll(mark =>
            {
                bool same = mark.Size == size;
                size = mark.Size;
                return (index++ & 1) == 1 && same;
            });
        }

        if (_marks.Count > Capacity * 3 / 4)
        {
            // Nothing but changes of the size: the oldest matter least.
            _marks.RemoveRange(0, Capacity / 2);
        }
    }

    private int FirstAfter(long position)
    {
        int low = 0;
        for (int high = _marks.Count; low < high;)
        {
            int middle = (low + high) / 2;
            if (_marks[middle].Position <= position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}

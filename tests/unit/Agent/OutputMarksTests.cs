using System;
using System.Collections.Generic;
using NsModule.Agent.Output;
using NsModule.Protocol;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Agent;

public sealed class OutputMarksTests
{
    private static readonly DateTime s_start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void A_position_has_the_time_of_the_piece_it_is_in()
    {
        var marks = new OutputMarks();
        marks.Add(0, 0, s_start, NsTerminalSize.Default);
        marks.Add(10, 0, s_start.AddSeconds(1), NsTerminalSize.Default);
        long end = 100;
        Assert.Equal(s_start, marks.At(9, ref end).Time);
        Assert.Equal(10, end);
        end = 100;
        Assert.Equal(s_start.AddSeconds(1), marks.At(10, ref end).Time);
        Assert.Equal(100, end);
    }

    [Fact]
    public void Very_many_pieces_take_bounded_memory_and_stay_in_order() => Property.Holds(20, random =>
    {
        var marks = new OutputMarks();
        var all = new List<OutputMark>();
        long position = 0;
        DateTime time = s_start;
        NsTerminalSize size = NsTerminalSize.Default;
        for (int i = 0; i < 5000; i++)
        {
            size = random.Next(50) == 0 ? new NsTerminalSize((ushort)random.Next(1, 200), 24) : size;
            all.Add(new OutputMark(position, time, size));
            marks.Add(position, Math.Max(0, position - 20000), time, size);
            position += random.Next(1, 20);
            time = time.AddMilliseconds(random.Next(1, 5));
        }

        int pieces = 0;
        OutputMark last = default;
        for (long at = Math.Max(0, position - 20000); at < position; pieces++)
        {
            long end = position;
            OutputMark mark = marks.At(at, ref end);
            Assert.True(end > at && mark.Position <= at && mark.Time >= last.Time);

            // A change of the size is never lost to the thinning out.
            Assert.Equal(all.FindLast(m => m.Position <= at).Size, mark.Size);
            (last, at) = (mark, end);
        }

        Assert.InRange(pieces, 100, 1024);
    });
}

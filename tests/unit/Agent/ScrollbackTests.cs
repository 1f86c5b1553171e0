using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Agent.Output;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Agent;

public sealed class ScrollbackTests
{
    [Fact]
    public void The_last_part_of_any_output_can_be_read_from_any_position() => Property.Holds(100, random =>
    {
        const int Capacity = 4096;
        using var scrollback = new Scrollback(Capacity);
        var all = new List<byte>();
        for (int i = 0; i < random.Next(1, 40); i++)
        {
            Write(scrollback, all, random);
        }

        Assert.Equal(all.Count, scrollback.End);
        Assert.Equal(Math.Max(0, all.Count - Capacity), scrollback.Start);
        Assert.Equal(all.Skip((int)scrollback.Start), ReadFrom(scrollback, scrollback.Start, Capacity));
        long position = random.NextInt64(scrollback.Start, scrollback.End + 1);
        Assert.Equal(all.Skip((int)position), ReadFrom(scrollback, position, random.Next(1, 100)));
    });

    [Fact]
    public void A_piece_ends_where_the_ring_does_and_goes_on_at_its_beginning()
    {
        using var scrollback = new Scrollback(4096);
        scrollback.Advance(4000);
        Assert.Equal(96, scrollback.Free(1000).Length);
        scrollback.Advance(96);
        Assert.Equal(1000, scrollback.Free(1000).Length);
        scrollback.Free(3)[0] = 42;
        scrollback.Advance(3);

        Assert.Equal((4099L, 3L), (scrollback.End, scrollback.Start));
        Assert.Equal(46, scrollback.Slice(4050, 1000).Length);
        Assert.Equal(3, scrollback.Slice(4096, 1000).Length);
        Assert.Equal(42, scrollback.Slice(4096, 1)[0]);
        Assert.True(scrollback.Slice(4099, 1000).IsEmpty);
    }

    [Fact]
    public void Without_output_there_is_nothing()
    {
        using var scrollback = new Scrollback(4096);
        Assert.Equal((0L, 0L), (scrollback.Start, scrollback.End));
        Assert.True(scrollback.Slice(0, 100).IsEmpty);
    }

    private static void Write(Scrollback scrollback, List<byte> all, Random random)
    {
        Span<byte> free = scrollback.Free(random.Next(1, 2000));
        int count = random.Next(1, free.Length + 1);
        random.NextBytes(free[..count]);
        all.AddRange(free[..count]);
        scrollback.Advance(count);
    }

    private static List<byte> ReadFrom(Scrollback scrollback, long position, int limit)
    {
        var read = new List<byte>();
        while (position < scrollback.End)
        {
            ReadOnlySpan<byte> slice = scrollback.Slice(position, limit);
            Assert.InRange(slice.Length, 1, limit);
            read.AddRange(slice);
            position += slice.Length;
        }

        return read;
    }
}

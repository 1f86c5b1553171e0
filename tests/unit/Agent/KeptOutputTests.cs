using System;
using System.Collections.Generic;
using NsModule.Agent.Output;
using NsModule.Native;
using NsModule.Protocol;
using Tmds.Linux;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Agent;

/// <summary>The last part of a stream: it is read from a descriptor, and readers learn before something is overwritten.</summary>
public sealed unsafe class KeptOutputTests
{
    [Fact]
    public void What_a_descriptor_has_is_kept_until_its_end()
    {
        using var output = new KeptOutput(1 << 20, (_, _) => { }) { TerminalSize = NsTerminalSize.Default, ReadTo = 3 };
        (FileDescriptor from, FileDescriptor to) = Pipe();
        using (from)
        {
            using (to)
            {
                Assert.True(output.TryRead(from.Value, 100, out ReadOnlySpan<byte> piece));
                Assert.True(piece.IsEmpty);

                Write(to, "one\ntwo"u8);
                Assert.True(output.TryRead(from.Value, 4, out piece));
                Assert.Equal("one\n"u8, piece);
                Assert.True(output.TryRead(from.Value, 100, out piece));
                Assert.Equal("two"u8, piece);
            }

            Assert.False(output.TryRead(from.Value, 100, out _));
        }

        Assert.Equal("one\ntwo"u8, output.Bytes.Slice(0, 100));
        Assert.Equal(new OutputState(0, 7, 3, NsTerminalSize.Default, 0), output.State);
    }

    [Fact]
    public void Readers_learn_of_what_is_overwritten_before_it_is()
    {
        List<long> starts = [];
        byte oldest = 0;
        using var output = new KeptOutput(1 << 20, (kept, start) =>
        {
            starts.Add(start);
            oldest = kept.Bytes.End > 0 ? kept.Bytes.Slice(kept.Bytes.Start, 1)[0] : oldest;
        });
        using FileDescriptor zero = FileDescriptor.Open("/dev/zero", O_RDONLY);
        (FileDescriptor from, FileDescriptor to) = Pipe();
        Write(to, "a"u8);
        Assert.True(output.TryRead(from.Value, 1, out _));
        while (output.Bytes.End < output.Capacity)
        {
            Assert.True(output.TryRead(zero.Value, output.Capacity, out _));
        }

        Assert.True(output.TryRead(zero.Value, 10, out _));

        Assert.Equal((byte)'a', oldest);
        Assert.Equal(10, starts[^1]);
        from.Dispose();
        to.Dispose();
    }

    private static (FileDescriptor From, FileDescriptor To) Pipe()
    {
        int* ends = stackalloc int[2];
        _ = NativeException.Check(pipe2(ends, O_CLOEXEC | O_NONBLOCK), "pipe2");
        return (new FileDescriptor(ends[0]), new FileDescriptor(ends[1]));
    }

    private static void Write(FileDescriptor to, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* p = bytes)
        {
            Assert.Equal(bytes.Length, (int)write(to.Value, p, bytes.Length));
        }
    }
}

using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Agent.Launching;
using NsModule.Agent.Supervisor;
using NsModule.Native;
using NsModule.Testing;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Agent;

/// <summary>Input over a real pipe, which is full sooner than its writer is done.</summary>
public sealed class InputQueueTests : IDisposable
{
    private readonly FileDescriptor _reader;
    private readonly FileDescriptor _writer;

    public unsafe InputQueueTests()
    {
        int* ends = stackalloc int[2];
        _ = NativeException.Check(pipe2(ends, O_CLOEXEC | O_NONBLOCK), "pipe2");
        (_reader, _writer) = (new FileDescriptor(ends[0]), new FileDescriptor(ends[1]));
    }

    public void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
    }

    [Fact]
    public void What_the_kernel_takes_is_written_at_once()
    {
        var queue = new InputQueue(_writer.Value);
        queue.Write([1, 2, 3]);
        Assert.True(queue.IsEmpty);
        Assert.Equal([1, 2, 3], Read(100));
    }

    [Fact]
    public void What_it_does_not_take_is_kept_in_order() => Property.Holds(20, random =>
    {
        var queue = new InputQueue(_writer.Value);
        var sent = new List<byte>();
        var received = new List<byte>();
        for (int i = 0; i < 30; i++)
        {
            byte[] bytes = new byte[random.Next(20_000)];
            random.NextBytes(bytes);
            queue.Write(bytes);
            sent.AddRange(bytes);
            received.AddRange(Read(random.Next(15_000)));
            queue.Flush();
        }

        while (!queue.IsEmpty)
        {
            received.AddRange(Read(70_000));
            queue.Flush();
        }

        received.AddRange(Read(1_000_000));
        Assert.Equal(sent, received);
    });

    [Fact]
    public void It_is_full_at_its_limit_and_no_longer_when_some_was_taken()
    {
        var queue = new InputQueue(_writer.Value);
        queue.Write(new byte[65536 + 65535]);
        Assert.False(queue.IsFull);
        queue.Write([1]);
        Assert.True(queue.IsFull);
        Assert.Equal(30_000, Read(30_000).Length);
        queue.Flush();
        Assert.False(queue.IsFull);
        Assert.False(queue.IsEmpty);
    }

    [Fact]
    public void Clearing_drops_what_is_kept_and_what_comes_then_is_written()
    {
        var queue = new InputQueue(_writer.Value);
        queue.Write(new byte[100_000]);
        Assert.False(queue.IsEmpty);
        queue.Clear();
        Assert.True(queue.IsEmpty);
        Assert.Equal(65536, Read(100_000).Length);
        queue.Write([7]);
        Assert.Equal([7], Read(10));
    }

    [Fact]
    public void A_terminal_that_nobody_has_open_any_more_swallows_what_is_typed()
    {
        using Pty pty = Pty.Open(default);
        pty.Slave.Dispose();
        var queue = new InputQueue(pty.Master.Value);
        queue.Write("lost"u8);
        Assert.True(queue.IsEmpty);
        Assert.False(queue.IsFull);
    }

    [Fact]
    public unsafe void A_paste_larger_than_the_terminal_s_buffer_arrives_complete()
    {
        using Pty pty = Pty.Open(default);
        Assert.True(NsModule.Terminal.Termios.TryGet(pty.Slave.Value, out NsModule.Terminal.Termios settings));
        Assert.True(settings.ToRaw().TrySet(pty.Slave.Value));
        byte[] paste = [.. Enumerable.Range(0, 200_000).Select(i => (byte)i)];
        var queue = new InputQueue(pty.Master.Value);
        queue.Write(paste);
        Assert.True(queue.IsFull);

        var received = new List<byte>();
        byte[] buffer = new byte[4096];
        while (received.Count < paste.Length)
        {
            fixed (byte* p = buffer)
            {
                received.AddRange(buffer[..NativeException.Check((int)read(pty.Slave.Value, p, buffer.Length), "read")]);
            }

            queue.Flush();
        }

        Assert.True(queue.IsEmpty);
        Assert.Equal(paste, received);
    }

    private unsafe byte[] Read(int limit)
    {
        byte[] bytes = new byte[limit];
        int done = 0;
        fixed (byte* p = bytes)
        {
            while (done < limit && read(_reader.Value, p + done, limit - done) is var count && count > 0)
            {
                done += (int)count;
            }
        }

        return bytes[..done];
    }
}

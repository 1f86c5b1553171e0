using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.Protocol;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Protocol;

public sealed class FrameDecoderTests
{
    [Fact]
    public void A_stream_of_frames_reads_the_same_however_it_is_cut() => Property.Holds(300, random =>
    {
        (FrameKind Kind, byte[] Payload)[] frames = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => RandomFrame(random))];
        byte[] stream = [.. frames.SelectMany(f => Frame(f.Kind, f.Payload))];
        var decoder = new FrameDecoder(maxPayload: 5000, capacity: random.Next(1, 300));
        var read = new List<(FrameKind Kind, byte[] Payload)>();

        for (int done = 0; done < stream.Length;)
        {
            Span<byte> free = decoder.Free;
            Assert.False(free.IsEmpty);
            int count = random.Next(1, Math.Min(free.Length, stream.Length - done) + 1);
            stream.AsSpan(done, count).CopyTo(free);
            decoder.Advance(count);
            done += count;

            // Sometimes several pieces come before anybody looks.
            if (random.Next(3) > 0)
            {
                ReadAll(decoder, read);
            }
        }

        ReadAll(decoder, read);
        Assert.Equal(frames.Length, read.Count);
        Assert.All(frames.Zip(read), pair =>
        {
            Assert.Equal(pair.First.Kind, pair.Second.Kind);
            Assert.Equal(pair.First.Payload, pair.Second.Payload);
        });
    });

    [Fact]
    public void Random_bytes_are_frames_or_refused_but_never_kept_beyond_the_limit() => Property.Holds(300, random =>
    {
        var decoder = new FrameDecoder(maxPayload: 1000, capacity: 16);
        try
        {
            for (int i = 0; i < 200; i++)
            {
                Span<byte> free = decoder.Free;
                Assert.InRange(free.Length, 1, 4096);
                random.NextBytes(free);
                decoder.Advance(free.Length);
                while (decoder.TryRead(out _, out ReadOnlySpan<byte> payload))
                {
                    Assert.InRange(payload.Length, 0, 1000);
                }
            }
        }
        catch (InvalidDataException)
        {
            // What nearly all random streams come to.
        }
    });

    [Theory]
    [InlineData(0x7fffffffu)]
    [InlineData(0x80000000u)]
    [InlineData(0xffffffffu)]
    [InlineData(101u)]
    public void A_frame_over_the_limit_is_refused_before_it_has_arrived(uint length)
    {
        var decoder = new FrameDecoder(maxPayload: 100);
        Put(decoder, [.. BitConverter.GetBytes(length), (byte)FrameKind.Input]);

        Assert.Throws<InvalidDataException>(() => decoder.TryRead(out _, out _));
    }

    [Fact]
    public void A_frame_of_exactly_the_limit_is_read()
    {
        var decoder = new FrameDecoder(maxPayload: 100, capacity: 4);
        PutAll(decoder, Frame(FrameKind.Output, new byte[100]));

        Assert.True(decoder.TryRead(out FrameKind kind, out ReadOnlySpan<byte> payload));
        Assert.Equal((FrameKind.Output, 100), (kind, payload.Length));
    }

    [Fact]
    public void Half_a_frame_is_none_yet()
    {
        byte[] frame = Frame(FrameKind.Stop, [1, 2, 3, 4]);
        for (int length = 0; length < frame.Length; length++)
        {
            var decoder = new FrameDecoder();
            Put(decoder, frame[..length]);
            Assert.False(decoder.TryRead(out _, out _));
            Put(decoder, frame[length..]);
            Assert.True(decoder.TryRead(out FrameKind kind, out ReadOnlySpan<byte> payload));
            Assert.Equal(FrameKind.Stop, kind);
            Assert.Equal([1, 2, 3, 4], payload.ToArray());
            Assert.False(decoder.TryRead(out _, out _));
        }
    }

    [Fact]
    public void An_empty_frame_is_a_frame()
    {
        var decoder = new FrameDecoder();
        Put(decoder, [.. Frame(FrameKind.Commit, []), .. Frame(FrameKind.Detach, [])]);

        Assert.True(decoder.TryRead(out FrameKind first, out ReadOnlySpan<byte> payload));
        Assert.Equal((FrameKind.Commit, 0), (first, payload.Length));
        Assert.True(decoder.TryRead(out FrameKind second, out _));
        Assert.Equal(FrameKind.Detach, second);
    }

    private static (FrameKind Kind, byte[] Payload) RandomFrame(Random random)
    {
        byte[] payload = new byte[random.Next(4) == 0 ? random.Next(5000) : random.Next(40)];
        random.NextBytes(payload);
        return ((FrameKind)random.Next(256), payload);
    }

    private static byte[] Frame(FrameKind kind, byte[] payload)
    {
        byte[] frame = new byte[WireWriter.HeaderLength + payload.Length];
        WireWriter.WriteHeader(frame, kind, payload.Length);
        payload.CopyTo(frame, WireWriter.HeaderLength);
        return frame;
    }

    private static void Put(FrameDecoder decoder, byte[] bytes)
    {
        bytes.CopyTo(decoder.Free);
        decoder.Advance(bytes.Length);
    }

    private static void PutAll(FrameDecoder decoder, byte[] bytes)
    {
        for (int done = 0; done < bytes.Length;)
        {
            Span<byte> free = decoder.Free;
            int count = Math.Min(free.Length, bytes.Length - done);
            bytes.AsSpan(done, count).CopyTo(free);
            decoder.Advance(count);
            done += count;
        }
    }

    private static void ReadAll(FrameDecoder decoder, List<(FrameKind Kind, byte[] Payload)> frames)
    {
        while (decoder.TryRead(out FrameKind kind, out ReadOnlySpan<byte> payload))
        {
            frames.Add((kind, payload.ToArray()));
        }
    }
}

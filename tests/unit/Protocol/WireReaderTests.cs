using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.Protocol;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Protocol;

public sealed class WireReaderTests
{
    [Fact]
    public void Random_bytes_give_values_or_an_invalid_data_exception_and_nothing_else() => Property.Holds(2000, random =>
    {
        byte[] payload = RandomPayload(random);
        try
        {
            var reader = new WireReader(payload);
            for (int i = 0; i < 20; i++)
            {
                switch (random.Next(7))
                {
                    case 0:
                        _ = reader.Int32();
                        break;
                    case 1:
                        _ = reader.Int64();
                        break;
                    case 2:
                        _ = reader.Boolean();
                        break;
                    case 3:
                        _ = reader.Bytes();
                        break;
                    case 4:
                        _ = reader.String();
                        break;
                    case 5:
                        _ = Strings(reader);
                        break;
                    default:
                        _ = reader.Count(random.Next(1, 20));
                        break;
                }
            }

            reader.End();
        }
        catch (InvalidDataException)
        {
        }
    });

    [Fact]
    public void Random_bytes_read_as_any_message_are_refused_cleanly() => Property.Holds(2000, random =>
    {
        byte[] payload = RandomPayload(random);
        Refused(() => LaunchSpecCodec.Read(payload));
        Refused(() => Hello.Read(payload));
        Refused(() => LaunchFailure.Read(payload));

        static void Refused(Action read)
        {
            try
            {
                read();
            }
            catch (InvalidDataException)
            {
            }
        }
    });

    [Fact]
    public void What_was_written_is_read()
    {
        byte[] frame = new WireWriter(FrameKind.Error)
            .Int32(int.MinValue).Int64(long.MaxValue).Boolean(true).Boolean(false)
            .Bytes([0, 255]).String("zwölf")
            .ToFrame();

        var reader = new WireReader(frame.AsSpan(WireWriter.HeaderLength));
        Assert.Equal(int.MinValue, reader.Int32());
        Assert.Equal(long.MaxValue, reader.Int64());
        Assert.True(reader.Boolean());
        Assert.False(reader.Boolean());
        Assert.Equal([0, 255], reader.Bytes().ToArray());
        Assert.Equal("zwölf", reader.String());
        reader.End();
    }

    [Fact]
    public void A_list_that_was_written_is_read()
    {
        string[] strings = ["", "a", "grün\n", new string('x', 5000), "😀"];
        var writer = new WireWriter(FrameKind.Error);
        Assert.Equal(strings, new SpecWire(writer).Strings(strings));
        Assert.Equal(strings, Strings(new WireReader(writer.ToFrame().AsSpan(WireWriter.HeaderLength))));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void A_length_that_the_payload_does_not_hold_is_refused(int length)
    {
        byte[] payload = [.. BitConverter.GetBytes(length), 1, 2, 3, 4];

        Assert.Throws<InvalidDataException>(() => new WireReader(payload).Bytes());
        Assert.Throws<InvalidDataException>(() => new WireReader(payload).String());
        Assert.Throws<InvalidDataException>(() => Strings(new WireReader(payload)));
    }

    [Fact]
    public void A_hostile_count_allocates_nothing()
    {
        byte[] payload = [.. BitConverter.GetBytes(int.MaxValue / 2), .. new byte[100]];
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<InvalidDataException>(() => Strings(new WireReader(payload)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Bytes_left_over_are_refused()
    {
        Assert.Throws<InvalidDataException>(() => new WireReader([1]).End());
        new WireReader([]).End();
    }

    [Fact]
    public void A_launch_failure_survives_the_wire()
    {
        var failure = new LaunchFailure(LaunchStep.IdMap, 1, "uid_map: 0 0 1");
        Assert.Equal(failure, LaunchFailure.Read(failure.ToFrame().AsSpan(WireWriter.HeaderLength)));
    }

    private static IReadOnlyList<string> Strings(WireReader reader) => new SpecWire(reader).Strings([]);

    /// <summary>Small numbers make plausible lengths, so that reading gets beyond the first field.</summary>
    private static byte[] RandomPayload(Random random)
    {
        IEnumerable<byte> fields = Enumerable.Range(0, random.Next(30)).SelectMany(_ => random.Next(3) switch
        {
            0 => BitConverter.GetBytes(random.Next(8)),
            1 => BitConverter.GetBytes(random.Next(int.MinValue, int.MaxValue)),
            _ => RandomBytes(random, random.Next(8)),
        });
        return [.. fields];
    }

    private static byte[] RandomBytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}

using System;
using System.IO;
using NsModule.Protocol;
using Xunit;

namespace NsModule.UnitTests.Protocol;

public sealed class FrameDecoderTests
{
    [Fact]
    public void A_frame_over_the_limit_is_refused_before_it_has_arrived()
    {
        var decoder = new FrameDecoder(maxPayload: 100);
        new byte[] { 0xff, 0xff, 0xff, 0x7f, 1 }.CopyTo(decoder.Free);
        decoder.Advance(5);

        Assert.Throws<InvalidDataException>(() => decoder.TryRead(out _, out _));
    }
}

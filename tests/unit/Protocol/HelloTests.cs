using System;
using System.IO;
using NsModule.Protocol;
using Xunit;

namespace NsModule.UnitTests.Protocol;

public sealed class HelloTests
{
    [Fact]
    public void A_hello_survives_the_wire()
    {
        var hello = new Hello(ClientRole.Control, new NsTerminalSize(132, 43));
        Assert.Equal(hello, Hello.Read(hello.ToFrame().AsSpan(WireWriter.HeaderLength)));
    }

    [Theory]
    [InlineData(Hello.Version + 1)]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_hello_of_another_version_is_none_whatever_follows(int version)
    {
        byte[] frame = new WireWriter(FrameKind.Hello).Int32(version).ToFrame();
        Assert.Null(Hello.Read(frame.AsSpan(WireWriter.HeaderLength)));
    }

    [Theory]
    [InlineData(Hello.Version + 1)]
    [InlineData(0)]
    public void Who_comes_to_command_is_known_in_any_version(int version)
    {
        byte[] frame = new WireWriter(FrameKind.Hello).Int32(version).Int32((int)ClientRole.Control).String("something new").ToFrame();
        Assert.Equal(new Hello(ClientRole.Control, default), Hello.Read(frame.AsSpan(WireWriter.HeaderLength)));
    }

    [Fact]
    public void A_hello_cut_short_is_refused()
    {
        byte[] payload = new Hello(ClientRole.Attach, NsTerminalSize.Default).ToFrame()[WireWriter.HeaderLength..];
        for (int length = 0; length < payload.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => Hello.Read(payload.AsSpan(0, length)));
        }
    }

    [Theory]
    [InlineData(0, 24)]
    [InlineData(80, 0)]
    [InlineData(-80, 24)]
    [InlineData(65536, 24)]
    [InlineData(80, int.MinValue)]
    public void A_size_that_no_terminal_has_is_unknown(int columns, int rows)
    {
        byte[] frame = new WireWriter(FrameKind.Resize).Int32(columns).Int32(rows).ToFrame();
        var reader = new WireReader(frame.AsSpan(WireWriter.HeaderLength));
        Assert.Equal(default, Hello.ReadSize(ref reader));
    }
}

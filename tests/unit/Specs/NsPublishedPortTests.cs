using System;
using System.Net;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Specs;

public sealed class NsPublishedPortTests
{
    [Theory]
    [InlineData("8080:80", "", 8080, 80, NsPortProtocol.Tcp, "8080:80/tcp")]
    [InlineData("1:65535", "", 1, 65535, NsPortProtocol.Tcp, "1:65535/tcp")]
    [InlineData("5353:53/udp", "", 5353, 53, NsPortProtocol.Udp, "5353:53/udp")]
    [InlineData("127.0.0.1:8080:80/TCP", "127.0.0.1", 8080, 80, NsPortProtocol.Tcp, "127.0.0.1:8080:80/tcp")]
    [InlineData("[::1]:8080:80", "::1", 8080, 80, NsPortProtocol.Tcp, "[::1]:8080:80/tcp")]
    [InlineData("[FD00:0:0::2]:8080:80", "fd00::2", 8080, 80, NsPortProtocol.Tcp, "[fd00::2]:8080:80/tcp")]
    public void A_port_is_read(string text, string address, ushort outside, ushort inside, NsPortProtocol protocol, string canonical)
    {
        var port = NsPublishedPort.Parse(text);
        Assert.Equal(new NsPublishedPort(address, outside, inside, protocol), port);
        Assert.Equal(canonical, port.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData(":80")]
    [InlineData("80:")]
    [InlineData("0:80")]
    [InlineData("80:0")]
    [InlineData("65536:80")]
    [InlineData("80:65536")]
    [InlineData("080:80")]
    [InlineData("-1:80")]
    [InlineData("+1:80")]
    [InlineData(" 1:80")]
    [InlineData("1:80 ")]
    [InlineData("1:80\0")]
    [InlineData("٣:80")]
    [InlineData("8080-8090:80")]
    [InlineData("8080:80/sctp")]
    [InlineData("8080:80/")]
    [InlineData("/tcp")]
    [InlineData(":8080:80")]
    [InlineData("localhost:8080:80")]
    [InlineData("127.1:8080:80")]
    [InlineData("0x7f.0.0.1:8080:80")]
    [InlineData("127.0.0.01:8080:80")]
    [InlineData("256.0.0.1:8080:80")]
    [InlineData("::1:8080:80")]
    [InlineData("[127.0.0.1]:8080:80")]
    [InlineData("[::1%lo]:8080:80")]
    [InlineData("[::1]8080:80")]
    [InlineData("[]:8080:80")]
    public void Anything_else_is_refused(string text) => Assert.Throws<FormatException>(() => NsPublishedPort.Parse(text));

    [Fact]
    public void What_is_written_is_read_again() => Property.Holds(500, random =>
    {
        byte[] address = new byte[random.Next(2) == 0 ? 4 : 16];
        random.NextBytes(address);
        string host = random.Next(3) == 0 ? "" : new IPAddress(address).ToString();
        var port = new NsPublishedPort(host, (ushort)random.Next(1, 65536), (ushort)random.Next(1, 65536), (NsPortProtocol)random.Next(2));
        Assert.Equal(port, NsPublishedPort.Parse(port.ToString()));
    });

    [Fact]
    public void Random_text_is_read_or_refused_and_nothing_else() => Property.Holds(2000, random =>
    {
        const string Characters = "0123456789:/.[]tcpudx \0";
        string text = string.Concat(random.GetItems<char>(Characters, random.Next(24)));
        try
        {
            var port = NsPublishedPort.Parse(text);
            Assert.Equal(port, NsPublishedPort.Parse(port.ToString()));
            Assert.True(port.HostPort > 0 && port.Port > 0);
        }
        catch (FormatException)
        {
        }
    });

    [Theory]
    [InlineData("8080:80", "8080:81", true)]
    [InlineData("8080:80", "8080:80/udp", false)]
    [InlineData("8080:80", "8081:80", false)]
    [InlineData("8080:80", "127.0.0.1:8080:80", true)]
    [InlineData("8080:80", "[::1]:8080:80", true)]
    [InlineData("127.0.0.2:8080:80", "127.0.0.1:8080:80", false)]
    [InlineData("0.0.0.0:8080:80", "127.0.0.1:8080:80", true)]
    [InlineData("0.0.0.0:8080:80", "[::1]:8080:80", false)]
    public void Two_of_one_port_of_the_host_collide(string one, string other, bool collide)
    {
        Assert.Equal(collide, NsPublishedPort.Parse(one).Collides(NsPublishedPort.Parse(other)));
        Assert.Equal(collide, NsPublishedPort.Parse(other).Collides(NsPublishedPort.Parse(one)));
    }
}

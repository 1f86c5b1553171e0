using NsModule.Native;
using Xunit;

namespace NsModule.UnitTests.Native;

public sealed class SignalsTests
{
    [Theory]
    [InlineData("TERM", 15)]
    [InlineData("sigterm", 15)]
    [InlineData("15", 15)]
    [InlineData("64", 64)]
    [InlineData("RTMIN", 34)]
    [InlineData("SIGRTMIN+3", 37)]
    [InlineData("rtmin+30", 64)]
    [InlineData("RTMAX", 64)]
    [InlineData("SIGRTMAX-1", 63)]
    [InlineData("RTMAX-30", 34)]
    public void A_signal_goes_by_name_or_number(string text, int signal)
    {
        Assert.True(Signals.TryParse(text, out int read));
        Assert.Equal(signal, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("-9")]
    [InlineData("SIG")]
    [InlineData("NOPE")]
    [InlineData("RT")]
    [InlineData("RTMIN+")]
    [InlineData("RTMIN+31")]
    [InlineData("RTMIN-1")]
    [InlineData("RTMAX+1")]
    [InlineData("RTMAX-31")]
    [InlineData("RTMIN+-1")]
    [InlineData("RTMIN+99999999999")]
    public void Nothing_else_is_one(string text) => Assert.False(Signals.TryParse(text, out _));

    [Fact]
    public void All_that_are_listed_are_signals() => Assert.All(Signals.All, n => Assert.True(Signals.TryParse(n, out _)));
}

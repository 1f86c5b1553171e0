using NsModule.Specs;
using Xunit;

namespace NsModule.UnitTests.Specs;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0ul)]
    [InlineData("65536", 65536ul)]
    [InlineData(" 1k ", 1024ul)]
    [InlineData("1KB", 1024ul)]
    [InlineData("1KiB", 1024ul)]
    [InlineData("10B", 10ul)]
    [InlineData("1.5G", 3ul << 29)]
    [InlineData("1E+16", 10_000_000_000_000_000ul)]
    [InlineData("9007199254740993", 9_007_199_254_740_993ul)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    [InlineData("16383P", 16383ul << 50)]
    public void Sizes_are_read_as_users_write_them(string text, ulong expected)
    {
        Assert.True(ByteSize.TryParse(text, out ulong bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("B")]
    [InlineData("M")]
    [InlineData("-1")]
    [InlineData("1,000")]
    [InlineData("1 M")]
    [InlineData("1X")]
    [InlineData("1MM")]
    [InlineData("NaN")]
    [InlineData("0x10")]
    [InlineData("16384P")]
    [InlineData("18446744073709551616")]
    public void What_is_no_size_or_too_large_is_refused(string text) => Assert.False(ByteSize.TryParse(text, out _));
}

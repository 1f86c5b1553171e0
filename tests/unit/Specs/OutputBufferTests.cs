using NsModule.Specs;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Specs;

public sealed class OutputBufferTests
{
    [Theory]
    [InlineData(1 << 16, 1 << 16)]
    [InlineData((1 << 16) + 1, 1 << 17)]
    [InlineData(1_000_000, 1 << 20)]
    [InlineData(1 << 30, 1 << 30)]
    public void A_size_is_rounded_up_to_a_power_of_two(long asked, int size) => Assert.Equal(size, OutputBuffer.Size(asked));

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData((1 << 16) - 1)]
    [InlineData((1L << 30) + 1)]
    [InlineData(long.MaxValue)]
    public void Too_little_and_too_much_is_refused(long asked) =>
        Errors.Thrown(NsErrorId.InvalidOutputBufferSize, NsErrorKind.Argument, () => OutputBuffer.Size(asked));
}

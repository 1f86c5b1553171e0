using NsModule.Native;
using Xunit;

namespace NsModule.UnitTests.Native;

public sealed class TimeLimitTests
{
    [Fact]
    public void Nothing_is_left_of_none()
    {
        var limit = TimeLimit.In(0);

        Assert.Equal((0L, true, 0L), (limit.Left, limit.HasPassed, limit.Within(5)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-0.5)]
    public void A_negative_number_is_no_limit(double seconds)
    {
        var limit = TimeLimit.InSeconds(seconds);

        Assert.Equal((-1L, -1, false, 5L), (limit.Left, limit.PollTimeout, limit.HasPassed, limit.Within(5)));
    }

    [Fact]
    public void A_wait_within_it_is_the_shorter_of_both()
    {
        var limit = TimeLimit.InSeconds(3600);

        Assert.Equal(5, limit.Within(5));
        Assert.InRange(limit.Within(long.MaxValue), 1, 3_600_000);
        Assert.InRange(limit.Left, 1, 3_600_000);
    }

    [Fact]
    public void Poll_waits_at_most_so_long_as_it_can() => Assert.Equal(int.MaxValue, TimeLimit.In(1L << 40).PollTimeout);
}

using NsModule.Native;
using Xunit;

namespace NsModule.UnitTests.Specs;

public sealed class IdMappingTests
{
    [Theory]
    [InlineData(0, "         0       1000          1\n", 1000)]
    [InlineData(7, "0 100000 65536\n", 100007)]
    [InlineData(5, "0 1000 1\n1 100000 65535\n", 100004)]
    [InlineData(1000, "0 0 4294967295\n", 1000)]
    [InlineData(65534, "0 1000 1\n", 65534)]
    [InlineData(3, "", 3)]
    public void A_user_is_called_what_the_map_says(uint inside, string map, uint outside) =>
        Assert.Equal(outside, IdMapping.Outside(inside, map));
}

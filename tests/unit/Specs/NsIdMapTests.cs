using System;
using Xunit;

namespace NsModule.UnitTests.Specs;

public sealed class NsIdMapTests
{
    [Theory]
    [InlineData("0:1000:1", 0u, 1000u, 1u)]
    [InlineData("0:1000", 0u, 1000u, 1u)]
    [InlineData("1:100000:65535", 1u, 100000u, 65535u)]
    [InlineData("4294967295:4294967295:4294967295", uint.MaxValue, uint.MaxValue, uint.MaxValue)]
    [InlineData("007:08:09", 7u, 8u, 9u)]
    public void A_well_formed_map_is_read(string text, uint inside, uint outside, uint count) =>
        Assert.Equal(new NsIdMap(inside, outside, count), NsIdMap.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0:")]
    [InlineData(":0")]
    [InlineData("0:0:")]
    [InlineData("0:0:1:")]
    [InlineData("0:0:1:1")]
    [InlineData("root:0:1")]
    [InlineData("0:root")]
    [InlineData("-1:0:1")]
    [InlineData("+1:0:1")]
    [InlineData(" 0:0:1")]
    [InlineData("0:0:1 ")]
    [InlineData("0: 0:1")]
    [InlineData("0x10:0:1")]
    [InlineData("1e3:0:1")]
    [InlineData("1,000:0:1")]
    [InlineData("1.0:0:1")]
    [InlineData("4294967296:0:1")]
    [InlineData("0:99999999999999999999:1")]
    [InlineData("0\n:0:1")]
    [InlineData("0\0:0:1")]
    [InlineData("٣:0:1")]
    [InlineData("0 0 1")]
    public void Anything_else_is_refused_and_never_becomes_root(string text) =>
        Assert.Throws<FormatException>(() => NsIdMap.Parse(text));

    [Fact]
    public void What_is_written_can_be_read()
    {
        var map = new NsIdMap(1, 100000, 65535);
        Assert.Equal("1:100000:65535", map.ToString());
        Assert.Equal(map, NsIdMap.Parse(map.ToString()));
    }

    [Theory]
    [InlineData(0u, 1000u)]
    [InlineData(1u, 100000u)]
    [InlineData(65535u, 165534u)]
    public void Mapped_ids_are_translated_both_ways(uint inside, uint outside)
    {
        NsIdMap[] map = [new(0, 1000, 1), new(1, 100000, 65535)];
        Assert.Equal(outside, NsIdMap.ToOutside(map, inside));
        Assert.Equal(inside, NsIdMap.ToInside(map, outside));
    }

    [Fact]
    public void Ids_beside_the_ranges_have_no_translation()
    {
        NsIdMap[] map = [new(10, 1000, 5)];
        Assert.Null(NsIdMap.ToOutside(map, 9));
        Assert.Null(NsIdMap.ToOutside(map, 15));
        Assert.Null(NsIdMap.ToInside(map, 999));
        Assert.Null(NsIdMap.ToInside(map, 1005));
        Assert.Equal(1004u, NsIdMap.ToOutside(map, 14));
        Assert.Null(NsIdMap.ToOutside([], 0));
    }

    [Fact]
    public void A_range_at_the_end_of_all_ids_does_not_wrap_around()
    {
        NsIdMap[] map = [new(uint.MaxValue - 1, 0, 1)];
        Assert.Null(NsIdMap.ToOutside(map, 0));
        Assert.Null(NsIdMap.ToOutside(map, uint.MaxValue));
        Assert.Equal(0u, NsIdMap.ToOutside(map, uint.MaxValue - 1));
    }
}

using NsModule.Specs;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Specs;

public sealed class SubIdsTests
{
    private const string Files = """
        # a comment
        other:100000:65536
        ann:200000:65536
        1000:300000:10
        ann:0x10:5
        ann:-1:5
        ann:400000
        ann:4294967290:100
        """;

    private static SubIds Ann(string? text = Files) => new("ann", 1000, text, text);

    [Fact]
    public void An_ordinary_user_is_root_inside_and_has_its_sub_ids_by_name_and_by_number()
    {
        (var uids, var gids) = Ann().Auto(1001);
        Assert.Equal([new NsIdMap(0, 1000, 1), new NsIdMap(1, 200000, 65536), new NsIdMap(65537, 300000, 10)], uids);
        Assert.Equal([new NsIdMap(0, 1001, 1), new NsIdMap(1, 200000, 65536), new NsIdMap(65537, 300000, 10)], gids);
    }

    [Fact]
    public void Root_of_the_host_is_nobody_inside()
    {
        (var uids, var gids) = new SubIds("root", 0, "root:100000:65536", "root:200000:1000").Auto(0);
        Assert.Equal([new NsIdMap(0, 100000, 65536)], uids);
        Assert.Equal([new NsIdMap(0, 200000, 1000)], gids);
    }

    [Theory]
    [InlineData("")]
    [InlineData("other:100000:65536")]
    [InlineData("annabel:100000:65536\nann:100000:0")]
    public void Who_has_none_is_told_how_to_get_some(string text)
    {
        NsException error = Errors.Thrown(NsErrorId.SubIdNotFound, NsErrorKind.NotFound, () => Ann(text).Auto(1000));
        Assert.Contains("usermod --add-subuids", error.Message);
    }

    [Theory]
    [InlineData("0:1000:1")]
    [InlineData("0:200000:65536")]
    [InlineData("0:1000:1 1:200000:65536")]
    [InlineData("0:200001:65535")]
    [InlineData("0:300009:1")]
    public void Ones_own_ids_and_sub_ids_may_be_mapped(string map) => Ann().RequireAllowed("-UidMap", Map(map), 1000, groups: false);

    [Theory]
    [InlineData("0:0:1")]
    [InlineData("0:100000:1")]
    [InlineData("0:200000:65537")]
    [InlineData("0:199999:2")]
    [InlineData("0:1000:2")]
    [InlineData("0:1000:1 1:300000:11")]
    public void The_ids_of_others_may_not(string map)
    {
        NsException error = Errors.Thrown(
            NsErrorId.IdMapNotPermitted,
            NsErrorKind.Permission,
            () => Ann().RequireAllowed("-UidMap", Map(map), 1000, groups: false));
        Assert.Contains("usermod --add-subuids", error.Message);
        Assert.Contains(
            "--add-subgids",
            Errors.Thrown(
                NsErrorId.IdMapNotPermitted,
                NsErrorKind.Permission,
                () => Ann().RequireAllowed("-GidMap", Map(map), 1000, groups: true)).Message);
    }

    [Fact]
    public void Ranges_that_touch_count_as_one() => Ann("ann:10:5\nann:15:5").RequireAllowed("-UidMap", Map("0:12:8"), 1000, groups: false);

    [Fact]
    public void Where_something_else_than_files_knows_the_helper_decides() =>
        Ann(null).RequireAllowed("-UidMap", Map("0:5:5"), 1000, groups: false);

    private static NsIdMap[] Map(string text) => System.Array.ConvertAll(text.Split(' '), NsIdMap.Parse);
}

using System.Linq;
using NsModule.Specs;
using Xunit;

namespace NsModule.UnitTests.Specs;

/// <summary>Which ids a session of root's has in a root of its own.</summary>
public sealed class PrivateIdsTests
{
    private const string Session = "0123456789ab";

    [Fact]
    public void They_are_root_s_sub_ids_where_root_has_some()
    {
        (var uids, var gids) = PrivateIds.For(Session, Given("root:100000:65536\nme:300000:10\nroot:200000:5\n", "root:400000:7\n"));
        Assert.Equal([new NsIdMap(0, 100000, 65536), new NsIdMap(65536, 200000, 5)], uids);
        Assert.Equal([new NsIdMap(0, 400000, 7)], gids);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("root:100000:65536\n", "")]
    [InlineData("me:100000:65536\n", "me:100000:65536\n")]
    [InlineData(null, null)]
    public void Else_they_are_a_range_that_follows_from_the_session(string? subUid, string? subGid)
    {
        (var uids, var gids) = PrivateIds.For(Session, Given(subUid, subGid));
        NsIdMap map = Assert.Single(uids);
        Assert.Equal([map], gids);
        Assert.Equal((0u, PrivateIds.Count), (map.Inside, map.Count));
        Assert.InRange(map.Outside, 0x80000u, 0x6fff0000u);
        Assert.Equal(0u, map.Outside % PrivateIds.Count);
        Assert.Equal(uids, PrivateIds.For(Session, Given(subUid, subGid)).Uids);
        Assert.NotEqual(uids, PrivateIds.For("a" + Session[1..], Given(subUid, subGid)).Uids);
    }

    [Fact]
    public void What_somebody_may_map_is_left_out()
    {
        uint first = PrivateIds.For(Session, Given("", "")).Uids[0].Outside;
        foreach ((string users, string groups) in ((string, string)[])[($"me:{first + 5}:1\n", ""), ("", $"1000:{first - 5}:6\n")])
        {
            uint other = PrivateIds.For(Session, Given(users, groups)).Uids[0].Outside;
            Assert.Equal(first + PrivateIds.Count, other);
        }
    }

    [Theory]
    [InlineData("/r", NsNamespaceKind.User, 0, true, true)]
    [InlineData("/r", NsNamespaceKind.None, 0, true, false)]
    [InlineData("/r", NsNamespaceKind.User, 1000, true, false)]
    [InlineData("/r", NsNamespaceKind.User, 0, false, false)]
    [InlineData(null, NsNamespaceKind.User, 0, true, false)]
    public void They_are_for_root_of_the_host_in_a_root_and_a_user_namespace(
        string? root,
        NsNamespaceKind kind,
        uint uid,
        bool host,
        bool expected)
    {
        LaunchSpec spec = Options(root, kind, host).ToSpec(uid, uid);
        Assert.Equal(expected, spec.FileSystem.IdMapRoot);
        Assert.Equal(expected, spec.UidMap.Any(l => l.Outside >= 0x80000));
    }

    [Fact]
    public void A_map_that_is_named_is_what_it_says_and_the_other_kind_follows_it()
    {
        NsIdMap named = new(0, 100000, 65536);
        LaunchSpec uids = (Options("/r", NsNamespaceKind.User, true) with { UidMap = [named] }).ToSpec(0, 0);
        LaunchSpec gids = (Options("/r", NsNamespaceKind.User, true) with { GidMap = [named] }).ToSpec(0, 0);
        Assert.All([uids, gids], s => Assert.Equal([named, named], [.. s.UidMap, .. s.GidMap]));
        Assert.All([uids, gids], s => Assert.False(s.FileSystem.IdMapRoot));
    }

    [Fact]
    public void Root_without_CAP_SYS_ADMIN_is_treated_as_an_ordinary_user_is()
    {
        LaunchOptions options = Options("/r", NsNamespaceKind.Pid | NsNamespaceKind.Mount, true) with { IsAdministrator = false };
        LaunchSpec spec = options.ToSpec(0, 0);
        Assert.True(spec.Namespaces.HasFlag(NsNamespaceKind.User));
        Assert.Equal([new NsIdMap(0, 0, 1), new NsIdMap(0, 0, 1)], [.. spec.UidMap, .. spec.GidMap]);
        Assert.Equal((true, false), (spec.DenySetgroups, spec.FileSystem.IdMapRoot));
    }

    private static SubIds Given(string? subUid, string? subGid) => new("root", 0, subUid, subGid);

    private static LaunchOptions Options(string? root, NsNamespaceKind kind, bool host) => new()
    {
        FilePath = "true",
        WorkingDirectory = "/",
        Namespaces = NsNamespaceKind.Mount | NsNamespaceKind.Pid | kind,
        FileSystem = new FileSystemOptions { RootPath = root },
        SubIds = Given("", ""),
        IsHostsRoot = host,
    };
}

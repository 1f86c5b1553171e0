using NsModule.Cgroups;
using Xunit;

namespace NsModule.UnitTests.Cgroups;

/// <summary>Recorded /proc/self/mountinfo and /proc/self/cgroup of the layouts there are.</summary>
public sealed class CgroupHierarchyTests
{
    [Fact]
    public void Version_2()
    {
        CgroupHierarchy found = Assert.Single(CgroupHierarchy.Parse(
            "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
            "0::/user.slice/user-1000.slice/session-3.scope\n"));
        Assert.Equal(
            (2, "/sys/fs/cgroup", "/sys/fs/cgroup/user.slice/user-1000.slice/session-3.scope"),
            (found.Version, found.MountPoint, found.Own));
    }

    [Fact]
    public void Hybrid_with_controllers_mounted_together()
    {
        var found = CgroupHierarchy.Parse(
            "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
            + "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup"
            + " rw,xattr,name=systemd\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
            "9:name=systemd:/x\n4:memory:/api/a83\n1:cpu,cpuacct:/\n0::/x\n");
        Assert.Equal(
            ["/sys/fs/cgroup/memory/api/a83", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/unified/x"],
            System.Linq.Enumerable.Select(found, h => h.Own));
    }

    [Theory]
    [InlineData("/docker/abc", "/docker/abc", "/sys/fs/cgroup/memory")]
    [InlineData("/docker/abc", "/docker/abc/in", "/sys/fs/cgroup/memory/in")]
    [InlineData("/docker/abc", "/docker/abcd", null)]
    [InlineData("/docker/abc", "/elsewhere", null)]
    [InlineData("/..", "/../other", "/sys/fs/cgroup/memory/other")]
    [InlineData("/..", "/", null)]
    [InlineData("/", "/../other", null)]
    [InlineData("/", "/gone (deleted)", null)]
    [InlineData(@"/a\040b", "/a b/c", "/sys/fs/cgroup/memory/c")]
    public void In_a_container(string root, string cgroup, string? own)
    {
        var found = CgroupHierarchy.Parse(
            $"35 31 0:32 {root} /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
            $"4:memory:{cgroup}\n");
        Assert.Equal(own, found.Count == 0 ? null : found[0].Own);
    }

    [Fact]
    public void The_last_mount_hides_those_before()
    {
        var found = CgroupHierarchy.Parse(
            "1 2 0:3 / /sys/fs/cgroup rw - cgroup2 none rw\n4 2 0:3 / /mnt rw - cgroup2 none rw\n",
            "0::/x\n");
        Assert.Equal("/mnt/x", Assert.Single(found).Own);
    }

    [Fact]
    public void Nothing_mounted_is_nothing() =>
        Assert.Empty(CgroupHierarchy.Parse("1 2 0:3 / / rw - ext4 /dev/vda rw\ngarbage\n", "0::/x\n4:memory:/\nwrong\n"));
}

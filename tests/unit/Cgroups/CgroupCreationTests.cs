using System.Collections.Generic;
using NsModule.Cgroups;
using NsModule.Protocol;
using NsModule.Specs;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Cgroups;

/// <summary>Where a session's cgroup is made in version 2, on a hierarchy that keeps the kernel's rules.</summary>
public sealed class CgroupCreationTests
{
    private const string Root = "/sys/fs/cgroup";
    private const string Id = "0123456789ab";
    private const int Self = 77;
    private static readonly ResourceLimits Some = new() { Memory = 1 << 30, Cpus = 1.5, Processes = 100, IOWeight = 200 };
    private readonly List<string> _announced = [];

    [Fact]
    public void Root_gets_it_beside_its_own_whose_processes_are_in_the_way()
    {
        var files = new FakeCgroups(Root, "cpu io memory pids");
        string slice = files.Add(Root + "/user.slice", "cpu io memory pids");
        string own = files.Add(slice + "/session-1.scope", "cpu io memory pids", processes: "1\n77\n");

        SessionCgroup? cgroup = Create(files, own, Some);

        string made = slice + "/nsmodule-" + Id;
        Assert.Equal([made], cgroup!.Directories);
        Assert.Contains(made, _announced);
        Assert.Equal("1073741824", files.Files[made + "/memory.max"]);
        Assert.Equal("0", files.Files[made + "/memory.swap.max"]);
        Assert.Equal("150000 100000", files.Files[made + "/cpu.max"]);
        Assert.Equal("100", files.Files[made + "/pids.max"]);
        Assert.Equal("default 200", files.Files[made + "/io.weight"]);
        Assert.Equal(Some with { IOWeight = null }, cgroup.Limits());
    }

    [Theory]
    [InlineData(2, "1")]
    [InlineData(100, "17")]
    [InlineData(1024, "100")]
    [InlineData(4096, "303")]
    [InlineData(262144, "10000")]
    public void Shares_of_the_processors_become_a_weight(int shares, string weight)
    {
        var files = new FakeCgroups(Root, "cpu");

        string made = Create(files, Root, new() { CpuShares = shares })!.Directories[0];
        Assert.Equal(weight, files.Files[made + "/cpu.weight"]);
    }

    [Fact]
    public void Sets_of_processors_and_memory_nodes_take_their_controller()
    {
        var files = new FakeCgroups(Root, "cpuset cpu");

        string made = Create(files, Root, new() { Processors = "0-1", MemoryNodes = "0" })!.Directories[0];
        Assert.Equal(("0-1", "0"), (files.Files[made + "/cpuset.cpus"], files.Files[made + "/cpuset.mems"]));
        Assert.Equal((LaunchStep.CgroupController, ENOENT, "cpuset /sys/fs/cgroup"), Assert.Throws<CgroupException>(() => Create(new FakeCgroups(Root, "cpu"), Root, new() { Processors = "0" })).Failure is var f ? (f.Step, f.Errno, f.Detail) : default);
    }

    [Fact]
    public void One_that_was_chosen_is_made_where_it_is_wherever_the_caller_is()
    {
        var files = new FakeCgroups(Root, "memory pids");
        string own = files.Add(Root + "/own", "memory pids", processes: "77\n");

        Assert.Equal([Root + "/a/b/c"], Create(files, own, new() { Processes = 10 }, "/a/b/c")!.Directories);
        Assert.Equal("10", files.Files[Root + "/a/b/c/pids.max"]);
        Assert.Equal([Root + "/a/b/c"], _announced);

        // One that is there and empty will do; one that others are in will not, and is none of the session's.
        Assert.Equal([Root + "/a/b/c"], Create(files, own, ResourceLimits.None, "/a/b/c")!.Directories);
        _announced.Clear();
        Assert.Equal(0, files.Write(Root + "/a/b/c/cgroup.procs", "99"));
        Assert.Equal((LaunchStep.CgroupCreate, EEXIST), Assert.Throws<CgroupException>(() => Create(files, own, ResourceLimits.None, "/a/b/c")).Failure is var f ? (f.Step, f.Errno) : default);
        Assert.Empty(_announced);
    }

    [Fact]
    public void An_ordinary_user_gets_it_in_what_was_delegated()
    {
        var files = new FakeCgroups(Root, "cpu io memory pids", writable: false);
        string manager = files.Add(Root + "/user@1000.service", "memory pids", writable: true);
        string own = files.Add(manager + "/app.scope", "memory pids", processes: "1\n77\n");

        Assert.Equal([manager + "/nsmodule-" + Id], Create(files, own, new() { Memory = 1 << 20 })!.Directories);
    }

    [Fact]
    public void Alone_in_its_scope_the_supervisor_makes_room_for_it()
    {
        var files = new FakeCgroups(Root, "memory pids", writable: false);
        string service = files.Add(Root + "/user@1000.service", "memory pids", writable: false);
        string scope = files.Add(service + "/run-1.scope", "memory pids", processes: "77\n");

        Assert.Equal([scope + "/nsmodule-" + Id], Create(files, scope, new() { Processes = 10 })!.Directories);
        Assert.Equal("77\n", files.Files[scope + "/supervisor/cgroup.procs"]);
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("pids")]
    public void Nothing_is_made_where_no_process_would_get_in(string controller)
    {
        var files = new FakeCgroups(Root, controller, writable: false);
        string own = files.Add(Root + "/a", controller, processes: "1\n77\n");

        LaunchFailure failure = Assert.Throws<CgroupException>(() => Create(files, own, controller == "cpu" ? new() { Cpus = 1 } : new() { Processes = 10 })).Failure;

        Assert.Equal((LaunchStep.CgroupCreate, EBUSY), (failure.Step, failure.Errno));
        Assert.Empty(files.Files[own + "/cgroup.subtree_control"]);
    }

    [Fact]
    public void What_is_not_delegated_is_refused()
    {
        var files = new FakeCgroups(Root, "memory pids", writable: false);
        string slice = files.Add(Root + "/user.slice", "memory pids", writable: false);
        string own = files.Add(slice + "/session-1.scope", "memory pids", writable: false, processes: "1\n77\n");

        AssertFails(files, own, LaunchStep.CgroupCreate, EACCES);
    }

    [Fact]
    public void A_controller_that_the_kernel_lacks_is_missing()
    {
        var files = new FakeCgroups(Root, "cpu pids");
        string own = files.Add(Root + "/a", "cpu pids");

        AssertFails(files, own, LaunchStep.CgroupController, ENOENT);
    }

    [Fact]
    public void A_session_does_not_get_out_of_the_limits_of_the_one_it_was_started_in()
    {
        var files = new FakeCgroups(Root, "memory pids");
        string own = files.Add(Root + "/nsmodule-aaaaaaaaaaaa", "memory pids", processes: "1\n77\n");

        AssertFails(files, own, LaunchStep.CgroupCreate, EBUSY);
    }

    [Fact]
    public void Without_version_2_nothing_has_the_controller() =>
        Assert.Equal(LaunchStep.CgroupController, Assert.Throws<CgroupException>(() => new CgroupCreation(new FakeCgroups(Root, ""), [], Self).Create(Id, Some, _announced.Add)).Failure.Step);

    [Fact]
    public void For_a_namespace_alone_it_is_made_where_it_may_be()
    {
        var files = new FakeCgroups(Root, "memory");
        string own = files.Add(Root + "/a", "memory", processes: "1\n77\n");
        string closed = files.Add(Root + "/b", "memory", writable: false);

        Assert.Equal([own + "/nsmodule-" + Id], Create(files, own, ResourceLimits.None)!.Directories);
        Assert.Null(Create(files, closed, ResourceLimits.None));
    }

    private SessionCgroup? Create(FakeCgroups files, string own, ResourceLimits limits, string chosen = "") =>
        new CgroupCreation(files, [new CgroupHierarchy(2, [], Root, own)], Self, chosen).Create(Id, limits, _announced.Add);

    private void AssertFails(FakeCgroups files, string own, LaunchStep step, int errno)
    {
        LaunchFailure failure = Assert.Throws<CgroupException>(() => Create(files, own, new() { Memory = 1 << 20 })).Failure;
        Assert.Equal((step, errno), (failure.Step, failure.Errno));
        Assert.StartsWith("memory ", failure.Detail, System.StringComparison.Ordinal);
    }
}

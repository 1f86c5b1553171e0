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

    private SessionCgroup? Create(FakeCgroups files, string own, ResourceLimits limits) =>
        new CgroupCreation(files, [new CgroupHierarchy(2, [], Root, own)], Self).Create(Id, limits, _announced.Add);

    private void AssertFails(FakeCgroups files, string own, LaunchStep step, int errno)
    {
        LaunchFailure failure = Assert.Throws<CgroupException>(() => Create(files, own, new() { Memory = 1 << 20 })).Failure;
        Assert.Equal((step, errno), (failure.Step, failure.Errno));
        Assert.StartsWith("memory ", failure.Detail, System.StringComparison.Ordinal);
    }
}

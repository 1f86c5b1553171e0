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
    private static readonly CgroupSpec s_some = new() { Memory = 1 << 30, Cpus = 1.5, Processes = 100, IOWeight = 200 };
    private readonly List<string> _announced = [];

    [Fact]
    public void Root_gets_it_beside_its_own_whose_processes_are_in_the_way()
    {
        var files = new FakeCgroups(Root, "cpu io memory pids");
        string slice = files.Add(Root + "/user.slice", "cpu io memory pids");
        string own = files.Add(slice + "/session-1.scope", "cpu io memory pids", processes: "1\n77\n");

        SessionCgroup? cgroup = Create(files, own, s_some);

        string made = slice + "/nsmodule-" + Id;
        Assert.Equal([made], cgroup!.Directories);
        Assert.Contains(made, _announced);
        Assert.Equal("1073741824", files.Files[made + "/memory.max"]);
        Assert.Equal("0", files.Files[made + "/memory.swap.max"]);
        Assert.Equal("150000 100000", files.Files[made + "/cpu.max"]);
        Assert.Equal("100", files.Files[made + "/pids.max"]);
        Assert.Equal("default 200", files.Files[made + "/io.weight"]);
        Assert.Equal(s_some with { IOWeight = null }, cgroup.Limits());
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
        Assert.Equal(
            (LaunchStep.CgroupController, ENOENT, "cpuset /sys/fs/cgroup"),
            Assert.Throws<CgroupException>(() => Create(new FakeCgroups(Root, "cpu"), Root, new() { Processors = "0" })).Failure is var f
                ? (f.Step, f.Errno, f.Detail)
                : default);
    }

    [Fact]
    public void One_that_was_chosen_is_made_where_it_is_wherever_the_caller_is()
    {
        var files = new FakeCgroups(Root, "memory pids");
        string own = files.Add(Root + "/own", "memory pids", processes: "77\n");

        Assert.Equal([Root + "/a/b/c"], Create(files, own, new() { Processes = 10 }, chosen: "/a/b/c")!.Directories);
        Assert.Equal("10", files.Files[Root + "/a/b/c/pids.max"]);
        Assert.Equal([Root + "/a/b/c"], _announced);

        // One that is there and empty will do; one that others are in will not, and is none of the session's.
        Assert.Equal([Root + "/a/b/c"], Create(files, own, CgroupSpec.None, chosen: "/a/b/c")!.Directories);
        _announced.Clear();
        Assert.Equal(0, files.Write(Root + "/a/b/c/cgroup.procs", "99"));
        Assert.Equal(
            (LaunchStep.CgroupCreate, EEXIST),
            Assert.Throws<CgroupException>(() => Create(files, own, CgroupSpec.None, chosen: "/a/b/c")).Failure is var f
                ? (f.Step, f.Errno)
                : default);
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

        LaunchFailure failure = Assert.Throws<CgroupException>(
            () => Create(files, own, controller == "cpu" ? new() { Cpus = 1 } : new() { Processes = 10 })).Failure;

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
    public void Without_version_2_nothing_has_the_controller()
    {
        CgroupException error = Assert.Throws<CgroupException>(
            () => new CgroupCreation(new FakeCgroups(Root, ""), [], [Self]).Create(Id, s_some, _announced.Add));
        Assert.Equal(LaunchStep.CgroupController, error.Failure.Step);
    }

    [Fact]
    public void For_a_namespace_alone_it_is_made_where_it_may_be()
    {
        var files = new FakeCgroups(Root, "memory");
        string own = files.Add(Root + "/a", "memory", processes: "1\n77\n");
        string closed = files.Add(Root + "/b", "memory", writable: false);

        Assert.Equal([own + "/nsmodule-" + Id], Create(files, own, CgroupSpec.None)!.Directories);
        Assert.Null(Create(files, closed, CgroupSpec.None));
    }

    /// <summary>
    /// As it is where a user has logged in over ssh, or at a desktop (then the shell is among the units of the user's systemd).
    /// </summary>
    [Theory]
    [InlineData("session-3.scope")]
    [InlineData("user@1000.service/app.slice/vte-1.scope")]
    public void Systemd_is_asked_for_a_scope_in_which_the_supervisor_makes_room_for_it(string shell)
    {
        (FakeCgroups files, FakeScopes scopes) = LoggedIn(shell, "cpu memory pids");

        SessionCgroup cgroup = Create(files, files.Root + "/user.slice/user-1000.slice/" + shell, new() { Memory = 1 << 26 }, scopes)!;
        cgroup.Enter(Self);

        string scope = scopes.Manager + $"/app.slice/nsmodule-{Id}.scope";
        Assert.Equal([(Id, "77")], scopes.Moved);
        Assert.Equal([$"{scope}/nsmodule-{Id}"], cgroup.Directories);
        Assert.Equal("77\n", files.Files[$"{scope}/nsmodule-{Id}/cgroup.procs"]);
        Assert.Equal("67108864", files.Files[$"{scope}/nsmodule-{Id}/memory.max"]);
        Assert.Equal("memory cpu pids", files.Files[scope + "/cgroup.subtree_control"]);
    }

    [Fact]
    public void What_the_session_has_already_goes_along_and_leaves_the_scope_itself_empty()
    {
        (FakeCgroups files, FakeScopes scopes) = LoggedIn("session-3.scope", "memory pids");
        string own = files.Root + "/user.slice/user-1000.slice/session-3.scope";

        SessionCgroup cgroup = new CgroupCreation(files, [new CgroupHierarchy(2, [], Root, own)], [Self, 101, 102], scopes).Create(
            Id,
            new() { Processes = 10 },
            _announced.Add)!;
        cgroup.Enter(101);
        cgroup.Enter(102);

        string scope = scopes.Manager + $"/app.slice/nsmodule-{Id}.scope";
        Assert.Equal([(Id, "77 101 102")], scopes.Moved);
        Assert.Empty(files.Files[scope + "/cgroup.procs"]);
        Assert.Equal("77\n", files.Files[scope + "/supervisor/cgroup.procs"]);
        Assert.Equal("101\n102\n", files.Files[$"{scope}/nsmodule-{Id}/cgroup.procs"]);
    }

    [Fact]
    public void A_controller_that_the_user_s_systemd_does_not_have_is_missing_in_its_scope()
    {
        (FakeCgroups files, FakeScopes scopes) = LoggedIn("session-3.scope", "memory pids");

        LaunchFailure failure = Assert.Throws<CgroupException>(
            () => Create(files, files.Root + "/user.slice/user-1000.slice/session-3.scope", new() { IOWeight = 10 }, scopes)).Failure;

        Assert.Equal(
            (LaunchStep.CgroupController, ENOENT, $"io {scopes.Manager}/app.slice/nsmodule-{Id}.scope"),
            (failure.Step, failure.Errno, failure.Detail));
    }

    [Fact]
    public void Systemd_is_not_asked_where_the_caller_has_room_or_asks_for_nothing_or_is_in_a_session_or_the_controller_is_in_version_1()
    {
        (FakeCgroups files, FakeScopes scopes) = LoggedIn("session-3.scope", "memory pids");
        string delegated = files.Add(scopes.Manager + "/mine.service", "memory pids");
        string shell = files.Add(delegated + "/shell", "memory pids", processes: "1\n77\n");
        string inside = files.Add(scopes.Manager + "/nsmodule-aaaaaaaaaaaa", "memory pids", processes: "1\n77\n");
        string version1 = files.AddVersion1("/sys/fs/cgroup/pids", "pids", writable: false);

        Assert.Equal([delegated + "/nsmodule-" + Id], Create(files, shell, new() { Processes = 10 }, scopes)!.Directories);
        Assert.Null(Create(files, files.Root + "/user.slice/user-1000.slice/session-3.scope", CgroupSpec.None, scopes));
        Assert.Throws<CgroupException>(() => Create(files, inside, new() { Processes = 10 }, scopes));
        Assert.Throws<CgroupException>(() => new CgroupCreation(
            files,
            [
                new CgroupHierarchy(2, [], Root, files.Root + "/user.slice/user-1000.slice/session-3.scope"),
                new CgroupHierarchy(1, ["pids"], version1, version1),
            ],
            [Self],
            scopes).Create(Id, new() { Processes = 10 }, _announced.Add));
        Assert.Empty(scopes.Moved);
    }

    [Fact]
    public void A_socket_with_no_systemd_behind_it_changes_nothing()
    {
        (FakeCgroups files, FakeScopes scopes) = LoggedIn("user@1000.service/app.slice/vte-1.scope", "memory");
        scopes.IsThere = false;

        Assert.Equal(
            [scopes.Manager + "/app.slice/nsmodule-" + Id],
            Create(files, scopes.Manager + "/app.slice/vte-1.scope", new() { Memory = 1 << 26 }, scopes)!.Directories);
    }

    /// <summary>A user's part of the cgroups, as systemd makes it; all from user@1000.service on is the user's.</summary>
    private static (FakeCgroups Files, FakeScopes Scopes) LoggedIn(string shell, string controllers)
    {
        var files = new FakeCgroups(Root, "cpu io memory pids", writable: false);
        string slice = files.Add(
            files.Add(Root + "/user.slice", "cpu memory pids", writable: false) + "/user-1000.slice",
            "cpu memory pids",
            writable: false);
        string manager = files.Add(slice + "/user@1000.service", controllers, enabled: controllers);
        _ = files.Add(manager + "/app.slice", controllers, enabled: controllers);
        _ = files.Add(
            $"{slice}/{shell}",
            controllers,
            writable: shell.StartsWith("user@", System.StringComparison.Ordinal),
            processes: "1\n77\n");
        return (files, new FakeScopes(files, manager[Root.Length..]));
    }

    private SessionCgroup? Create(FakeCgroups files, string own, CgroupSpec limits, CgroupScopes? scopes = null, string chosen = "") =>
        new CgroupCreation(files, [new CgroupHierarchy(2, [], Root, own)], [Self], scopes, chosen).Create(Id, limits, _announced.Add);

    private void AssertFails(FakeCgroups files, string own, LaunchStep step, int errno)
    {
        LaunchFailure failure = Assert.Throws<CgroupException>(() => Create(files, own, new() { Memory = 1 << 20 })).Failure;
        Assert.Equal((step, errno), (failure.Step, failure.Errno));
        Assert.StartsWith("memory ", failure.Detail, System.StringComparison.Ordinal);
    }
}

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using NsModule.Launching;
using NsModule.Sessions;
using NsModule.Specs;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Launching;

/// <summary>The whole launch path without a process: what the spawner is asked for.</summary>
public sealed class LauncherTests
{
    [Fact]
    public void The_spawner_receives_flags_maps_argv_and_environment()
    {
        var options = new LaunchOptions
        {
            FilePath = "/bin/sh",
            Arguments = ["-c", "echo \"$1\"; exit 7", "name with spaces", ""],
            Name = "unit",
            Hostname = "demo",
            Namespaces = NsNamespaceKind.Pid | NsNamespaceKind.Mount | NsNamespaceKind.Uts | NsNamespaceKind.Net,
            WorkingDirectory = "/usr",
            ClearEnvironment = true,
            Environment = new Dictionary<string, string?> { ["HOME"] = null, ["PATH"] = "/bin", ["LANG"] = "C.UTF-8" },
        };
        var spawner = new FakeSpawner();
        using LaunchedSession launched = Launcher.Create(spawner, _ => { })(
            options.ToSpec(1000, 1001),
            TestContext.Current.CancellationToken);

        LaunchSpec spec = Assert.Single(spawner.Spawned);

        // CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWUSER of sched.h.
        Assert.Equal(0x20000000 | 0x00020000 | 0x04000000 | 0x40000000 | 0x10000000, (long)spec.Namespaces);
        Assert.Equal(["0:1000:1"], spec.UidMap.Select(m => m.ToString()));
        Assert.Equal(["0:1001:1"], spec.GidMap.Select(m => m.ToString()));
        Assert.True(spec.DenySetgroups);
        Assert.Equal("/bin/sh", spec.FilePath);
        Assert.Equal(["-c", "echo \"$1\"; exit 7", "name with spaces", ""], spec.Arguments);
        Assert.Equal(["LANG=C.UTF-8", "PATH=/bin"], spec.Environment);
        Assert.Equal(("unit", "demo", "/usr"), (spec.Name, spec.Hostname, spec.WorkingDirectory));
        Assert.Equal(spec.Id, launched.Session.Id);
    }

    [Fact]
    public void A_spec_that_cannot_work_never_reaches_the_spawner()
    {
        var spawner = new FakeSpawner();
        var log = new List<string>();
        LaunchSpec spec = new() { Id = "0123456789ab", Name = "n", WorkingDirectory = "/nonexistent" };

        Errors.Thrown(
            NsErrorId.WorkingDirectoryNotFound,
            NsErrorKind.NotFound,
            () => Launcher.Create(spawner, log.Add)(spec, TestContext.Current.CancellationToken));
        Assert.Empty(spawner.Spawned);
        Assert.Empty(log);
    }

    [Fact]
    public void A_cancelled_launch_is_undone_through_the_whole_chain()
    {
        using var cancelled = new CancellationTokenSource();
        var spawner = new FakeSpawner { During = _ => cancelled.Cancel() };

        Assert.Throws<OperationCanceledException>(
            () => Launcher.Create(spawner, _ => { })(new LaunchSpec { Id = "0123456789ab", Name = "n" }, cancelled.Token));
        Assert.Equal(1, spawner.Aborts);
    }
}

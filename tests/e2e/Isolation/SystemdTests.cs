using System;
using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using NsModule.Systemd;
using NsModule.Testing;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Isolation;

/// <summary>An ordinary user's limits where systemd looks after the cgroups: the bus is the test's own, the rest real.</summary>
public sealed class SystemdTests
{
    /// <summary>Version 2 and nothing else, in which an ordinary user may make nothing.</summary>
    private static readonly string[] s_version2 =
        [
            "unshare",
            "--mount",
            "sh",
            "-c",
            "umount -l /sys/fs/cgroup; mount -t tmpfs none /sys/fs/cgroup && mkdir /sys/fs/cgroup/unified && mount -t cgroup2 none"
                + " /sys/fs/cgroup/unified && exec \"$@\"",
            "sh",
        ];

    private const string Launch =
        "try { $null = Start-NsProcess -Name NAME -ProcessLimit 50 sleep 1000 } catch { \"$($_.FullyQualifiedErrorId): $_\" };"
            + " \"sessions: $(@(Get-NsProcess).Count).\"";

    [Fact]
    public void The_supervisor_asks_for_a_scope_for_itself_and_a_refusal_leaves_nothing()
    {
        Assert.SkipUnless(geteuid() == 0, "Another layout takes root.");
        using var workspace = new Workspace(Person.OrdinaryUser);
        using var bus = new FakeBus(workspace.RuntimeDirectory, workspace.Uid) { Error = "Not today." };
        using PwshTerminal pwsh = PwshTerminal.RunUnder(workspace, s_version2, Launch);

        _ = pwsh.Terminal.Expect(NsErrorId.CgroupScopeFailed + ",");
        _ = pwsh.Terminal.Expect("Not today.");
        _ = pwsh.Terminal.Expect("sessions: 0.");
        Assert.Equal(0, pwsh.Terminal.WaitForExit());
        DBusMessage call = bus.Calls.Single(c => c.Member == "StartTransientUnit");
        Assert.Equal([workspace.Uid], bus.Peers.Distinct());
        string name = new DBusReader(call.Body).String();
        Assert.Equal(
            [],
            Directory.EnumerateFileSystemEntries(workspace.StorePath)
                .Where(e => name.Contains(Path.GetFileName(e), StringComparison.Ordinal)));
    }

    [Fact]
    public void Without_systemd_on_the_bus_it_is_as_without_a_bus()
    {
        Assert.SkipUnless(geteuid() == 0, "Another layout takes root.");
        using var workspace = new Workspace(Person.OrdinaryUser);
        using var bus = new FakeBus(workspace.RuntimeDirectory, workspace.Uid) { HasSystemd = false };
        using PwshTerminal pwsh = PwshTerminal.RunUnder(workspace, s_version2, Launch);

        _ = pwsh.Terminal.Expect("Cgroup");
        Assert.DoesNotContain("Scope", pwsh.Terminal.Expect("sessions: 0."), StringComparison.Ordinal);
        Assert.Equal(0, pwsh.Terminal.WaitForExit());
        Assert.Contains(bus.Calls, c => c.Member == "Subscribe");
    }

    [Fact]
    public void Without_limits_nobody_is_asked()
    {
        using var workspace = new Workspace(Person.OrdinaryUser);
        using var bus = new FakeBus(workspace.RuntimeDirectory, workspace.Uid);
        using PwshTerminal pwsh = PwshTerminal.Run(workspace, "(Start-NsProcess -Name NAME true -Wait).ExitCode");

        _ = pwsh.Terminal.Expect("0\r\n");
        Assert.Equal(0, pwsh.Terminal.WaitForExit());
        Assert.Empty(bus.Calls);
    }

    [Fact]
    public void Another_user_who_listens_is_not_it()
    {
        Assert.SkipUnless(geteuid() == 0, "Listening as somebody else takes root.");
        using var workspace = new Workspace(Person.OrdinaryUser);
        using var bus = new FakeBus(workspace.RuntimeDirectory, workspace.Uid) { AcceptsAnybody = true };

        Assert.Null(UserManager.TryOpen([bus.Socket]));
        Assert.Empty(bus.Calls);
    }
}

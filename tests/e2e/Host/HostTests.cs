using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using NsModule.EndToEndTests.Harness;
using NsModule.Host;
using NsModule.Testing;
using Xunit;

namespace NsModule.EndToEndTests.Host;

/// <summary>What Test-NsHost says is what launching does.</summary>
public sealed class HostTests
{
    [Fact]
    public void The_program_tries_everything_that_is_judged() =>
        Assert.Equal(ProbeAttempts.Names.Order(), HostProbe.Gather(CancellationToken.None).Attempts.Keys.Order());

    [Theory, ForEachPerson]
    public void A_machine_where_sessions_start_supports_their_namespaces(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            "$null = Start-NsProcess -Name NAME -Namespace Pid,Mount,Uts,Ipc,User,Net,Cgroup,Time -Wait true;"
                + " Test-NsHost *Namespace,IdMap,ProcInUserNamespace,PseudoTerminal -Quiet");

        _ = pwsh.Terminal.Expect("True\r\n");
        Assert.Equal(0, pwsh.Terminal.WaitForExit());
    }

    [Fact]
    public void A_covered_proc_is_found_out()
    {
        Assert.SkipUnless(Tmds.Linux.LibC.geteuid() == 0, "Covering takes root.");
        using PwshTerminal pwsh = PwshTerminal.RunUnder(
            Person.Root,
            ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /proc/sys && exec \"$@\"", "sh"],
            "Test-NsHost ProcInUserNamespace | ForEach-Object { $_.Supported; $_.Reason }");

        _ = pwsh.Terminal.Expect("False\r\n");
        Assert.Contains("covered", pwsh.Terminal.Expect("\r\n"), StringComparison.Ordinal);
    }

    /// <summary>
    /// Cgroups as there are on machines; those of version 1 that a person gets are the wrapper's own, and gone at the end.
    /// </summary>
    private static readonly Dictionary<string, string> s_layouts = new()
    {
        ["as they are"] = "exec \"$@\"",
        ["none"] = "umount -l /sys/fs/cgroup; exec \"$@\"",
        ["version 2 alone"] = "umount -l /sys/fs/cgroup; mount -t tmpfs none /sys/fs/cgroup && mkdir /sys/fs/cgroup/unified && mount -t"
            + " cgroup2 none /sys/fs/cgroup/unified && exec \"$@\"",
        ["read-only"] = "for m in /sys/fs/cgroup /sys/fs/cgroup/*; do mountpoint -q $m && mount -o remount,bind,ro $m; done; exec \"$@\"",
        ["delegated"] = "for c in memory cpu pids; do [ -e /sys/fs/cgroup/$c/tasks ] || continue; d=/sys/fs/cgroup/$c/test-$$; mkdir $d;"
            + " chown OWNER $d $d/*; echo $$ > $d/cgroup.procs; done; "
            + "\"$@\"; status=$?; for d in /sys/fs/cgroup/*/test-$$; do [ -d $d ] || continue; echo $$ > ${d%/*}/cgroup.procs; rmdir $d;"
            + " done; exit $status",
    };

    private const string Compare =
        """
        $limits = @{
            CgroupMemory = @{ MemoryLimit = '64MB' }; CgroupCpu = @{ CpuLimit = 0.5 }
            CgroupPids = @{ ProcessLimit = 50 }; CgroupIO = @{ IOWeight = 200 }
        }
        foreach ($said in Test-NsHost CgroupMemory,CgroupCpu,CgroupPids,CgroupIO) {
            $limit = $limits[$said.Name]
            $why = ''
            try {
                $null = Start-NsProcess -Name NAME @limit -Wait true -ErrorAction Stop
                $works = $true
            } catch {
                $works = $false
                $why = "$_"
            }
            if ($works -ne $said.Supported -or -not ($works -or $why.StartsWith(($said.Reason -split 'nsmodule-')[0]))) {
                "differs: $($said.Name) $($said.Supported) $($said.Reason) - $works $why"
            }
        }
        "supported: $((Test-NsHost Cgroup*,IdMapped* | Where-Object Supported).Name -join ',')."
        """;

    [Theory]
    [ForEachPerson("as they are")]
    [ForEachPerson("none")]
    [ForEachPerson("version 2 alone")]
    [ForEachPerson("read-only")]
    [ForEachPerson("delegated")]
    public void Of_each_controller_is_said_what_a_launch_does(Person person, string layout)
    {
        Assert.SkipUnless(Tmds.Linux.LibC.geteuid() == 0, "Another layout takes root.");
        string script = s_layouts[layout].Replace(
            "OWNER",
            person == Person.Root ? "0" : Workspace.OrdinaryId.ToString(CultureInfo.InvariantCulture),
            StringComparison.Ordinal);
        using PwshTerminal pwsh = PwshTerminal.RunUnder(person, ["unshare", "--mount", "sh", "-c", script, "sh"], Compare);

        string said = pwsh.Terminal.Expect("supported: ") + pwsh.Terminal.Expect(".");
        Assert.Equal(0, pwsh.Terminal.WaitForExit());
        Assert.DoesNotContain("differs", said, StringComparison.Ordinal);
        if (layout == "none")
        {
            Assert.DoesNotContain("CgroupPids", said, StringComparison.Ordinal);
        }
        else if (layout == "delegated" && System.IO.File.Exists("/sys/fs/cgroup/pids/tasks"))
        {
            Assert.Contains("CgroupPids", said, StringComparison.Ordinal);
        }
    }

    [Theory, ForEachPerson]
    public void Ids_of_mounts_are_tried_without_a_trace(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            "$before = [IO.File]::ReadAllText('/proc/self/mountinfo'); Test-NsHost IdMapped* | ForEach-Object { \"$($_.Name)"
                + " $($_.Supported)\" }; $before -eq [IO.File]::ReadAllText('/proc/self/mountinfo')");

        _ = pwsh.Terminal.Expect($"IdMappedMount {person == Person.Root}\r\nIdMappedMountInUserNamespace True\r\nTrue\r\n");
        Assert.Equal(0, pwsh.Terminal.WaitForExit());
    }
}

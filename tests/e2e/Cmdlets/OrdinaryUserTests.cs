using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Cmdlets;

/// <summary>Launches of an ordinary user, in pwsh.</summary>
public sealed class OrdinaryUserTests(PwshScript pwsh) : IClassFixture<PwshScript>
{
    [Fact]
    public void An_ordinary_user_is_root_inside_and_may_not_set_groups()
    {
        string[] lines = pwsh.Run(
            """
            $file = "$env:HOME/output"
            $script = 'echo $(id -u) $(id -g) $(uname -n) $(cat /proc/self/setgroups) > $0'
            $s = Start-NsProcess /bin/sh '-c' $script $file -Hostname demo -Wait
            say $s.ExitCode "$($s.UidMap)" "$($s.GidMap)" $s.State
            say ([System.IO.File]::ReadAllText($file).Trim())
            $s | Remove-NsProcess
            say (left)
            """);
        Assert.Equal(["0 0:1000:1 0:1000:1 Exited", "0 0 demo deny", "0"], lines);
    }

    [Fact]
    public void A_map_that_the_user_may_not_write_is_refused_and_nothing_is_left() => Assert.Equal(
        ["IdMapNotPermitted PermissionDenied", "IdMapNotPermitted PermissionDenied", "IdMapNotPermitted PermissionDenied", "0"],
        pwsh.Run(
            """
            say (failure { Start-NsProcess /bin/true -UidMap 0:0:1 })
            say (failure { Start-NsProcess /bin/true -GidMap 0:0:1 })
            say (failure { Start-NsProcess /bin/true -UidMap 0:1000:1, 1:100000:10 })
            say (left)
            """));

    [Fact]
    public void Where_user_namespaces_are_disabled_the_setting_is_named() => Assert.Equal(
        ["NamespaceForbidden PermissionDenied", "True", "0"],
        pwsh.RunInUserNamespace(
            """
            say (failure { Start-NsProcess /bin/true -Namespace User })
            try { Start-NsProcess /bin/true -Namespace User } catch { say ("$_".Contains('user.max_user_namespaces = 0')) }
            say (left)
            """,
            "echo 0 > /proc/sys/user/max_user_namespaces"));

    [Fact]
    public void Root_of_a_user_namespace_is_no_root_for_the_state_directory() => Assert.Equal(
        ["0 True"],
        pwsh.RunInUserNamespace(
            """
            $s = Start-NsProcess /bin/true -Wait
            say $s.ExitCode ([System.IO.Directory]::Exists("$env:XDG_RUNTIME_DIR/nsmodule/$($s.Id)"))
            $s | Remove-NsProcess
            """,
            "true"));

    [Fact]
    public void A_state_directory_of_somebody_else_is_refused_by_every_cmdlet() => Assert.Equal(
        ["StateDirectoryNotOwned SecurityError", "StateDirectoryNotOwned SecurityError", "StateDirectoryNotOwned SecurityError"],
        pwsh.Run(
            """
            $env:XDG_RUNTIME_DIR = "$env:XDG_RUNTIME_DIR/other"
            [Environment]::SetEnvironmentVariable('XDG_RUNTIME_DIR', $env:XDG_RUNTIME_DIR)
            say (failure { Start-NsProcess /bin/true })
            say (failure { Get-NsProcess })
            say (failure { Stop-NsProcess x })
            """,
            "mkdir -p \"$XDG_RUNTIME_DIR/other/nsmodule\"; chmod 0755 \"$XDG_RUNTIME_DIR/other\"; exec \"$@\""));

    [Fact]
    public void A_runtime_directory_that_is_not_there_is_explained() => Assert.Equal(
        ["StateDirectoryUnusable WriteError"],
        pwsh.Run(
            """
            [Environment]::SetEnvironmentVariable('XDG_RUNTIME_DIR', '/nonexistent')
            say (failure { Start-NsProcess /bin/true })
            """));

    [Fact]
    public void A_full_disk_under_the_state_directory_is_named_and_nothing_is_left() => Assert.Equal(
        ["StateDirectoryFull WriteError", "0", "Exited 5", "0"],
        pwsh.Run(
            """
            $ballast = [System.IO.File]::OpenWrite("$env:XDG_RUNTIME_DIR/ballast")
            function fill {
                $block = [byte[]]::new(4096)
                try { while ($true) { $ballast.Write($block, 0, 4096); $ballast.Flush() } } catch { }
            }
            fill
            say (failure { Start-NsProcess /bin/true })
            say (left)
            $ballast.SetLength(0)
            $s = Start-NsProcess /bin/sh '-c' 'read line; exit 5'
            fill
            $ballast.Dispose()
            Stop-NsProcess $s -Signal INT -GracePeriodSec 60
            say $s.State 5
            [System.IO.File]::Delete("$env:XDG_RUNTIME_DIR/ballast")
            $s | Remove-NsProcess
            say (left)
            """,
            "exec unshare -m sh -e -c 'mount -t tmpfs -o size=64k,mode=0700,uid=1000,gid=1000 none \"$XDG_RUNTIME_DIR\";"
                + " exec \"$@\"' sh \"$@\""));

    [Fact]
    public void Without_a_pseudo_terminal_left_the_limit_is_named() => Assert.Equal(
        ["NoPseudoTerminal ResourceUnavailable", "0"],
        pwsh.Run(
            """
            say (failure { Start-NsProcess /bin/true })
            say (left)
            """,
            "exec unshare -m sh -e -c 'mount -t devpts -o newinstance,max=1,ptmxmode=0666 none /dev/pts;"
                + " mount --bind /dev/pts/ptmx /dev/ptmx; exec 9<>/dev/ptmx; exec \"$@\"' sh \"$@\""));

    [Fact]
    public void However_few_descriptors_are_left_a_launch_succeeds_or_says_so()
    {
        string[] lines = pwsh.Run(
            """
            $first = Start-NsProcess /bin/true -Wait; $first | Remove-NsProcess
            $null = failure { Start-NsProcess /nonexistent }
            $open = [System.Collections.Generic.List[System.IO.FileStream]]::new()
            function exhaust { try { while ($true) { $open.Add([System.IO.FileStream]::new('/dev/null', 'Open', 'Read')) } } catch { } }
            $results = [System.Collections.Generic.List[string]]::new()
            exhaust
            for ($free = 0; $free -lt 30; $free++) {
                $result = failure { $s = Start-NsProcess /bin/true; Wait-NsProcess $s; Remove-NsProcess $s }
                $results.Add($result)
                $open[$open.Count - 1].Dispose(); $open.RemoveAt($open.Count - 1)
            }
            foreach ($s in $open) { $s.Dispose() }
            foreach ($result in $results) { say $result }
            say (left)
            """,
            "ulimit -n 256; exec \"$@\"");
        string[] results = lines[..^1];
        Assert.Equal("NoFileDescriptor ResourceUnavailable", results[0]);
        Assert.Equal("no error", results[^1]);
        Assert.All(results, result => Assert.Contains(result, (string[])["NoFileDescriptor ResourceUnavailable", "no error"]));
        Assert.Equal("0", lines[^1]);
    }

    [Fact]
    public void The_table_view_has_the_columns_of_a_process_list()
    {
        string[] lines = pwsh.Run("$s = Start-NsProcess /bin/sleep 1000 -Name table -Hostname demo; try { Get-NsProcess table |"
            + " Out-String -Stream -Width 120 | ForEach-Object { say $_ }; say $s.Id } finally { Remove-NsProcess $s -Force }");
        string header = lines.First(l => l.Contains("State"));
        Assert.Equal(["Id", "Name", "State", "Age", "Ports", "Command"], Words(header));
        string[] row = Words(lines[^2]);
        Assert.Equal([lines[^1], "table@demo", "Running"], row[..3]);
        Assert.Equal(["sleep", "1000"], row[^2..]);
        Assert.DoesNotContain(lines, l => l.Length > 120);
    }

    private static string[] Words(string line) => line.Split(' ', System.StringSplitOptions.RemoveEmptyEntries);
}

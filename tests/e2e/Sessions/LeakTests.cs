using System;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>Many sessions, many at once, and nothing of them stays.</summary>
public sealed class LeakTests
{
    /// <summary>A world where all processes, PTYs, mounts and files are the test's own, so that each one can be counted.</summary>
    private const string World =
        """
        mount --make-rprivate / && mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts /dev/pts &&
        mount --bind /dev/pts/ptmx /dev/ptmx && mount -t tmpfs -o mode=0755 tmpfs /run || exit 99
        cat /proc/self/mountinfo > mounts
        "$@"; status=$?
        echo "[terminals $(ls /dev/pts)]"
        echo "[mounts $(diff mounts /proc/self/mountinfo)]"
        echo "[files $(find /run "$XDG_RUNTIME_DIR" -mindepth 1 ! -name nsmodule ! -name names ! -name ended ! -name scanned)]"
        echo "[processes $(ps -e -o stat=,args= | grep -v '^Z')]"
        exit $status
        """;

    [Theory, ForEachPerson]
    public void Two_hundred_starts_and_stops_ten_at_a_time_leave_nothing_behind(Person person)
    {
        Assert.SkipUnless(Tmds.Linux.LibC.geteuid() == 0, "Only root can make a world of its own for each person.");

        // .NET keeps the assemblies that it loads open, and loads some late.
        string cycles = $$"""
            function Cycle([int] $count) {
                1..$count | ForEach-Object -ThrottleLimit 10 -Parallel {
                    Import-Module {{Product.Module}}
                    Start-NsProcess -Hostname demo | Stop-NsProcess -PassThru -Confirm:$false | Remove-NsProcess -Confirm:$false
                }
            }
            function Descriptors {
                [GC]::Collect(); [GC]::WaitForPendingFinalizers(); [GC]::Collect()
                @([IO.Directory]::GetFileSystemEntries('/proc/self/fd') |
                    Where-Object { [IO.FileInfo]::new($_).LinkTarget -notlike '*.dll' }).Count
            }
            Cycle 20
            $before = Descriptors
            Cycle 200
            $more = (Descriptors) - $before
            "[descriptors $more]"
            "[sessions $(@(Get-NsProcess).Count)]"
            "[errors $($Error.Count) $Error]"
            """;
        using PwshTerminal pwsh = PwshTerminal.RunUnder(
            person,
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", World, "sh"],
            cycles);

        Assert.Equal("0", Value("descriptors"));
        Assert.Equal("0", Value("sessions"));
        Assert.Equal("0 ", Value("errors"));
        Assert.Equal("ptmx", Value("terminals"));
        Assert.Equal("", Value("mounts"));
        Assert.Equal("", Value("files"));
        string[] processes = Value("processes").Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.DoesNotContain(
            processes,
            p => p.Contains("ns-agent", StringComparison.Ordinal) || p.Contains("bash", StringComparison.Ordinal));
        pwsh.Terminal.ExpectExit(0);

        string Value(string name)
        {
            _ = pwsh.Terminal.Expect($"[{name} ");
            return pwsh.Terminal.Expect("]\r\n");
        }
    }
}

using System;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>Output that is no longer there is missed by nobody without being told.</summary>
public sealed class OutputLossTests
{
    private const int Lines = 300_000;

    /// <summary>All lines that are there, and how many the one warning says are not.</summary>
    [Theory]
    [ForEachPerson("sleep 1000", "")]
    [ForEachPerson("true", "$null = Wait-NsProcess NAME; ")]
    public void Who_reads_less_than_all_is_told_how_much_is_missing(Person person, string then, string before)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            $"$null = Start-NsProcess -Name NAME sh -ArgumentList '-c', 'seq 1 {Lines}; echo all-written; {then}'; $null = "
                + $"Wait-NsOutput NAME -Pattern all-written -TimeoutSec 60; {before}"
                + "$lines = Receive-NsOutput NAME -WarningVariable w -WarningAction SilentlyContinue; \"[$(@($lines).Count)] "
                + "[$(@($w).Count)] $w\"; "
                + "$text = Receive-NsOutput NAME -Raw -WarningVariable x -WarningAction SilentlyContinue; \"[$($text.Length)] "
                + "[$(@($x).Count)] $x\"; "
                + "$null = Receive-NsOutput NAME -Tail 10 -WarningVariable y -WarningAction SilentlyContinue; \"[$(@($y).Count)]\"");

        pwsh.Terminal.ExpectExit(0);
        Match match = Regex.Match(
            pwsh.Terminal.OutputText.Replace("\r\n", "", StringComparison.Ordinal),
            "^\\[(?<lines>\\d+)\\] \\[1\\] .*the first (?<bytes>\\d+) bytes \\((?<missing>\\d+) lines\\).*\\[(?<length>\\d+)\\] "
                + "\\[1\\] .*bytes.*\\[0\\]$");
        Assert.True(match.Success, pwsh.Terminal.OutputText);
        Assert.Equal(Lines + 1, Number("lines") + Number("missing"));

        // The terminal ends each line with CR LF.
        long all = Enumerable.Range(1, Lines).Sum(n => n.ToString(CultureInfo.InvariantCulture).Length + 2L) + "all-written\r\n".Length;
        Assert.Equal(all, Number("length") + Number("bytes"));

        long Number(string name) => long.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture);
    }

    [Theory, ForEachPerson]
    public void A_session_that_ends_on_a_full_disk_says_what_of_its_output_is_gone(Person person)
    {
        Assert.SkipUnless(geteuid() == 0, "Only root can mount.");
        using var workspace = new Workspace(person);
        string place = person == Person.Root ? "/run" : workspace.RuntimeDirectory;
        using PwshTerminal pwsh = PwshTerminal.RunUnder(
            workspace,
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", $"mount -t tmpfs -o "
                + $"size=2m,mode=0755,uid={workspace.Uid} tmpfs {place} && exec \"$@\"", "sh"],
            "$s = Start-NsProcess -Name NAME sh -ArgumentList '-c', 'seq 1 100000; echo all-written; read -r _; exit 7'; $null = "
                + "Wait-NsOutput NAME -Pattern all-written -TimeoutSec 60; "
                + $"\"[$($s.OutputError)]\"; $null = sh -c 'dd if=/dev/zero of={place}/ballast bs=4096 2>/dev/null; true'; "
                + $"Send-NsInput NAME -Line; $w = Wait-NsProcess NAME -WarningVariable a -WarningAction SilentlyContinue; "
                + "\"[$($w.State) $($w.ExitCode)] [$(@($a).Count)]\"; (Get-NsProcess NAME).OutputError; $null = Receive-NsOutput NAME "
                + "-WarningVariable b -WarningAction SilentlyContinue; \"[$(@($b).Count)] $b\"; "
                + "$null = Get-NsScreen NAME -WarningVariable c -WarningAction SilentlyContinue; \"[$(@($c).Count)]\"; "
                + "Remove-NsProcess NAME; \"[$(@(Get-NsProcess).Count)]\"");

        pwsh.Terminal.ExpectExit(0);
        string said = pwsh.Terminal.OutputText.Replace("\r\n", " ", StringComparison.Ordinal);
        Assert.Matches("^\\[\\] \\[Exited 7\\] \\[1\\] all \\d+ bytes .*ENOSPC.* \\[1\\] The output of .* is not complete: all "
            + ".*ENOSPC.* \\[1\\] \\[0\\] $", said);
    }

    /// <summary>Of what does not fit, the end is kept.</summary>
    [Fact]
    public void Where_there_is_room_for_a_part_the_last_part_is_kept()
    {
        Assert.SkipUnless(geteuid() == 0, "Only root can mount.");
        using var workspace = new Workspace(Person.Root);
        using PwshTerminal pwsh = PwshTerminal.RunUnder(
            workspace,
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", "mount -t tmpfs -o "
                + "size=400k,mode=0755 tmpfs /run && exec \"$@\"", "sh"],
            "$null = Start-NsProcess -Name NAME sh -ArgumentList '-c', 'seq 1 100000; echo all-written'; $null = Wait-NsProcess NAME "
                + "-WarningAction SilentlyContinue; "
                + "$lines = Receive-NsOutput NAME -WarningAction SilentlyContinue; \"[$($lines[-1].Text)] [$($lines.Count -gt 1000)] "
                + "$((Get-NsProcess NAME).OutputError)\"; Remove-NsProcess NAME");

        pwsh.Terminal.ExpectExit(0);
        Assert.Matches(
            "^\\[all-written\\] \\[True\\] \\d+ bytes .*ENOSPC",
            pwsh.Terminal.OutputText.Replace("\r\n", "", StringComparison.Ordinal));
    }
}

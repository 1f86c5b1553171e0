using System;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>What is left of sessions that have ended: what somebody asked for, and no more than the policy keeps.</summary>
public sealed class RetentionTests
{
    /// <summary>How many sessions of that name there are records of.</summary>
    private const string Count = "\"[left $(@(Get-NsProcess NAME*).Count)]\"";

    [Theory]
    [ForEachPerson("'exit 0'", "", "[code 0][left 0]")]
    [ForEachPerson("'exit 3'", "", "[code 3][left 0]")]
    [ForEachPerson("'kill -9 $$'", "", "[code 137][left 0]")]
    [ForEachPerson("'exit 3'", "-Keep", "[code 3][left 1]")]
    [ForEachPerson("'exit 3'", "-PassThru", "[code 3][left 1]")]
    [ForEachPerson("'exit 3'", "-PassThru -RemoveOnExit", "[code 3][left 0]")]
    [ForEachPerson("'exit 3'", "-RemoveOnExit", "[code 3][left 0]")]
    [ForEachPerson("'exec sleep 1000'", "-TimeoutSec 0.1", "[code 143][left 1]")]
    public void Of_a_terminal_that_was_left_by_exit_nothing_is_kept(Person person, string script, string parameters, string expected)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            $"$s = Enter-NsTerminal -Name NAME {parameters} sh -ArgumentList '-c', {script} 3>$null; "
            + "if ($s -and $s.ExitCode -ne $LASTEXITCODE) { \"[$($s.State) $($s.ExitCode)]\" }; \"[code $LASTEXITCODE]\"; "
            + Count + "; exit 0");
        pwsh.Terminal.ExpectExit(0);
        Assert.Equal(expected, pwsh.Terminal.OutputText.Replace("\r\n", "", StringComparison.Ordinal));
    }

    [Theory, ForEachPerson]
    public void A_terminal_that_was_detached_from_leaves_its_session(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            "Enter-NsTerminal -Name NAME -DetachKeys ctrl-p sh -ArgumentList '-c', 'stty -echo; echo ready; exec sleep 1000' 6>$null; "
            + Count + "; (Get-NsProcess NAME).State");
        _ = pwsh.Terminal.Expect("ready\r\n");
        pwsh.Terminal.Send("\u0010");
        _ = pwsh.Terminal.Expect("[left 1]\r\nRunning\r\n");
        pwsh.Terminal.ExpectExit(0);
    }

    /// <summary>
    /// The object that launched it knows how it ended when the record is gone, whoever waited; another one knows that it has ended.
    /// </summary>
    [Theory]
    [ForEachPerson("-Wait")]
    [ForEachPerson("")]
    public void A_session_that_is_removed_on_exit_tells_its_exit_code_all_the_same(Person person, string parameters)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            $"$s = Start-NsProcess -Name NAME -RemoveOnExit {parameters} sh -ArgumentList '-c', 'exit 4';"
                + " while (Get-NsProcess NAME*) { }; "
            + "\"[$($s.State) $($s.ExitCode)]\"; "
            + "try { Receive-NsOutput NAME -ErrorAction Stop } catch { \"[$($_.FullyQualifiedErrorId.Split(',')[0])]\" }");
        pwsh.Terminal.ExpectExit(0);
        Assert.Equal("[Exited 4]\r\n[SessionNotFound]\r\n", pwsh.Terminal.OutputText);
    }

    [Theory, ForEachPerson]
    public void Who_has_only_looked_at_it_knows_that_it_has_ended(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal owner = PwshTerminal.Run(
            workspace,
            "$s = Start-NsProcess -Name NAME -RemoveOnExit sh -ArgumentList '-c', 'stty -echo; echo ready; read x';"
                + " Enter-NsTerminal -Session NAME");
        _ = owner.Terminal.Expect("ready\r\n");
        using PwshTerminal other = PwshTerminal.Run(
            workspace,
            $"$s = Get-NsProcess {owner.Name}; \"[$($s.State)]\"; while (Get-NsProcess {owner.Name}*) {{ }}; "
            + "\"[$($s.State) $($s.ExitCode)]\"; $null = Wait-NsProcess $s; \"[waited]\"");
        _ = other.Terminal.Expect("[Running]\r\n");
        owner.Terminal.Send("x\r");
        _ = other.Terminal.Expect("[Exited ]\r\n");
        other.Terminal.ExpectExit(0);
        owner.Terminal.ExpectExit(0);
    }

    [Theory, ForEachPerson]
    public void Beyond_the_number_the_oldest_go_but_for_those_in_a_variable_and_those_that_run(Person person)
    {
        const string Script = """
            $NsRetention = @{ MaximumCount = 100 }
            $run = Start-NsProcess sleep 1000 -Name NAME-run
            $keep = Start-NsProcess true -Name NAME-keep -Wait
            foreach ($i in 1..6) { $null = Start-NsProcess true -Name "NAME-$i" -Wait }
            $job = Start-NsProcess true -Name NAME-job -AsJob -Wait
            foreach ($i in 7..9) { $null = Start-NsProcess true -Name "NAME-$i" -Wait }
            [GC]::Collect(); [GC]::WaitForPendingFinalizers(); [GC]::Collect()
            $NsRetention = @{ MaximumCount = 2 }
            $null = Start-NsProcess true -Name NAME-last -Wait
            '[' + ((Get-NsProcess NAME-*).Name.ForEach{ $_.Split('-')[-1] } -join ' ') + ']'
            $run | Stop-NsProcess -Force
            Remove-Job $job
            Get-NsProcess NAME-* | Remove-NsProcess -Force
            """;
        using PwshTerminal pwsh = RunInOwnStore(person, Script.Replace("\n", "; ", StringComparison.Ordinal));
        pwsh.Terminal.ExpectExit(0);
        Assert.Equal("[run keep job 8 9 last]\r\n", pwsh.Terminal.OutputText);
    }

    [Theory, ForEachPerson]
    public void Many_short_sessions_leave_what_a_few_leave(Person person)
    {
        const string Script = """
            $NsRetention = @{ MaximumCount = 3 }
            foreach ($i in 1..40) { $null = Start-NsProcess true -Name "NAME-$i" -Wait; [GC]::Collect() }
            "[$((Get-NsProcess NAME-*).Count -le 5)]"
            Get-NsProcess NAME-* | Remove-NsProcess
            """;
        using PwshTerminal pwsh = RunInOwnStore(person, Script.Replace("\n", "; ", StringComparison.Ordinal));
        pwsh.Terminal.ExpectExit(0);
        Assert.Equal("[True]\r\n", pwsh.Terminal.OutputText);
    }

    [Theory, ForEachPerson]
    public void A_lost_session_goes_like_any_other(Person person)
    {
        const string Script = """
            $s = Start-NsProcess sleep 1000 -Name NAME-lost
            /bin/kill -9 $s.SupervisorProcessId
            while ($s.State -ne 'Lost') { }
            $s = $null; [GC]::Collect(); [GC]::WaitForPendingFinalizers(); [GC]::Collect()
            $NsRetention = @{ MaximumCount = 0 }
            $null = Start-NsProcess true -Name NAME-next -Wait
            '[' + ((Get-NsProcess NAME-*).Name.ForEach{ $_.Split('-')[-1] } -join ' ') + ']'
            Get-NsProcess NAME-* | Remove-NsProcess
            """;
        using PwshTerminal pwsh = RunInOwnStore(person, Script.Replace("\n", "; ", StringComparison.Ordinal));
        pwsh.Terminal.ExpectExit(0);
        Assert.Equal("[next]\r\n", pwsh.Terminal.OutputText);
    }

    [Theory]
    [ForEachPerson("$NsRetention = 5; Start-NsProcess true -Name NAME", "[InvalidRetention InvalidArgument]")]
    [ForEachPerson("$NsRetention = @{ MaximumCount = -1 }; Enter-NsTerminal true -Name NAME", "[InvalidRetention InvalidArgument]")]
    [ForEachPerson("Enter-NsTerminal true -Name NAME -Keep -RemoveOnExit", "[RetentionConflict InvalidArgument]")]
    public void What_makes_no_sense_starts_nothing(Person person, string line, string expected)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(person,
            $"try {{ {line} }} catch {{ \"[$($_.FullyQualifiedErrorId.Split(',')[0]) $($_.CategoryInfo.Category)]\" }}; {Count}; exit 0");
        pwsh.Terminal.ExpectExit(0);
        Assert.Equal(expected + "\r\n[left 0]\r\n", pwsh.Terminal.OutputText);
    }

    /// <summary>Root's sessions are all in one place: a policy tried there would take those of others.</summary>
    private static PwshTerminal RunInOwnStore(Person person, string script) => person == Person.Root
        ? PwshTerminal.RunUnder(person,
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", "mount -t tmpfs -o mode=0755 tmpfs /run && exec \"$@\"", "sh"],
        script)
        : PwshTerminal.Run(person, script);
}

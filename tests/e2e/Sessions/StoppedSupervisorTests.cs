using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>
/// A supervisor that is stopped (SIGSTOP) answers nobody: everything that asks it says so in time, and its session can be left and ended
/// all the same.
/// </summary>
public sealed class StoppedSupervisorTests
{
    private static readonly string[] s_requests =
    [
        "Receive-NsOutput ID", "Get-NsScreen ID", "Send-NsInput ID -Text typed", "Suspend-NsProcess ID", "Resume-NsProcess ID",
        "Set-NsProcess ID -ProcessLimit 100",
        "Resize-NsTerminal ID -Columns 100 -Rows 30", "Wait-NsOutput ID -Pattern nothing -TimeoutSec 3", "Receive-NsOutput ID -ErrorStream",
        "Wait-NsProcess ID -TimeoutSec 1",
    ];

    [Theory, ForEachPerson]
    public void Every_request_ends_with_the_process_and_what_to_do(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal pwsh = PwshTerminal.Run(workspace, "$null = Start-NsProcess -Name NAME -SeparateError cat");
        Assert.Equal(0, pwsh.Terminal.WaitForExit());
        using ProcessWatch supervisor = Stopped(pwsh);

        // All at once: each takes its time.
        PwshTerminal[] requests = [.. s_requests.Select(r => PwshTerminal.Run(workspace, $"try {{ $ErrorActionPreference = 'Stop'; "
            + $"$null = {r.Replace("ID", pwsh.Record.Id, StringComparison.Ordinal)}; '[done]' }} catch {{ "
            + $"\"[$($_.FullyQualifiedErrorId.Split(',')[0])] $_\" }}"))];
        string[] said = [.. requests.Select(SaidAtEnd)];
        Array.ForEach(requests, r => r.Dispose());

        string remedy = string.Create(CultureInfo.InvariantCulture, $"kill -CONT {pwsh.Record.Supervisor.Pid}");
        Assert.All(said[..^1], s => Assert.StartsWith("[SupervisorNotResponding] ", s, StringComparison.Ordinal));
        Assert.All(said[..^1], s => Assert.Contains(remedy, s.Replace("\r\n", "", StringComparison.Ordinal), StringComparison.Ordinal));
        Assert.StartsWith("[WaitTimeout] ", said[^1], StringComparison.Ordinal);

        supervisor.Signal(SIGCONT);
        using PwshTerminal after = PwshTerminal.Run(workspace, $"Send-NsInput {pwsh.Record.Id} -Text again -Line; (Wait-NsOutput "
            + $"{pwsh.Record.Id} -Pattern again -TimeoutSec 60).Match");
        Assert.Equal("again", SaidAtEnd(after));
    }

    /// <summary>Also where init is stopped, so that the kernel's word of the supervisor's death is nothing to it.</summary>
    [Theory]
    [ForEachPerson("", "Stop-NsProcess ID -GracePeriodSec 1")]
    [ForEachPerson("-Namespace Mount,Uts", "Stop-NsProcess ID -GracePeriodSec 1")]
    [ForEachPerson("-Namespace Uts -NoInit", "Stop-NsProcess ID -Force")]
    [ForEachPerson("-Namespace Mount,Uts", "Remove-NsProcess ID -Force")]
    public void It_is_ended_with_all_that_is_in_it(Person person, string parameters, string stop)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal pwsh = PwshTerminal.Run(workspace, $"$null = Start-NsProcess -Name NAME {parameters} sh -ArgumentList '-c', "
            + $"'setsid sleep 1000 & sleep 1000 & wait'");
        Assert.Equal(0, pwsh.Terminal.WaitForExit());
        string space = ProcessWatch.NamespaceOf(pwsh.Record.CommandPid, "uts")!;
        ProcessWatch[] members = Members(space);
        using ProcessWatch supervisor = Stopped(pwsh);
        using ProcessWatch init = ProcessWatch.Open(pwsh.Record.InitPid);
        init.Signal(SIGSTOP);

        using PwshTerminal stopping = PwshTerminal.Run(
            workspace,
            $"{stop.Replace("ID", pwsh.Record.Id, StringComparison.Ordinal)}; '[done]'");

        Assert.Equal("[done]", SaidAtEnd(stopping));
        supervisor.WaitForEnd();
        foreach (ProcessWatch member in members)
        {
            member.WaitForEnd();
            member.Dispose();
        }
    }

    [Theory]
    [ForEachPerson("\x1d\x1d\x1d", "[left 0]")]
    [ForEachPerson("\x03\x03\x03", "[SupervisorNotResponding]")]
    [ForEachPerson("", "[SupervisorNotResponding]")]
    public void Who_enters_leaves_by_keys_or_is_told(Person person, string keys, string outcome)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal pwsh = PwshTerminal.Run(workspace, "$null = Start-NsProcess -Name NAME cat");
        Assert.Equal(0, pwsh.Terminal.WaitForExit());
        using ProcessWatch supervisor = Stopped(pwsh);

        using PwshTerminal visitor = PwshTerminal.Run(workspace, $"try {{ Enter-NsTerminal -Session {pwsh.Record.Id}; \"[left "
            + $"$([int]$LASTEXITCODE)]\" }} catch {{ \"[$($_.FullyQualifiedErrorId.Split(',')[0])]\" }}");
        AwaitRaw(visitor);
        visitor.Terminal.Send(keys);

        _ = visitor.Terminal.Expect(outcome);
        _ = visitor.Terminal.WaitForExit();
        Assert.True(visitor.Terminal.Pty.Settings.SameAs(visitor.Terminal.Pty.InitialSettings), "The terminal's settings are not what "
            + "they were.");
    }

    /// <summary>What was typed before fills the way to the supervisor.</summary>
    [Theory, ForEachPerson]
    public void Who_is_inside_leaves_by_keys_after_a_long_paste(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person);
        using ProcessWatch supervisor = Stopped(pwsh);
        pwsh.Terminal.Send(new string('x', 500_000));

        pwsh.Terminal.Send("\x1d\x1d\x1d");

        _ = pwsh.Terminal.WaitForExit();
        Assert.Contains("which runs on", pwsh.Terminal.OutputText, StringComparison.Ordinal);
        Assert.True(
            pwsh.Terminal.Pty.Settings.SameAs(pwsh.Terminal.Pty.InitialSettings),
            "The terminal's settings are not what they were.");
    }

    /// <summary>By pidfd: a namespace's number is soon another one's.</summary>
    private static ProcessWatch[] Members(string space)
    {
        IReadOnlyList<int> members;
        var deadline = new Deadline();
        do
        {
            Assert.False(deadline.HasPassed, "The session's processes did not start.");
            members = ProcessWatch.Find(
                pid => ProcessWatch.NamespaceOf(pid, "uts") == space && ProcessWatch.ArgumentsOf(pid)[0] == "sleep");
        }
        while (members.Count < 2);

        return [.. members.Select(ProcessWatch.Open)];
    }

    private static ProcessWatch Stopped(PwshTerminal pwsh)
    {
        ProcessWatch supervisor = ProcessWatch.Open(pwsh.Record.Supervisor.Pid);
        supervisor.Signal(SIGSTOP);
        return supervisor;
    }

    private static void AwaitRaw(PwshTerminal pwsh)
    {
        var deadline = new Deadline();
        while (!pwsh.Terminal.Pty.IsRaw)
        {
            Assert.False(deadline.HasPassed, "The terminal does not become raw.");
        }
    }

    private static string SaidAtEnd(PwshTerminal pwsh)
    {
        _ = pwsh.Terminal.WaitForExit();
        return pwsh.Terminal.OutputText.Trim();
    }
}

using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>Sessions that stand still, and go on as if nothing had been.</summary>
public sealed class SuspendTests
{
    [Theory]
    [ForEachPerson("-Namespace Pid,Mount")]
    [ForEachPerson("-Namespace Mount")]
    [ForEachPerson("-NoInit")]
    public void Everything_in_it_stands_still_and_goes_on(Person person, string parameters)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person, parameters);
        pwsh.Terminal.Send("while :; do (:); done & sh -c 'echo st\"\"art; exec sleep 1000'\r");
        _ = pwsh.Terminal.Expect("start\r\n");

        Do(pwsh, "Suspend-NsProcess");

        Assert.Equal(NsSessionState.Suspended, pwsh.Record.State);
        Assert.All(Processes(pwsh), p => Assert.Contains(StateOf(p), "TZ"));
        Assert.Contains(Processes(pwsh), p => IsStarted(p));

        Do(pwsh, "Resume-NsProcess");

        Assert.Equal(NsSessionState.Running, pwsh.Record.State);
        pwsh.Terminal.Send("\x03");
        _ = pwsh.Terminal.Expect(Workspace.Prompt);

        // The shell has not taken it for ^Z.
        Assert.DoesNotContain("Stopped", pwsh.Do("kill %1; jobs").Output, System.StringComparison.Ordinal);
    }

    [Theory, ForEachPerson]
    public void What_was_stopped_before_stays_so(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person);
        pwsh.Terminal.Send("sh -c 'echo st\"\"art; exec sleep 1000'\r");
        _ = pwsh.Terminal.Expect("start\r\n");
        pwsh.Terminal.Send("\x1a");
        _ = pwsh.Terminal.Expect(Workspace.Prompt);

        Do(pwsh, "Suspend-NsProcess");
        Do(pwsh, "Resume-NsProcess");

        Assert.Equal('T', StateOf(Processes(pwsh).Single(p => IsStarted(p))));
        Assert.Contains("Stopped", pwsh.Do("jobs").Output, System.StringComparison.Ordinal);
    }

    [Theory, ForEachPerson]
    public void What_has_joined_stands_still_too_and_nothing_can_join_meanwhile(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal target = PwshTerminal.Run(workspace, "$null = Start-NsProcess -Name NAME sleep 1000");
        Assert.Equal(0, target.Terminal.WaitForExit());
        using PwshTerminal joined = PwshTerminal.Run(workspace, $"Enter-NsTerminal -Name NAME -Join {target.Name}");
        _ = joined.Terminal.Expect(Workspace.Prompt);

        Do(target, "Suspend-NsProcess");

        Assert.Equal('T', StateOf(joined.Record.CommandPid));
        using PwshTerminal refused = PwshTerminal.Run(
            workspace,
            $"try {{ Start-NsProcess -Join {target.Name} sh }} catch {{ $_.FullyQualifiedErrorId }}");
        _ = refused.Terminal.Expect("SessionSuspended,");

        Do(target, "Resume-NsProcess");
        Assert.Equal(("here\n", 0), joined.Do("echo here"));
    }

    [Theory, ForEachPerson]
    public void A_suspended_session_is_stopped_with_grace(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            "Enter-NsTerminal -Name NAME sh -ArgumentList '-c', 'trap \"exit 5\" TERM HUP; echo trapped; while :;"
                + " do sleep 1000 & wait; done'");
        _ = pwsh.Terminal.Expect("trapped\r\n");

        Do(pwsh, "Suspend-NsProcess");
        Do(pwsh, "Stop-NsProcess -GracePeriodSec 1000");

        Assert.Equal(5, pwsh.Terminal.WaitForExit());
    }

    private static void Do(PwshTerminal session, string command)
    {
        using PwshTerminal other = PwshTerminal.Run(session.Workspace, $"{command} {session.Name}");
        int status = other.Terminal.WaitForExit();
        Assert.True(status == 0, other.Terminal.OutputText);
    }

    /// <summary>All descendants of the session's supervisor but its init.</summary>
    private static IReadOnlyList<int> Processes(PwshTerminal session)
    {
        int supervisor = session.Record.Supervisor.Pid;
        int init = session.Record.InitPid == session.Record.CommandPid ? 0 : session.Record.InitPid;
        return ProcessWatch.Find(p => p != init && IsBelow(p));

        bool IsBelow(int pid) => pid > 1 && ProcessWatch.ParentOf(pid) is int parent && (parent == supervisor || IsBelow(parent));
    }

    /// <summary>What says that it has started, and becomes sleep a moment later, which a signal may come before.</summary>
    private static bool IsStarted(int pid) => ProcessWatch.ArgumentsOf(pid) is ["sleep", "1000"] or ["sh", "-c", _];

    private static char StateOf(int pid)
    {
        string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        return stat[stat.LastIndexOf(')') + 2];
    }
}

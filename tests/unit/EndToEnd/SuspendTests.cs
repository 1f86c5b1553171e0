using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.UnitTests.Harness;
using Xunit;

namespace NsModule.UnitTests.EndToEnd;

/// <summary>Sessions that stand still, and go on as if nothing had been.</summary>
public sealed class SuspendTests
{
    [Theory]
    [ForEachPerson("-Namespace Pid,Mount")]
    [ForEachPerson("-Namespace Mount")]
    [ForEachPerson("-NoInit")]
    public void Everything_in_it_stands_still_and_goes_on(Person person, string parameters)
    {
        using HostProgram host = HostProgram.Enter(person, parameters);
        host.Terminal.Send("while :; do (:); done & sh -c 'echo st\"\"art; exec sleep 1000'\r");
        _ = host.Terminal.Expect("start\r\n");

        Do(host, "Suspend-NsProcess");

        Assert.Equal(NsSessionState.Suspended, host.Record.State);
        Assert.All(Processes(host), p => Assert.Contains(StateOf(p), "TZ"));
        Assert.Contains(Processes(host), p => IsStarted(p));

        Do(host, "Resume-NsProcess");

        Assert.Equal(NsSessionState.Running, host.Record.State);
        host.Terminal.Send("\x03");
        _ = host.Terminal.Expect(Workspace.Prompt);

        // The shell has not taken it for ^Z.
        Assert.DoesNotContain("Stopped", host.Do("kill %1; jobs").Output, System.StringComparison.Ordinal);
    }

    [Theory, ForEachPerson]
    public void What_was_stopped_before_stays_so(Person person)
    {
        using HostProgram host = HostProgram.Enter(person);
        host.Terminal.Send("sh -c 'echo st\"\"art; exec sleep 1000'\r");
        _ = host.Terminal.Expect("start\r\n");
        host.Terminal.Send("\x1a");
        _ = host.Terminal.Expect(Workspace.Prompt);

        Do(host, "Suspend-NsProcess");
        Do(host, "Resume-NsProcess");

        Assert.Equal('T', StateOf(Processes(host).Single(p => IsStarted(p))));
        Assert.Contains("Stopped", host.Do("jobs").Output, System.StringComparison.Ordinal);
    }

    [Theory, ForEachPerson]
    public void What_has_joined_stands_still_too_and_nothing_can_join_meanwhile(Person person)
    {
        using var workspace = new Workspace(person);
        using HostProgram target = HostProgram.Run(workspace, "$null = Start-NsProcess -Name NAME sleep 1000");
        Assert.Equal(0, target.Terminal.WaitForExit());
        using HostProgram joined = HostProgram.Run(workspace, $"Enter-NsTerminal -Name NAME -Join {target.Name}");
        _ = joined.Terminal.Expect(Workspace.Prompt);

        Do(target, "Suspend-NsProcess");

        Assert.Equal('T', StateOf(joined.Record.CommandPid));
        using HostProgram refused = HostProgram.Run(workspace, $"try {{ Start-NsProcess -Join {target.Name} sh }} catch {{ $_.FullyQualifiedErrorId }}");
        _ = refused.Terminal.Expect("SessionSuspended,");

        Do(target, "Resume-NsProcess");
        Assert.Equal(("here\n", 0), joined.Do("echo here"));
    }

    [Theory, ForEachPerson]
    public void A_suspended_session_is_stopped_with_grace(Person person)
    {
        using HostProgram host = HostProgram.Run(person, "Enter-NsTerminal -Name NAME sh -ArgumentList '-c', 'trap \"exit 5\" TERM HUP; echo trapped; while :; do sleep 1000 & wait; done'");
        _ = host.Terminal.Expect("trapped\r\n");

        Do(host, "Suspend-NsProcess");
        Do(host, "Stop-NsProcess -GracePeriodSec 1000");

        Assert.Equal(5, host.Terminal.WaitForExit());
    }

    private static void Do(HostProgram session, string command)
    {
        using HostProgram other = HostProgram.Run(session.Workspace, $"{command} {session.Name}");
        int status = other.Terminal.WaitForExit();
        Assert.True(status == 0, other.Terminal.OutputText);
    }

    /// <summary>All descendants of the session's supervisor but its init.</summary>
    private static IReadOnlyList<int> Processes(HostProgram session)
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

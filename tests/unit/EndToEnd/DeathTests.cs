using System;
using NsModule.Sessions;
using NsModule.UnitTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.EndToEnd;

/// <summary>Any process of a session may be killed at any time: nothing of it stays.</summary>
public sealed class DeathTests
{
    private const string Enter = "try { Enter-NsTerminal -Name NAME -Hostname demo } catch { \"[error $($_.FullyQualifiedErrorId)]\" }; \"[code $LASTEXITCODE]\"";

    [Theory, ForEachPerson]
    public void With_the_supervisor_the_whole_session_dies_and_the_person_is_told(Person person)
    {
        using HostProgram host = Start(person, out SessionRecord record, out string processes);

        Kill(record.Supervisor.Pid);

        _ = host.Terminal.Expect("[error SessionLost,");
        _ = host.Terminal.WaitForExit();
        AssertNothingIsLeft(record, processes);
        Assert.True(host.Terminal.Pty.Settings.SameAs(host.Terminal.Pty.InitialSettings));
        Assert.Equal(NsSessionState.Lost, host.Record.State);
    }

    [Theory, ForEachPerson]
    public void With_init_the_whole_namespace_dies_and_the_session_has_ended(Person person)
    {
        using HostProgram host = Start(person, out SessionRecord record, out string processes);

        Kill(record.InitPid);

        _ = host.Terminal.Expect("[code 137]");
        _ = host.Terminal.WaitForExit();
        AssertNothingIsLeft(record, processes);
        Assert.True(host.Terminal.Pty.Settings.SameAs(host.Terminal.Pty.InitialSettings));
        Assert.Equal(NsSessionState.Exited, host.Record.State);
    }

    [Theory, ForEachPerson]
    public void With_the_command_its_background_processes_die(Person person)
    {
        using HostProgram host = Start(person, out SessionRecord record, out string processes);

        Kill(record.CommandPid);

        _ = host.Terminal.Expect("[code 137]");
        _ = host.Terminal.WaitForExit();
        AssertNothingIsLeft(record, processes);
    }

    [Theory, ForEachPerson]
    public void An_exit_does_not_wait_for_background_processes_that_hold_the_terminal(Person person)
    {
        using HostProgram host = Start(person, out SessionRecord record, out string processes);

        host.Terminal.Send("exit 6\r");

        _ = host.Terminal.Expect("[code 6]");
        _ = host.Terminal.WaitForExit();
        AssertNothingIsLeft(record, processes);
    }

    /// <summary>Enters a session in which background processes outlive their shell and hold the terminal.</summary>
    private static HostProgram Start(Person person, out SessionRecord record, out string processes)
    {
        HostProgram host = HostProgram.Run(person, Enter);
        _ = host.Terminal.Expect(Workspace.Prompt);
        Assert.Equal(0, host.Do("(setsid sleep 1000 & nohup sleep 1000 > /dev/null 2>&1 & sleep 1000 &) > /dev/tty").Status);
        record = host.Record;
        string pids = ProcessWatch.NamespaceOf(record.CommandPid, "pid")!;
        processes = pids;
        Assert.True(ProcessWatch.Find(pid => ProcessWatch.NamespaceOf(pid, "pid") == pids).Count >= 5);
        return host;
    }

    private static void Kill(int pid)
    {
        using ProcessWatch process = ProcessWatch.Open(pid);
        process.Signal(SIGKILL);
    }

    /// <param name="record">The session.</param>
    /// <param name="processes">Its PID namespace.</param>
    private static void AssertNothingIsLeft(SessionRecord record, string processes)
    {
        // The supervisor says goodbye to its clients before it ends, so its end may still be under way.
        using (ProcessWatch? supervisor = record.Supervisor.IsAlive ? ProcessWatch.TryOpen(record.Supervisor.Pid) : null)
        {
            supervisor?.WaitForEnd();
        }

        using (ProcessWatch? init = ProcessWatch.NamespaceOf(record.InitPid, "pid") == processes ? ProcessWatch.TryOpen(record.InitPid) : null)
        {
            init?.WaitForEnd();
        }

        Assert.Empty(ProcessWatch.Find(pid => ProcessWatch.NamespaceOf(pid, "pid") == processes));
    }
}

using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>Any process of a session may be killed at any time: nothing of it stays.</summary>
public sealed class DeathTests
{
    private const string Enter = "try { Enter-NsTerminal -Name NAME -Hostname demo PARAMETERS } catch { \"[error"
        + " $($_.FullyQualifiedErrorId)]\" }; \"[code $LASTEXITCODE]\"";

    [Theory]
    [ForEachPerson("")]
    [ForEachPerson("-Namespace Mount,Uts")]
    [ForEachPerson("-Namespace Uts -NoInit")]
    public void With_the_supervisor_the_whole_session_dies_and_the_person_is_told(Person person, string parameters)
    {
        using var crowd = new Crowd(person, parameters);

        crowd.Supervisor.Signal(SIGKILL);

        _ = crowd.Host.Terminal.Expect("[error SessionLost,");
        crowd.AssertGone();
        Assert.Equal(NsSessionState.Lost, crowd.Host.Record.State);
    }

    [Theory]
    [ForEachPerson("")]
    [ForEachPerson("-Namespace Mount,Uts")]
    [ForEachPerson("-Namespace Uts -NoInit")]
    public void With_init_the_whole_session_dies_and_it_has_ended(Person person, string parameters)
    {
        using var crowd = new Crowd(person, parameters + " -Keep");

        crowd.Init.Signal(SIGKILL);

        _ = crowd.Host.Terminal.Expect("[code 137]");
        crowd.AssertGone();
        Assert.Equal(NsSessionState.Exited, crowd.Host.Record.State);
    }

    [Theory]
    [ForEachPerson("")]
    [ForEachPerson("-Namespace Mount,Uts")]
    [ForEachPerson("-Namespace Uts -NoInit")]
    public void With_the_command_its_background_processes_die(Person person, string parameters)
    {
        using var crowd = new Crowd(person, parameters);

        crowd.Command.Signal(SIGKILL);

        _ = crowd.Host.Terminal.Expect("[code 137]");
        crowd.AssertGone();
    }

    [Theory]
    [ForEachPerson("")]
    [ForEachPerson("-Namespace Mount,Uts")]
    [ForEachPerson("-Namespace Uts -NoInit")]
    public void An_exit_does_not_wait_for_background_processes_that_hold_the_terminal(Person person, string parameters)
    {
        using var crowd = new Crowd(person, parameters);

        crowd.Host.Terminal.Send("exit 6\r");

        _ = crowd.Host.Terminal.Expect("[code 6]");
        crowd.AssertGone();
    }

    /// <summary>A session in which background processes outlive their shell and hold the terminal.</summary>
    private sealed class Crowd : IDisposable
    {
        private readonly List<ProcessWatch> _members = [];

        public Crowd(Person person, string parameters)
        {
            Host = PwshTerminal.Run(person, Enter.Replace("PARAMETERS", parameters, StringComparison.Ordinal));
            _ = Host.Terminal.Expect(Workspace.Prompt);
            Assert.Equal(0, Host.Do("(setsid sleep 1000 & nohup sleep 1000 > /dev/null 2>&1 & sleep 1000 &) > /dev/tty").Status);
            Supervisor = ProcessWatch.Open(Host.Record.Supervisor.Pid);
            Init = ProcessWatch.Open(Host.Record.InitPid);
            Command = ProcessWatch.Open(Host.Record.CommandPid);
            string space = ProcessWatch.NamespaceOf(Host.Record.CommandPid, "uts")!;

            // By pidfd: a namespace's number is soon another one's. The namespaces of init are for root only to see (PR_SET_DUMPABLE).
            _members.AddRange(
                ProcessWatch.Find(p => p == Host.Record.InitPid || ProcessWatch.NamespaceOf(p, "uts") == space).Select(ProcessWatch.Open));
            Assert.Equal(5, _members.Count);
        }

        public PwshTerminal Host { get; }

        public ProcessWatch Supervisor { get; }

        public ProcessWatch Init { get; }

        public ProcessWatch Command { get; }

        public void AssertGone()
        {
            _ = Host.Terminal.WaitForExit();
            Assert.True(
                Host.Terminal.Pty.Settings.SameAs(Host.Terminal.Pty.InitialSettings),
                "The terminal's settings are not what they were.");
            Supervisor.WaitForEnd();
            _members.ForEach(m => m.WaitForEnd());
        }

        public void Dispose()
        {
            Host.Dispose();
            _members.ForEach(m => m.Dispose());
            Supervisor.Dispose();
            Init.Dispose();
            Command.Dispose();
        }
    }
}

using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Threading.Tasks;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Cmdlets;

/// <summary>Finding, stopping, awaiting and removing sessions. Looks only at its own among those of the user.</summary>
public sealed class SessionCmdletTests : IClassFixture<Shell>
{
    private const string Stubborn = "trap \"\" TERM HUP; echo ready > $0; while :; do sleep 1000; done";

    private readonly Shell _shell;

    public SessionCmdletTests(Shell shell)
    {
        Assert.SkipUnless(geteuid() == 0, "These launches take root.");
        _shell = shell;
    }

    [Fact]
    public void A_session_is_found_by_name_by_id_by_the_beginning_of_its_id_and_by_wildcards()
    {
        NsSession session = Sleeping();
        foreach (string text in (string[])[
            session.Name,
            session.Name.ToUpperInvariant(),
            session.Id,
            session.Id.ToUpperInvariant(),
            session.Id[..9],
            session.Name[..20] + "*",
            "*" + session.Id[3..],
        ])
        {
            Assert.Equal(session.Id, _shell.Session("Get-NsProcess $args[0]", text).Id);
        }

        Assert.Equal(session.Id, _shell.Session("Get-NsProcess -Id $args[0]", session.Id).Id);
        Assert.Equal(session.Id, _shell.Session("Get-NsProcess -Name $args[0]", session.Name).Id);
        Assert.Equal(session.Id, _shell.Session("$args[0] | Get-NsProcess", session).Id);

        // Their ids: sessions that a script returns are taken for its own, and these are other tests', too.
        Assert.Contains(_shell.Run("Get-NsProcess | ForEach-Object Id"), o => o.ToString() == session.Id);
    }

    [Fact]
    public void Several_can_be_asked_for_at_once()
    {
        NsSession first = Sleeping();
        NsSession second = Sleeping();
        Assert.Equal(
            [second.Id, first.Id],
            _shell.Run("Get-NsProcess $args[0], $args[1]", second.Id, first.Name).Select(o => o.ToString()));
    }

    [Fact]
    public void Ended_sessions_are_listed_and_a_name_that_was_used_again_means_the_one_that_has_it_now()
    {
        string name = Shell.NewName();
        NsSession ended = _shell.Session("Start-NsProcess /bin/true -Name $args[0] -Wait", name);
        Assert.Equal(ended.Id, _shell.Session("Get-NsProcess $args[0]", name).Id);
        NsSession running = _shell.Session("Start-NsProcess /bin/sleep 1000 -Name $args[0]", name);
        Assert.Equal(running.Id, _shell.Session("Get-NsProcess $args[0]", name).Id);
        Assert.Equal(NsSessionState.Exited, _shell.Session("Get-NsProcess $args[0]", ended.Id).State);
    }

    [Theory]
    [InlineData("Get-NsProcess")]
    [InlineData("Stop-NsProcess")]
    [InlineData("Wait-NsProcess")]
    [InlineData("Remove-NsProcess")]
    public void What_does_not_exist_is_an_error_of_its_own_unless_it_is_a_wildcard(string cmdlet)
    {
        _shell.Fails(NsErrorId.SessionNotFound, ErrorCategory.ObjectNotFound, cmdlet + " 000000000000");
        _shell.Fails(NsErrorId.SessionNotFound, ErrorCategory.ObjectNotFound, cmdlet + " $args[0]", Shell.NewName());
        _shell.Fails(NsErrorId.SessionNotFound, ErrorCategory.ObjectNotFound, cmdlet + " not-hex");
        Assert.Empty(_shell.Run(cmdlet + " no-such-*"));
    }

    [Fact]
    public void One_that_does_not_exist_does_not_keep_the_others_from_being_found()
    {
        NsSession session = Sleeping();
        Assert.Equal(
            session.Id,
            Assert.Single(_shell.Fails(
                NsErrorId.SessionNotFound,
                ErrorCategory.ObjectNotFound,
                "Get-NsProcess '000000000000', $args[0]",
                session)).ToString());
    }

    [Fact]
    public void Stopping_asks_the_command_first()
    {
        NsSession session = Sleeping();
        Assert.Empty(_shell.Run("Stop-NsProcess $args[0]", session));
        Assert.Equal((NsSessionState.Exited, 143, false), (session.State, session.ExitCode, session.TimedOut));
        Shell.NoProcessOf(session.Id);
    }

    [Fact]
    public void Stopping_an_interactive_shell_works_although_it_ignores_TERM()
    {
        NsSession session = _shell.Session("Start-NsProcess");
        _shell.Run("$args[0] | Stop-NsProcess -GracePeriodSec 60", session);
        Assert.Equal(NsSessionState.Exited, session.State);
        Assert.NotEqual(137, session.ExitCode);
    }

    [Fact]
    public void A_command_that_ignores_the_request_is_killed_after_the_grace_period()
    {
        NsSession session = Running(Stubborn);
        _shell.Run("Stop-NsProcess $args[0] -GracePeriodSec 0.05", session);
        Assert.Equal((NsSessionState.Exited, 137), (session.State, session.ExitCode));
        Shell.NoProcessOf(session.Id);
    }

    [Fact]
    public void Without_an_init_the_same_holds()
    {
        NsSession session = Running(Stubborn, "-NoInit");
        _shell.Run("Stop-NsProcess $args[0] -GracePeriod 0.05", session);
        Assert.Equal((NsSessionState.Exited, 137), (session.State, session.ExitCode));
    }

    [Fact]
    public void Force_kills_at_once()
    {
        NsSession session = Running("trap \"exit 5\" TERM HUP; echo ready > $0; while :; do sleep 1000 & wait; done");
        _shell.Run("Stop-NsProcess $args[0] -Force -GracePeriodSec 1000", session);
        Assert.Equal(137, session.ExitCode);
    }

    [Theory]
    [InlineData("USR1")]
    [InlineData("SIGUSR1")]
    [InlineData("usr1")]
    [InlineData("10")]
    public void Another_signal_can_ask(string signal)
    {
        NsSession session = Running("trap \"exit 42\" USR1; echo ready > $0; while :; do sleep 1000 & wait; done");
        _shell.Run("Stop-NsProcess $args[0] -Signal $args[1] -GracePeriodSec 60", session, signal);
        Assert.Equal(42, session.ExitCode);
    }

    [Theory]
    [InlineData("NOSUCH")]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("-9")]
    [InlineData("SIG")]
    public void A_signal_that_does_not_exist_is_refused_and_nothing_is_stopped(string signal)
    {
        NsSession session = Sleeping();
        _shell.Fails(NsErrorId.InvalidSignal, ErrorCategory.InvalidArgument, "Stop-NsProcess $args[0] -Signal $args[1]", session, signal);
        Assert.Equal(NsSessionState.Running, session.State);
    }

    [Theory]
    [InlineData("Stop-NsProcess $args[0] -GracePeriodSec -1")]
    [InlineData("Stop-NsProcess $args[0] -GracePeriodSec 1e10")]
    [InlineData("Stop-NsProcess $args[0] -GracePeriodSec NaN")]
    [InlineData("Wait-NsProcess $args[0] -TimeoutSec -2")]
    [InlineData("Wait-NsProcess $args[0] -TimeoutSec NaN")]
    public void A_time_that_cannot_be_kept_is_refused(string script) =>
        _shell.Fails(NsErrorId.InvalidTimeout, ErrorCategory.InvalidArgument, script, Sleeping());

    [Fact]
    public void Stopping_one_that_has_ended_is_no_error_and_PassThru_returns_it()
    {
        NsSession session = _shell.Session("Start-NsProcess /bin/sh '-c' 'exit 3' -Wait");
        Assert.Equal(3, _shell.Session("Stop-NsProcess $args[0] -PassThru", session).ExitCode);
        Assert.Equal(NsSessionState.Exited, _shell.Session("Start-NsProcess /bin/sleep 1000 | Stop-NsProcess -PassThru").State);
    }

    [Fact]
    public void WhatIf_stops_and_removes_nothing()
    {
        NsSession session = Sleeping();
        _shell.Run("Stop-NsProcess $args[0] -WhatIf; Remove-NsProcess $args[0] -Force -WhatIf", session);
        Assert.Equal(NsSessionState.Running, _shell.Session("Get-NsProcess $args[0]", session.Id).State);
    }

    [Fact]
    public void A_stopped_command_is_woken_to_hear_the_request()
    {
        NsSession session = Sleeping();
        _shell.Run("Stop-NsProcess $args[0] -Signal STOP -GracePeriodSec 0.01", session);
        Assert.Equal(137, session.ExitCode);
    }

    [Fact]
    public async Task Stopping_the_pipeline_ends_the_waiting_for_a_stop_and_not_the_session()
    {
        using var fifo = new Fifo();
        NsSession session = _shell.Session(
            "Start-NsProcess /bin/sh '-c' 'trap \"echo asked > $0\" TERM HUP; echo ready > $0; while :; do sleep 1000 & wait;"
                + " done' $args[0]",
            fifo.Path);
        Assert.Equal("ready", fifo.ReadLine());
        using PowerShell pipeline = _shell.Pipeline("Stop-NsProcess $args[0] -GracePeriodSec 1000", session);
        Task<PSDataCollection<PSObject>> stopping = pipeline.InvokeAsync();
        Assert.Equal("asked", fifo.ReadLine());
        pipeline.Stop();
        await Assert.ThrowsAnyAsync<PipelineStoppedException>(() => stopping);
        Assert.Equal(NsSessionState.Running, session.State);
    }

    [Fact]
    public async Task Stopping_the_pipeline_ends_a_wait()
    {
        NsSession session = Sleeping();
        using PowerShell pipeline = _shell.Pipeline("'begun'; Wait-NsProcess $args[0]", session);
        using var output = new PSDataCollection<PSObject>();
        using var begun = new System.Threading.ManualResetEventSlim();
        output.DataAdded += (_, _) => begun.Set();
        Task<PSDataCollection<PSObject>> waiting = pipeline.InvokeAsync<PSObject, PSObject>(null, output);
        begun.Wait(TestContext.Current.CancellationToken);
        pipeline.Stop();
        await Assert.ThrowsAnyAsync<PipelineStoppedException>(() => waiting);
        Assert.Equal(NsSessionState.Running, session.State);
    }

    [Fact]
    public void Waiting_returns_sessions_as_they_end()
    {
        NsSession slow = Running("echo ready > $0; read line");
        NsSession quick = _shell.Session("Start-NsProcess /bin/true -Wait");
        Assert.Equal(quick.Id, _shell.Session("Wait-NsProcess $args[0], $args[1] -Any", slow, quick).Id);
        Assert.Equal(NsSessionState.Running, slow.State);
        Assert.Equal(
            [quick.Id, slow.Id],
            _shell
                .Run("Stop-NsProcess $args[0]; $args[0], $args[1] | Wait-NsProcess", slow, quick)
                .Select(o => o.ToString())
                .Order(Comparer<string>.Create((a, b) => a == b ? 0 : a == quick.Id ? -1 : 1)));
    }

    [Fact]
    public void A_wait_that_is_over_returns_those_that_have_ended_and_an_error_for_each_other()
    {
        NsSession slow = Sleeping();
        NsSession quick = _shell.Session("Start-NsProcess /bin/true -Wait");
        IReadOnlyList<PSObject> output = _shell.Fails(
            NsErrorId.WaitTimeout,
            ErrorCategory.OperationTimeout,
            "Wait-NsProcess $args[0], $args[1] -TimeoutSec 0.01",
            slow,
            quick);
        Assert.Equal(quick.Id, Assert.Single(output).ToString());
        _shell.Fails(NsErrorId.WaitTimeout, ErrorCategory.OperationTimeout, "Wait-NsProcess $args[0] -Any -Timeout 0", slow);
        Assert.Equal(NsSessionState.Running, slow.State);
    }

    [Fact]
    public void An_ended_session_s_record_can_be_removed()
    {
        NsSession session = _shell.Session("Start-NsProcess /bin/sh '-c' 'exit 3' -Wait");
        Assert.Empty(_shell.Run("Remove-NsProcess $args[0]", session.Id));
        Shell.NothingIsLeftOf(session.Id);
        _shell.Fails(NsErrorId.SessionNotFound, ErrorCategory.ObjectNotFound, "Get-NsProcess $args[0]", session.Id);
        Assert.Equal(3, session.ExitCode);
    }

    [Fact]
    public void A_running_session_is_removed_only_by_force()
    {
        NsSession session = Running(Stubborn);
        _shell.Fails(NsErrorId.SessionRunning, ErrorCategory.InvalidOperation, "Remove-NsProcess $args[0]", session);
        Assert.Equal(NsSessionState.Running, session.State);
        _shell.Run("Remove-NsProcess $args[0] -Force", session);
        Shell.NothingIsLeftOf(session.Id);
    }

    [Fact]
    public void A_session_whose_supervisor_was_killed_is_lost_and_nothing_of_it_runs()
    {
        NsSession session = Sleeping();
        _ = kill(session.SupervisorProcessId, 9);
        Assert.Equal(session.Id, _shell.Session("Wait-NsProcess $args[0]", session).Id);
        Assert.Equal(NsSessionState.Lost, session.State);
        Assert.Null(session.ExitCode);
        _shell.Run("Stop-NsProcess $args[0]; Remove-NsProcess $args[0]", session);
        Assert.False(System.IO.Directory.Exists("/run/nsmodule/" + session.Id));
    }

    [Fact]
    public void A_session_whose_init_was_killed_has_ended_with_137()
    {
        NsSession session = Sleeping();
        _ = kill(session.InitProcessId, 9);
        Assert.Equal((NsSessionState.Exited, 137), (_shell.Session("Wait-NsProcess $args[0]", session).State, session.ExitCode));
    }

    [Fact]
    public void A_serialized_session_keeps_what_it_knew_and_still_names_its_session()
    {
        NsSession session = _shell.Session(
            "Start-NsProcess /bin/sleep 1000 -Name $args[0] -Hostname demo -Namespace Pid, Mount, Uts, User",
            Shell.NewName());
        PSObject copy = Assert.Single(_shell.Run(
            "[System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($args[0]))",
            session));

        Assert.Equal("Deserialized.NsModule.NsSession", copy.TypeNames[0]);
        Assert.Equal(
            (session.Id, session.Name, "demo"),
            (copy.Properties["Id"].Value, copy.Properties["Name"].Value, copy.Properties["Hostname"].Value));
        Assert.Equal(session.ProcessId, copy.Properties["ProcessId"].Value);
        Assert.Equal("Running", copy.Properties["State"].Value.ToString());
        Assert.Equal(
            session.Namespaces["uts"],
            ((System.Collections.IDictionary)((PSObject)copy.Properties["Namespaces"].Value).BaseObject)["uts"]);
        Assert.Equal(
            ["0:0:1"],
            ((System.Collections.IEnumerable)((PSObject)copy.Properties["UidMap"].Value).BaseObject)
                .Cast<object>()
                .Select(o => o.ToString()));

        Assert.Equal(session.Id, _shell.Session("Get-NsProcess $args[0]", copy).Id);
        _shell.Run("$args[0] | Stop-NsProcess", copy);
        Assert.Equal(NsSessionState.Exited, session.State);
        Assert.Equal("Running", copy.Properties["State"].Value.ToString());
        _shell.Run("Remove-NsProcess -Session $args[0]", copy);
        Shell.NothingIsLeftOf(session.Id);
    }

    [Fact]
    public void Pid_is_another_word_for_the_process_id()
    {
        NsSession session = Sleeping();
        Assert.Equal(session.ProcessId, _shell.Run("$args[0].Pid", session).Single().BaseObject);
    }

    [Fact]
    public void Entering_without_a_console_is_refused_before_anything_is_started() =>
        _shell.LaunchFails(NsErrorId.NoConsole, ErrorCategory.InvalidOperation, "Enter-NsTerminal /bin/true");

    private NsSession Sleeping() => _shell.Session("Start-NsProcess /bin/sleep 1000 -Name $args[0]", Shell.NewName());

    /// <summary>A session whose shell has said that it is ready.</summary>
    private NsSession Running(string command, string parameters = "")
    {
        using var fifo = new Fifo();
        NsSession session = _shell.Session($"Start-NsProcess /bin/sh '-c' $args[0] $args[1] {parameters}", command, fifo.Path);
        Assert.Equal("ready", fifo.ReadLine());
        return session;
    }
}

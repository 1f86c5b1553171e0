using System;
using System.Linq;
using System.Management.Automation;
using NsModule.EndToEndTests.Harness;
using NsModule.Protocol;
using NsModule.Sessions;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Cmdlets;

/// <summary>Standard error on a pipe beside the terminal, in real namespaces.</summary>
public sealed class SeparateErrorTests : IClassFixture<Shell>
{
    private readonly Shell _shell;

    public SeparateErrorTests(Shell shell)
    {
        Assert.SkipUnless(geteuid() == 0, "These launches take root.");
        _shell = shell;
        _shell.Location = "/";
    }

    [Fact]
    public void With_Wait_the_lines_are_error_records_and_no_failure()
    {
        PSObject[] all =
        [
            .. _shell.Run("& { $ErrorActionPreference = 'Stop'; Start-NsProcess sh -ArgumentList '-c', 'echo out;"
                + " printf \"one\\ntwo\" >&2' -SeparateError -Wait -ErrorVariable lines 2>&1; $?; \"$lines\" }"),
        ];
        ErrorRecord[] errors = [.. all.Select(o => o.BaseObject).OfType<ErrorRecord>()];
        Assert.Equal(["one", "two"], errors.Select(e => e.Exception.Message));
        Assert.All(errors, e => Assert.Equal("NsCommandStandardError,NsModule.Commands.StartNsProcessCommand", e.FullyQualifiedErrorId));
        NsSession session = Assert.IsType<NsSession>(all[2].BaseObject);
        Assert.All(errors, e => Assert.Same(session, e.TargetObject));
        Assert.Equal(["True", "one two"], all[3..].Select(o => o.ToString()));
        Assert.Equal(("out\r\n", "one\ntwo"), (Text("$args | Receive-NsOutput -Raw", session), session.GetErrorOutput()));
    }

    [Fact]
    public void Much_of_it_that_nobody_reads_holds_nothing_up_and_the_last_part_is_kept()
    {
        NsSession session = _shell.Session("Start-NsProcess sh -ArgumentList '-c', 'seq 1 1500000 >&2; echo done' -SeparateError |"
            + " Wait-NsProcess -TimeoutSec 120");
        Assert.Equal("done\r\n", Text("$args | Receive-NsOutput -Raw", session));
        string kept = session.GetErrorOutput();
        Assert.Equal(1 << 20, kept.Length);
        Assert.Equal(string.Concat(Enumerable.Range(1_400_001, 100_000).Select(i => $"{i}\n")), kept[^800_000..]);
    }

    [Fact]
    public void A_reader_follows_it_to_the_end()
    {
        using var fifo = new Fifo();
        Assert.Equal(["first", "second"], _shell.Run("""
            $fifo = $args[0]
            $s = Start-NsProcess sh -ArgumentList '-c', 'echo out; echo first >&2; read line < $0; echo second >&2', $fifo -SeparateError
            $s | Receive-NsOutput -ErrorStream -Wait | ForEach-Object {
                if ($_.Text -eq 'first') { [IO.File]::WriteAllText($fifo, "go`n") }
                $_.Text
            }
            $s | Remove-NsProcess -Force
            """, fifo.Path).Select(o => o.ToString()));
    }

    [Fact]
    public void What_stays_behind_in_a_joined_session_and_goes_on_writing_does_not_keep_it_from_ending()
    {
        NsSession host = _shell.Session("Start-NsProcess sleep 1000");
        NsSession session = _shell.Session(
            "Start-NsProcess sh -Join $args[0] -ArgumentList '-c', 'test -t 2 || echo pipe >&2; (while :; do echo more >&2;"
                + " done) & exit 7' -SeparateError | Wait-NsProcess -TimeoutSec 60",
            host);
        Assert.Equal(7, session.ExitCode);
        _shell.Run("$args | Stop-NsProcess -Force", host);
    }

    [Fact]
    public void A_job_has_it_in_its_error_stream()
    {
        string[] all =
        [
            .. _shell
                .Run("$job = Start-NsProcess sh -ArgumentList '-c', 'echo out; echo err >&2' -SeparateError -AsJob -Wait;"
                    + " \"$($job.State)\"; $job.Error | ForEach-Object { \"$_ $($_.FullyQualifiedErrorId)\" };"
                    + " $job.Output | ForEach-Object { \"$_\" }; $job.Session; Remove-Job $job")
                .Select(o => o.ToString())
                .SkipLast(1),
        ];
        Assert.Equal(["Completed", "err NsCommandStandardError", "out"], all);
    }

    [Theory]
    [InlineData("$args | Receive-NsOutput -ErrorStream", "NoSeparateError", ErrorCategory.InvalidOperation)]
    [InlineData("$args[0].GetErrorOutput()", "NsException", ErrorCategory.NotSpecified)]
    public void Without_it_there_is_none_to_read(string script, string errorId, ErrorCategory category) =>
        _shell.Fails(errorId, category, script, _shell.Session("Start-NsProcess true -Wait"));

    [Fact]
    public void A_supervisor_without_it_refuses_who_asks_for_it()
    {
        NsSession session = _shell.Session("Start-NsProcess sleep 1000");
        using SupervisorClient client = SupervisorClient.TryOpen(session, ClientRole.ReadError, TestContext.Current.CancellationToken)!;
        Assert.True(client.TryReceive(-1, out FrameKind kind, out _));
        Assert.Equal(FrameKind.Error, kind);
        Assert.Equal(NsSessionState.Running, session.State);
        _shell.Run("$args | Stop-NsProcess -Force", session);
    }

    private string Text(string script, params object?[] arguments) => Assert.Single(_shell.Run(script, arguments)).ToString();
}

using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Threading.Tasks;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Cmdlets;

/// <summary>Commands without a terminal, in real namespaces.</summary>
public sealed class InvokeNsCommandTests : IClassFixture<Shell>
{
    private readonly Shell _shell;

    public InvokeNsCommandTests(Shell shell)
    {
        Assert.SkipUnless(geteuid() == 0, "These launches take root.");
        _shell = shell;
        _shell.Location = "/";
    }

    [Fact]
    public void Not_one_byte_of_a_thousand_short_commands_is_lost()
    {
        string all = string.Concat(_shell.Run("foreach ($i in 1..1000) { Invoke-NsCommand sh '-c' 'printf X; exit' }"));
        Assert.Equal(new string('X', 1000), all);
    }

    [Fact]
    public void Output_comes_by_lines_and_the_last_one_needs_no_end() =>
        Assert.Equal(["a", "\u00e4\u20ac", "", "d"], Text("Invoke-NsCommand printf 'a\\n\\303\\244\\342\\202\\254\\r\\n\\nd'"));

    [Fact]
    public void Output_comes_while_the_command_runs()
    {
        using var fifo = new Fifo();
        Assert.Equal(["first", "second"], Text("""
            $fifo = $args[0]
            Invoke-NsCommand sh '-c' 'echo first; read line < $0; echo second' $fifo | ForEach-Object {
                if ($_ -eq 'first') { [IO.File]::WriteAllText($fifo, "go`n") }
                $_
            }
            """, fifo.Path));
    }

    [Fact]
    public void Standard_error_is_error_records_with_an_id_of_their_own_and_no_failure()
    {
        PSObject[] all =
        [
            .. _shell.Run("& { $ErrorActionPreference = 'Stop'; Invoke-NsCommand sh '-c' 'printf \"one\\ntwo\" >&2;"
                + " echo out' -ErrorVariable lines 2>&1; $?; \"$lines\" }"),
        ];
        ErrorRecord[] errors = [.. all.Select(o => o.BaseObject).OfType<ErrorRecord>()];
        Assert.Equal(["one", "two"], errors.Select(e => e.Exception.Message));
        Assert.All(errors, e => Assert.Equal("NsCommandStandardError,NsModule.Commands.InvokeNsCommandCommand", e.FullyQualifiedErrorId));
        Assert.All(errors, e => Assert.IsType<NsSession>(e.TargetObject));
        Assert.Equal(["out", "True", "one two"], all.Where(o => o.BaseObject is not ErrorRecord).Select(o => o.ToString()));
    }

    [Theory]
    [InlineData("SilentlyContinue", "out", 0)]
    [InlineData("Ignore", "out", 0)]
    [InlineData("Continue", "out", 1)]
    public void What_is_said_with_ErrorAction_holds_for_standard_error(string action, string expected, int errors)
    {
        using PowerShell pipeline = _shell.Pipeline("Invoke-NsCommand sh '-c' 'echo e >&2; echo out' -ErrorAction $args[0]", action);
        Assert.Equal(expected, Assert.Single(pipeline.Invoke()).ToString());
        Assert.Equal(errors, pipeline.Streams.Error.Count);
    }

    /// <summary>Programs report progress there. That a command has failed, its exit code says.</summary>
    [Fact]
    public void With_ErrorAction_Stop_standard_error_does_not_end_the_command() =>
        Assert.Equal(
            ["e", "out", "went on"],
            Text("Invoke-NsCommand sh '-c' 'echo e >&2; echo out' -ErrorAction Stop 2>&1; 'went on'").Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("exit 0", 0, "True")]
    [InlineData("exit 3", 3, "False")]
    [InlineData("kill -9 $$", 137, "False")]
    public void The_exit_code_is_known_and_makes_success_false(string script, int code, string success) =>
        Assert.Equal(
            [success, code.ToString(CultureInfo.InvariantCulture)],
            Text("Invoke-NsCommand sh '-c' $args[0]; $?; $global:LASTEXITCODE", script));

    [Fact]
    public void The_preference_makes_an_error_of_an_exit_code()
    {
        Assert.Equal(
            ["out"],
            _shell
                .Fails(
                    "CommandExitedWithNonZeroCode",
                    ErrorCategory.InvalidOperation,
                    "& { $PSNativeCommandUseErrorActionPreference = $true; Invoke-NsCommand sh '-c' 'echo out; exit 3' }")
                .Select(o => o.ToString()));
        Assert.Equal(
            ["caught 3"],
            Text("& { $PSNativeCommandUseErrorActionPreference = $true; $ErrorActionPreference = 'Stop';"
                + " try { Invoke-NsCommand sh '-c' 'exit 3'; 'went on' } catch { \"caught $LASTEXITCODE\" } }"));
        Assert.Empty(Text("& { $PSNativeCommandUseErrorActionPreference = $true; Invoke-NsCommand true }"));
        Assert.Equal(
            ["NativeCommandExitException 3"],
            Text("& { $PSNativeCommandUseErrorActionPreference = $true; $ErrorActionPreference = 'Stop';"
                + " try { Invoke-NsCommand sh '-c' 'exit 3' } "
                + "catch { \"$($_.Exception.GetType().Name) $($_.Exception.ExitCode)\" } }"));
    }

    [Theory]
    [InlineData("1, 2, 'x' | Invoke-NsCommand cat", new[] { "1", "2", "x" })]
    [InlineData("'a', '', \"b`nc\" | Invoke-NsCommand cat", new[] { "a", "", "b", "c" })]
    [InlineData("@() | Invoke-NsCommand cat", new string[0])]
    [InlineData("Invoke-NsCommand cat", new string[0])]
    [InlineData("Invoke-NsCommand cat -InputObject x", new[] { "x" })]
    [InlineData(", [byte[]](195, 164) | Invoke-NsCommand cat", new[] { "\u00e4" })]
    [InlineData("[byte[]](97, 10, 98) | Invoke-NsCommand cat", new[] { "a", "b" })]
    [InlineData("'a', 1.5, $null, $true | Invoke-NsCommand cat", new[] { "a", "1.5", "True" })]
    public void Pipeline_input_is_standard_input(string script, string[] lines) => Assert.Equal(lines, Text(script).Select(l => l.Trim()));

    [Fact]
    public void Neither_side_waits_for_the_other_for_ever()
    {
        // Much output before any input is read, input that nobody reads, and both at once.
        Assert.Equal(
            ["3100000"],
            Text("('y' * 100000) | Invoke-NsCommand sh '-c' 'head -c 3000000 /dev/zero | tr \"\\0\" x;"
                + " tr -d \"\\n\"' | ForEach-Object { $n += $_.Length }; $n"));
        Assert.Equal(["0"], Text("1..100000 | Invoke-NsCommand true; $LASTEXITCODE"));
        Assert.Equal(["588895"], Text("(1..100000 | Invoke-NsCommand sh '-c' 'cat; head -c 300000 /dev/zero >&2' 2>$null -Raw).Length"));
    }

    [Fact]
    public void Bytes_are_bytes()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        PSObject[] bytes = [.. _shell.Run(", $args[0] | Invoke-NsCommand cat -AsBytes", (object)all)];
        Assert.Equal(all, bytes.Select(b => Assert.IsType<byte>(b.BaseObject)));
        Assert.Equal(
            all,
            Assert.IsType<byte[]>(
                Assert.Single(_shell.Run(", (, $args[0] | Invoke-NsCommand cat -AsBytes -Raw)", (object)all)).BaseObject));
        Assert.Equal(["a\nb\n"], Text("'a', 'b' | Invoke-NsCommand cat -Raw"));
        Assert.Equal([""], Text("Invoke-NsCommand true -Raw"));
    }

    [Fact]
    public void A_command_whose_time_is_over_is_ended_and_what_it_said_is_returned()
    {
        Assert.Equal(
            ["hi"],
            _shell
                .Fails(
                    "CommandTimeout",
                    ErrorCategory.OperationTimeout,
                    "Invoke-NsCommand sh '-c' 'echo hi; exec sleep 1000' -TimeoutSec 0.3")
                .Select(o => o.ToString()));
        Assert.Equal(["143"], Text("$LASTEXITCODE"));
    }

    [Fact]
    public void There_is_no_terminal_and_nothing_else_open() =>
        Assert.Equal(
            ["not a tty", "0", "1", "2", "job"],
            Text("Invoke-NsCommand bash '-c' 'tty; ls -1 /proc/$$/fd; bash -c \"echo job\"'"));

    [Fact]
    public void TERM_is_not_made_up() =>
        Assert.Equal(
            ["none"],
            Text("$env:TERM, $before = $null, $env:TERM; try { Invoke-NsCommand sh '-c' 'echo ${TERM-none}' } finally {"
                + " $env:TERM = $before }"));

    [Fact]
    public void A_pipeline_that_fails_downstream_ends_everything()
    {
        using var fifo = new Fifo();
        string name = Shell.NewName();
        Assert.Equal(["0"], Text("""
            try {
                Invoke-NsCommand sh '-c' 'sleep 1000 & echo $! > $0; yes' $args[1] -Name $args[0] -Namespace Mount, Uts |
                    ForEach-Object { throw 'x' }
            } catch { }
            @(Get-NsProcess | Where-Object Name -EQ $args[0]).Count
            """, name, fifo.Path));
        Assert.False(Directory.Exists("/proc/" + fifo.ReadLine()));
    }

    [Fact]
    public async Task Stopping_the_pipeline_ends_everything()
    {
        using var fifo = new Fifo();
        string name = Shell.NewName();
        using PowerShell pipeline = _shell.Pipeline(
            "Invoke-NsCommand sh '-c' 'sleep 1000 & echo $! > $0; wait' $args[1] -Namespace Mount, Uts -Name $args[0]",
            name,
            fifo.Path);
        IAsyncResult running = pipeline.BeginInvoke();
        int pid = int.Parse(fifo.ReadLine(), CultureInfo.InvariantCulture);
        await pipeline.StopAsync(null, null);
        Assert.Throws<PipelineStoppedException>(() => pipeline.EndInvoke(running));
        Assert.False(Directory.Exists($"/proc/{pid}"));
        Assert.Equal(["0"], Text("@(Get-NsProcess | Where-Object Name -EQ $args[0]).Count", name));
    }

    [Fact]
    public void In_a_session_it_has_what_the_session_has_and_leaves_that_running()
    {
        NsSession session = _shell.Session("Start-NsProcess sleep 1000 -Hostname inside -Name $args[0]", Shell.NewName());
        Assert.Equal(["inside"], Text("Invoke-NsCommand uname '-n' -Session $args[0]", session));
        Assert.Equal(["inside"], Text("Invoke-NsCommand uname '-n' -Join $args[0].Id", session));

        // What it leaves behind keeps its output open: that is not waited for.
        Assert.Equal(["out"], Text("Invoke-NsCommand sh '-c' 'sleep 1000 & yes > /dev/null & echo out' -Session $args[0]", session.Name));
        Assert.Equal(NsSessionState.Running, session.State);
        _ = _shell.Fails(
            "ParameterNotForJoin",
            ErrorCategory.InvalidArgument,
            "Invoke-NsCommand true -Session $args[0] -Hostname x",
            session);
        _ = _shell.Fails(
            "ParameterNotForJoin",
            ErrorCategory.InvalidArgument,
            "Invoke-NsCommand true -Session $args[0] -Join $args[0]",
            session);
        _ = _shell.Fails("SessionNotFound", ErrorCategory.ObjectNotFound, "Invoke-NsCommand true -Session not-there");
    }

    [Fact]
    public void A_command_that_cannot_be_started_has_the_exit_code_of_a_shell()
    {
        Assert.True(_shell.LaunchFails("CommandNotFound", ErrorCategory.ObjectNotFound, "Invoke-NsCommand not-there"));
        Assert.Equal(["127"], Text("$LASTEXITCODE"));
        Assert.True(_shell.LaunchFails("CommandNotExecutable", ErrorCategory.PermissionDenied, "Invoke-NsCommand /etc/hostname"));
        Assert.Equal(["126"], Text("$LASTEXITCODE"));
    }

    [Fact]
    public void It_is_listed_while_it_runs_and_not_afterwards()
    {
        string name = Shell.NewName();
        Assert.Equal(
            ["Running", "0"],
            Text(
                "Invoke-NsCommand echo x -Name $args[0] | ForEach-Object { 'Running' }; @(Get-NsProcess | Where-Object Name -EQ"
                    + " $args[0]).Count",
                name));
    }

    [Fact]
    public void Several_at_once_do_not_mix_up_their_streams()
    {
        string[] wrong = Text($$"""
            1..8 | ForEach-Object -ThrottleLimit 8 -Parallel {
                Import-Module '{{Shell.CmdletsPath}}'
                foreach ($i in 1..5) {
                    $mine = "$_-$i"
                    $got = $mine | Invoke-NsCommand sh '-c' 'read x; echo $x; echo e$x >&2; exit 0' 2>&1
                    $texts = $got | Where-Object { $_ -is [string] }
                    $errors = $got | Where-Object { $_ -isnot [string] }
                    if ("$texts $errors" -ne "$mine e$mine") { "$mine got $got" }
                }
            }
            """);
        Assert.Empty(wrong);
    }

    [Fact]
    public void No_descriptor_stays_open_and_none_is_passed_on()
    {
        _ = Text("Invoke-NsCommand true");
        int before = Directory.GetFileSystemEntries("/proc/self/fd").Length;
        Assert.Equal(["0", "1", "2"], Text("""
            Invoke-NsCommand cat -InputObject x | ForEach-Object { Invoke-NsCommand sh '-c' 'ls -1 /proc/$$/fd; true' }
            1..20 | ForEach-Object { Invoke-NsCommand true }
            """));
        Assert.InRange(Directory.GetFileSystemEntries("/proc/self/fd").Length, 0, before + 10);
    }

    private string[] Text(string script, params object?[] arguments) => [.. _shell.Run(script, arguments).Select(o => o.ToString())];
}

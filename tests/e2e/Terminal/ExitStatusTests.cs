using System;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Terminal;

/// <summary>What the command ends with is what <c>$LASTEXITCODE</c> says and what pwsh ends with.</summary>
public sealed class ExitStatusTests
{
    private const string Show = "; \"[code $LASTEXITCODE]\"";

    [Theory]
    [ForEachPerson("exit 7", 7)]
    [ForEachPerson("exit 0", 0)]
    [ForEachPerson("kill -KILL $$", 137)]
    [ForEachPerson("exec sh -c 'kill -TERM $$'", 143)]
    public void The_exit_status_of_the_command_is_the_hosts(Person person, string last, int expected)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(person, "Enter-NsTerminal -Name NAME -Hostname demo" + Show);
        _ = pwsh.Terminal.Expect(Workspace.Prompt);

        int status = pwsh.Leave(last);

        Assert.Equal(expected, status);
        Assert.Contains($"[code {expected}]", pwsh.Terminal.OutputText, StringComparison.Ordinal);
    }

    [Theory, ForEachPerson]
    public void A_command_that_is_killed_from_outside_gives_137(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person, "-Hostname demo -Keep");

        using (ProcessWatch command = ProcessWatch.Open(pwsh.Record.CommandPid))
        {
            command.Signal(SIGKILL);
        }

        pwsh.Terminal.ExpectExit(137);
        Assert.Equal(NsSessionState.Exited, pwsh.Record.State);
    }

    [Theory]
    [ForEachPerson("/no/such/command", 127, "CommandNotFound")]
    [ForEachPerson("/etc/hostname", 126, "CommandNotExecutable")]
    public void A_command_that_cannot_run_gives_what_a_shell_gives(Person person, string command, int expected, string errorId)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            $"try {{ Enter-NsTerminal {command} -Name NAME }} catch {{ \"[error $($_.FullyQualifiedErrorId)]\" }}");

        pwsh.Terminal.ExpectExit(expected);
        Assert.Contains($"[error {errorId},", pwsh.Terminal.OutputText, StringComparison.Ordinal);
    }
}

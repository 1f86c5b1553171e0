using System;
using NsModule.UnitTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.EndToEnd;

/// <summary>What the command ends with is what <c>$LASTEXITCODE</c> says and what the host program ends with.</summary>
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
        using HostProgram host = HostProgram.Run(person, "Enter-NsTerminal -Name NAME -Hostname demo" + Show);
        _ = host.Terminal.Expect(Workspace.Prompt);

        int status = host.Leave(last);

        Assert.Equal(expected, status);
        Assert.Contains($"[code {expected}]", host.Terminal.OutputText, StringComparison.Ordinal);
    }

    [Theory, ForEachPerson]
    public void A_command_that_is_killed_from_outside_gives_137(Person person)
    {
        using HostProgram host = HostProgram.Enter(person);

        using (ProcessWatch command = ProcessWatch.Open(host.Record.CommandPid))
        {
            command.Signal(SIGKILL);
        }

        host.Terminal.ExpectExit(137);
        Assert.Equal(NsSessionState.Exited, host.Record.State);
    }

    [Theory]
    [ForEachPerson("/no/such/command", 127, "CommandNotFound")]
    [ForEachPerson("/etc/hostname", 126, "CommandNotExecutable")]
    public void A_command_that_cannot_run_gives_what_a_shell_gives(Person person, string command, int expected, string errorId)
    {
        using HostProgram host = HostProgram.Run(person, $"try {{ Enter-NsTerminal {command} -Name NAME }} catch {{ \"[error $($_.FullyQualifiedErrorId)]\" }}");

        host.Terminal.ExpectExit(expected);
        Assert.Contains($"[error {errorId},", host.Terminal.OutputText, StringComparison.Ordinal);
    }
}

using System;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>
/// -SeparateError at a person's terminal: standard error is no terminal, and comes to the error stream when the terminal is back.
/// </summary>
public sealed class SeparateErrorTests
{
    [Theory, ForEachPerson]
    public void Input_and_output_are_the_terminal_and_standard_error_is_error_records(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            "Enter-NsTerminal sh -Name NAME -SeparateError -ErrorVariable lines 2>$null -ArgumentList '-c', 'for i in 0 1 2; do test -t $i;"
                + " echo $i=$?; done; for i in 1 2 3; do echo secret$i >&2; done; echo last; exit 3';"
                + " \"$? $LASTEXITCODE [$lines] $($lines[0].FullyQualifiedErrorId)\"");
        string terminal = pwsh.Terminal.Expect("False 3 [");
        Assert.Contains("0=0\r\n1=0\r\n2=1\r\nlast\r\n", terminal, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", terminal, StringComparison.Ordinal);
        _ = pwsh.Terminal.Expect("secret1 secret2 secret3] NsCommandStandardError,NsModule.Commands.EnterNsTerminalCommand");
        _ = pwsh.Terminal.WaitForExit();
    }

    [Theory, ForEachPerson]
    public void It_is_shown_when_the_terminal_is_back(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            "Enter-NsTerminal sh -Name NAME -SeparateError -ArgumentList '-c', 'echo \"to the error stream\" >&2; echo the last output'");
        Assert.DoesNotContain("to the error stream", pwsh.Terminal.Expect("the last output\r\n"), StringComparison.Ordinal);
        _ = pwsh.Terminal.Expect("to the error stream");
        _ = pwsh.Terminal.WaitForExit();
    }

    [Theory, ForEachPerson]
    public void Left_and_entered_again_each_line_comes_once_and_all_is_kept(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(person, """
            Enter-NsTerminal sh -Name NAME -SeparateError -ErrorVariable first 2>$null -ArgumentList '-c', '
                stty -echo; echo one >&2; echo ready; read x; echo two >&2; echo more; read x; echo three >&2'
            "[$first]"
            Enter-NsTerminal -Session NAME -ErrorVariable second 2>$null
            "[$second]"
            "[$((Get-NsProcess NAME).GetErrorOutput() -replace '\n', ',')]"
            """);
        _ = pwsh.Terminal.Expect("ready");
        pwsh.Terminal.Send("\u001d\u001d\u001d");
        _ = pwsh.Terminal.Expect("[one]");
        _ = pwsh.Terminal.Expect("ready");
        pwsh.Terminal.Send("\r");
        _ = pwsh.Terminal.Expect("more");
        pwsh.Terminal.Send("\r");
        _ = pwsh.Terminal.Expect("[two three]");
        _ = pwsh.Terminal.Expect("[one,two,three,]");
        _ = pwsh.Terminal.WaitForExit();
    }
}

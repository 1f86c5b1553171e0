using System;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Isolation;

/// <summary>What the command has from whoever started it, and what it has not.</summary>
public sealed class InheritanceTests
{
    [Theory, ForEachPerson]
    public void The_command_has_its_terminal_on_0_1_and_2_and_nothing_else(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            "Enter-NsTerminal sh -Name NAME -ArgumentList '-c', 'tty; find /proc/$$/fd -type l -printf \"%f %l\\n\"; exit 0'",
            before: "exec 7</dev/null 9</etc/hostname");

        pwsh.Terminal.ExpectExit(0);
        string tty = pwsh.Terminal.OutputText.Split("\r\n")[0];
        Assert.StartsWith("/dev/pts/", tty, StringComparison.Ordinal);
        Assert.Equal($"{tty}\r\n0 {tty}\r\n1 {tty}\r\n2 {tty}\r\n", pwsh.Terminal.OutputText);
    }

    [Theory, ForEachPerson]
    public void The_command_has_default_signals_whatever_the_host_ignores(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            "Enter-NsTerminal sed -Name NAME -ArgumentList '-n', '/^Sig[BIC]/p', /proc/self/status",
            before: "trap '' USR1 PIPE INT QUIT");

        pwsh.Terminal.ExpectExit(0);
        Assert.Equal("SigBlk:\t0000000000000000\r\nSigIgn:\t0000000000000000\r\nSigCgt:\t0000000000000000\r\n", pwsh.Terminal.OutputText);
    }

    [Theory, ForEachPerson]
    public void The_command_has_the_limits_the_host_was_started_with(Person person)
    {
        // .NET raises the limit of open files for itself; the shell before it has the one that was meant.
        const string Limits = "ulimit -S -n 512; ulimit -c 0";
        using PwshTerminal pwsh = PwshTerminal.RunInShell(
            person,
            Limits + "; \"$@\"; exit $?",
            "Enter-NsTerminal bash -Name NAME -ArgumentList '-c', 'ulimit -Sa; echo; ulimit -Ha'");
        using var workspace = new Workspace(person);
        using var direct = new TerminalDriver(workspace, ["bash", "-c", "ulimit -Sa; echo; ulimit -Ha"], Limits);

        pwsh.Terminal.ExpectExit(0);
        direct.ExpectExit(0);
        Assert.Contains("(-n) 512", direct.OutputText, StringComparison.Ordinal);
        Assert.Equal(direct.OutputText, pwsh.Terminal.OutputText);
    }

    [Theory, ForEachPerson]
    public void The_command_has_the_hosts_environment_and_working_directory(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            "Enter-NsTerminal sh -Name NAME -ArgumentList '-c', 'echo $LANG; pwd; umask'",
            before: "umask 027");

        pwsh.Terminal.ExpectExit(0);
        Assert.Equal($"C.UTF-8\r\n{pwsh.Workspace.Directory}\r\n0027\r\n", pwsh.Terminal.OutputText);
    }
}

using System;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Terminal;

/// <summary>The person's terminal is, after every way out, exactly as it was before.</summary>
public sealed class RestoredTerminalTests
{
    /// <summary>Alternate screen, hidden cursor, bracketed paste, mouse: what a full-screen program that is killed leaves on.</summary>
    private const string ModesOn = "\\e[?1049h\\e[?25l\\e[?2004h\\e[?1000h";

    private static readonly string[] s_modesOff = ["\e[?25h", "\e[?2004l", "\e[?1000l", "\e[?1049l"];

    /// <summary>Stays on the terminal when pwsh is killed, as the shell that a person started it from does.</summary>
    private const string OuterShell = "trap '' HUP; \"$@\"; echo \"[pwsh $?]\"; read -r line; echo \"[read $line]\"";

    [Theory, ForEachPerson]
    public void On_exit(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person);
        Assert.True(pwsh.Terminal.Pty.IsRaw);

        Assert.Equal(0, pwsh.Leave());

        AssertRestored(pwsh);
    }

    [Theory, ForEachPerson]
    public void On_an_error(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(person, "Enter-NsTerminal /no/such/command -Name NAME");

        pwsh.Terminal.ExpectExit(127);

        AssertRestored(pwsh);
    }

    [Theory]
    [ForEachPerson(15)]
    [ForEachPerson(1)]
    public void On_a_signal_to_the_host_program(Person person, int signal)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person);
        Assert.True(pwsh.Terminal.Pty.IsRaw);

        pwsh.Terminal.Program.Signal(signal);

        pwsh.Terminal.ExpectExit(128 + signal);
        AssertRestored(pwsh);
    }

    [Theory, ForEachPerson]
    public void On_SIGKILL_of_the_attach_program(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            "try { Enter-NsTerminal -Name NAME } catch { \"[error $($_.FullyQualifiedErrorId)]\" }");
        _ = pwsh.Terminal.Expect(Workspace.Prompt);
        TurnModesOn(pwsh);

        Kill(pwsh.AttachId);

        _ = pwsh.Terminal.Expect("[error AttachFailed,");
        _ = pwsh.Terminal.WaitForExit();
        AssertRestored(pwsh);
        AssertModesOff(pwsh);
    }

    [Theory, ForEachPerson]
    public void On_SIGKILL_of_the_host_program(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.RunInShell(person, OuterShell, "Enter-NsTerminal -Name NAME");
        _ = pwsh.Terminal.Expect(Workspace.Prompt);
        TurnModesOn(pwsh);
        using ProcessWatch attach = ProcessWatch.Open(pwsh.AttachId);

        Kill(ProcessWatch.ParentOf(pwsh.AttachId));
        attach.WaitForEnd();

        AssertOuterShellWorks(pwsh);
        AssertModesOff(pwsh);
    }

    [Theory, ForEachPerson]
    public void On_SIGKILL_of_both_the_supervisor_restores_it(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.RunInShell(person, OuterShell, "Enter-NsTerminal -Name NAME");
        _ = pwsh.Terminal.Expect(Workspace.Prompt);
        TurnModesOn(pwsh);
        using ProcessWatch attach = ProcessWatch.Open(pwsh.AttachId);
        using ProcessWatch program = ProcessWatch.Open(ProcessWatch.ParentOf(pwsh.AttachId));

        // The pwsh program must not have the time to restore it on seeing the other's end.
        program.Signal(SIGSTOP);
        attach.Signal(SIGKILL);
        program.Signal(SIGKILL);

        // The supervisor shows it after it has put the settings back.
        _ = pwsh.Terminal.Expect(s_modesOff[0]);
        AssertOuterShellWorks(pwsh);
        AssertModesOff(pwsh);
    }

    [Theory, ForEachPerson]
    public void Modes_that_a_killed_command_left_on_are_undone(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person);
        TurnModesOn(pwsh);

        Kill(pwsh.Record.CommandPid);

        pwsh.Terminal.ExpectExit(137);
        AssertRestored(pwsh);
        AssertModesOff(pwsh);
    }

    [Theory, ForEachPerson]
    public void A_child_of_the_host_that_ends_while_attached_does_not_disturb_raw_mode(Person person)
    {
        // Through a named pipe the test lets a child of pwsh end, and hears through another that .NET has dealt with its end.
        const string Child = "$p = [Diagnostics.Process]::Start('/bin/sh', [string[]]('-c', 'read x < go')); $p.WaitForExit();"
            + " [IO.File]::WriteAllText('done', 'x')";
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            $"mkfifo done go; [Console]::TreatControlCAsInput = $true; $job = 1 | ForEach-Object -AsJob -Parallel {{ {Child} }};"
                + " Enter-NsTerminal -Name NAME");
        _ = pwsh.Terminal.Expect(Workspace.Prompt);

        Assert.Equal(("", 0), pwsh.Do("echo > go; cat done > /dev/null"));

        Assert.True(pwsh.Terminal.Pty.IsRaw);
        Assert.Equal(3, pwsh.Leave("exit 3"));
    }

    private static void TurnModesOn(PwshTerminal pwsh)
    {
        // A program that reads nothing: bash would switch bracketed paste off itself.
        pwsh.Terminal.Send($"printf '{ModesOn}[o''n]'; sleep 1000\r");
        _ = pwsh.Terminal.Expect("[on]");
    }

    private static void Kill(int pid)
    {
        using ProcessWatch process = ProcessWatch.Open(pid);
        process.Signal(SIGKILL);
    }

    private static void AssertRestored(PwshTerminal pwsh) =>
        Assert.True(
            pwsh.Terminal.Pty.Settings.SameAs(pwsh.Terminal.Pty.InitialSettings),
            "The terminal's settings are not what they were.");

    private static void AssertOuterShellWorks(PwshTerminal pwsh)
    {
        _ = pwsh.Terminal.Expect("[pwsh 137]");
        AssertRestored(pwsh);
        pwsh.Terminal.Send("hello\r");
        _ = pwsh.Terminal.Expect("[read hello]");
        pwsh.Terminal.ExpectExit(0);
        AssertRestored(pwsh);
    }

    private static void AssertModesOff(PwshTerminal pwsh)
    {
        string after = pwsh.Terminal.OutputText[pwsh.Terminal.OutputText.IndexOf("[on]", StringComparison.Ordinal)..];
        foreach (string off in s_modesOff)
        {
            Assert.Contains(off, after, StringComparison.Ordinal);
        }
    }
}

using System;
using NsModule.UnitTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.EndToEnd;

/// <summary>The person's terminal is, after every way out, exactly as it was before.</summary>
public sealed class RestoredTerminalTests
{
    /// <summary>Alternate screen, hidden cursor, bracketed paste, mouse: what a full-screen program that is killed leaves on.</summary>
    private const string ModesOn = "\\e[?1049h\\e[?25l\\e[?2004h\\e[?1000h";

    private static readonly string[] s_modesOff = ["\e[?25h", "\e[?2004l", "\e[?1000l", "\e[?1049l"];

    /// <summary>Stays on the terminal when the host program is killed, as the shell that a person started it from does.</summary>
    private const string OuterShell = "trap '' HUP; \"$@\"; echo \"[host $?]\"; read -r line; echo \"[read $line]\"";

    [Theory, ForEachPerson]
    public void On_exit(Person person)
    {
        using HostProgram host = HostProgram.Enter(person);
        Assert.True(host.Terminal.Pty.IsRaw);

        Assert.Equal(0, host.Leave());

        AssertRestored(host);
    }

    [Theory, ForEachPerson]
    public void On_an_error(Person person)
    {
        using HostProgram host = HostProgram.Run(person, "Enter-NsTerminal /no/such/command -Name NAME");

        host.Terminal.ExpectExit(127);

        AssertRestored(host);
    }

    [Theory]
    [ForEachPerson(15)]
    [ForEachPerson(1)]
    public void On_a_signal_to_the_host_program(Person person, int signal)
    {
        using HostProgram host = HostProgram.Enter(person);
        Assert.True(host.Terminal.Pty.IsRaw);

        host.Terminal.Program.Signal(signal);

        host.Terminal.ExpectExit(128 + signal);
        AssertRestored(host);
    }

    [Theory, ForEachPerson]
    public void On_SIGKILL_of_the_attach_program(Person person)
    {
        using HostProgram host = HostProgram.Run(person, "try { Enter-NsTerminal -Name NAME } catch { \"[error $($_.FullyQualifiedErrorId)]\" }");
        _ = host.Terminal.Expect(Workspace.Prompt);
        TurnModesOn(host);

        Kill(host.AttachId);

        _ = host.Terminal.Expect("[error AttachFailed,");
        _ = host.Terminal.WaitForExit();
        AssertRestored(host);
        AssertModesOff(host);
    }

    [Theory, ForEachPerson]
    public void On_SIGKILL_of_the_host_program(Person person)
    {
        using HostProgram host = HostProgram.RunInShell(person, OuterShell, "Enter-NsTerminal -Name NAME");
        _ = host.Terminal.Expect(Workspace.Prompt);
        TurnModesOn(host);
        using ProcessWatch attach = ProcessWatch.Open(host.AttachId);

        Kill(ProcessWatch.ParentOf(host.AttachId));
        attach.WaitForEnd();

        AssertOuterShellWorks(host);
        AssertModesOff(host);
    }

    [Theory, ForEachPerson]
    public void On_SIGKILL_of_both_the_supervisor_restores_it(Person person)
    {
        using HostProgram host = HostProgram.RunInShell(person, OuterShell, "Enter-NsTerminal -Name NAME");
        _ = host.Terminal.Expect(Workspace.Prompt);
        TurnModesOn(host);
        using ProcessWatch attach = ProcessWatch.Open(host.AttachId);
        using ProcessWatch program = ProcessWatch.Open(ProcessWatch.ParentOf(host.AttachId));

        // The host program must not have the time to restore it on seeing the other's end.
        program.Signal(SIGSTOP);
        attach.Signal(SIGKILL);
        program.Signal(SIGKILL);

        // The supervisor shows it after it has put the settings back.
        _ = host.Terminal.Expect(s_modesOff[0]);
        AssertOuterShellWorks(host);
        AssertModesOff(host);
    }

    [Theory, ForEachPerson]
    public void Modes_that_a_killed_command_left_on_are_undone(Person person)
    {
        using HostProgram host = HostProgram.Enter(person);
        TurnModesOn(host);

        Kill(host.Record.CommandPid);

        host.Terminal.ExpectExit(137);
        AssertRestored(host);
        AssertModesOff(host);
    }

    [Theory, ForEachPerson]
    public void A_child_of_the_host_that_ends_while_attached_does_not_disturb_raw_mode(Person person)
    {
        // Through a named pipe the test lets a child of the host end, and hears through another that .NET has dealt with its end.
        const string Child = "$p = [Diagnostics.Process]::Start('/bin/sh', [string[]]('-c', 'read x < go')); $p.WaitForExit(); [IO.File]::WriteAllText('done', 'x')";
        using HostProgram host = HostProgram.Run(
            person,
            $"mkfifo done go; [Console]::TreatControlCAsInput = $true; $job = 1 | ForEach-Object -AsJob -Parallel {{ {Child} }}; Enter-NsTerminal -Name NAME");
        _ = host.Terminal.Expect(Workspace.Prompt);

        Assert.Equal(("", 0), host.Do("echo > go; cat done > /dev/null"));

        Assert.True(host.Terminal.Pty.IsRaw);
        Assert.Equal(3, host.Leave("exit 3"));
    }

    private static void TurnModesOn(HostProgram host)
    {
        // A program that reads nothing: bash would switch bracketed paste off itself.
        host.Terminal.Send($"printf '{ModesOn}[o''n]'; sleep 1000\r");
        _ = host.Terminal.Expect("[on]");
    }

    private static void Kill(int pid)
    {
        using ProcessWatch process = ProcessWatch.Open(pid);
        process.Signal(SIGKILL);
    }

    private static void AssertRestored(HostProgram host) =>
        Assert.True(host.Terminal.Pty.Settings.SameAs(host.Terminal.Pty.InitialSettings), "The terminal's settings are not what they were.");

    private static void AssertOuterShellWorks(HostProgram host)
    {
        _ = host.Terminal.Expect("[host 137]");
        AssertRestored(host);
        host.Terminal.Send("hello\r");
        _ = host.Terminal.Expect("[read hello]");
        host.Terminal.ExpectExit(0);
        AssertRestored(host);
    }

    private static void AssertModesOff(HostProgram host)
    {
        string after = host.Terminal.OutputText[host.Terminal.OutputText.IndexOf("[on]", StringComparison.Ordinal)..];
        foreach (string off in s_modesOff)
        {
            Assert.Contains(off, after, StringComparison.Ordinal);
        }
    }
}

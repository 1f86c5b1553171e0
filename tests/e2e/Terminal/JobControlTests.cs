using System;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Terminal;

/// <summary>The session's terminal is the controlling terminal of its shell.</summary>
public sealed class JobControlTests
{
    private const string Interrupt = "\x03";
    private const string EndOfFile = "\x04";
    private const string Suspend = "\x1a";

    [Theory, ForEachPerson]
    public void Tty_names_a_device_that_works(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person);

        (string device, int status) = pwsh.Do("tty");

        Assert.Equal(0, status);
        Assert.StartsWith("/dev/pts/", device, StringComparison.Ordinal);
        Assert.Equal(("written\n", 0), pwsh.Do("echo written > $(tty)"));
        Assert.Equal(("written\n", 0), pwsh.Do("echo written > /dev/tty"));
    }

    [Theory, ForEachPerson]
    public void Bash_has_job_control_and_nothing_to_warn_of(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(person, "Enter-NsTerminal -Name NAME -Hostname demo");

        // Bracketed paste is all that bash says before its prompt.
        Assert.Equal("\e[?2004h", pwsh.Terminal.Expect(Workspace.Prompt));
        Assert.Equal(("himBHs\n", 0), pwsh.Do("echo $-"));
    }

    [Theory, ForEachPerson]
    public void Control_C_interrupts_the_program_and_not_the_shell(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person);

        // The shell that becomes sleep speaks when it has the terminal.
        pwsh.Terminal.Send("sh -c 'echo go\"ing\"; exec sleep 1000'\r");
        _ = pwsh.Terminal.Expect("going\r\n");
        pwsh.Terminal.Send(Interrupt);
        _ = pwsh.Terminal.Expect(Workspace.Prompt);
        pwsh.Terminal.Send("echo \"[was $?]\"\r");

        _ = pwsh.Terminal.Expect("[was 130]");
        Assert.Equal(3, pwsh.Leave("exit 3"));
    }

    [Theory, ForEachPerson]
    public void Control_Z_stops_the_program_and_fg_resumes_it(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person);

        // It speaks when it goes on, which it does once it has the terminal again; an interrupt before that would miss it.
        pwsh.Terminal.Send("bash -c 'trap \"echo res\"umed CONT; echo go\"ing\"; sleep 1000 & while ! wait; do :; done'\r");
        _ = pwsh.Terminal.Expect("going\r\n");
        pwsh.Terminal.Send(Suspend);
        _ = pwsh.Terminal.Expect("Stopped");
        _ = pwsh.Terminal.Expect(Workspace.Prompt);
        Assert.Contains("Stopped", pwsh.Do("jobs").Output, StringComparison.Ordinal);
        pwsh.Terminal.Send("fg\r");
        _ = pwsh.Terminal.Expect("resumed\r\n");
        pwsh.Terminal.Send(Interrupt);
        _ = pwsh.Terminal.Expect(Workspace.Prompt);

        Assert.Equal(("", 0), pwsh.Do("jobs"));
    }

    [Theory, ForEachPerson]
    public void Control_D_ends_the_shell(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person);

        Assert.Equal(("", 0), pwsh.Do("true"));
        pwsh.Terminal.Send(EndOfFile);

        pwsh.Terminal.ExpectExit(0);
    }
}

using System;
using NsModule.UnitTests.Harness;
using Xunit;

namespace NsModule.UnitTests.EndToEnd;

/// <summary>The session's terminal is the controlling terminal of its shell.</summary>
public sealed class JobControlTests
{
    private const string Interrupt = "\x03";
    private const string EndOfFile = "\x04";
    private const string Suspend = "\x1a";

    [Theory, ForEachPerson]
    public void Tty_names_a_device_that_works(Person person)
    {
        using HostProgram host = HostProgram.Enter(person);

        (string device, int status) = host.Do("tty");

        Assert.Equal(0, status);
        Assert.StartsWith("/dev/pts/", device, StringComparison.Ordinal);
        Assert.Equal(("written\n", 0), host.Do("echo written > $(tty)"));
        Assert.Equal(("written\n", 0), host.Do("echo written > /dev/tty"));
    }

    [Theory, ForEachPerson]
    public void Bash_has_job_control_and_nothing_to_warn_of(Person person)
    {
        using HostProgram host = HostProgram.Run(person, "Enter-NsTerminal -Name NAME -Hostname demo");

        // Bracketed paste is all that bash says before its prompt.
        Assert.Equal("\e[?2004h", host.Terminal.Expect(Workspace.Prompt));
        Assert.Equal(("himBHs\n", 0), host.Do("echo $-"));
    }

    [Theory, ForEachPerson]
    public void Control_C_interrupts_the_program_and_not_the_shell(Person person)
    {
        using HostProgram host = HostProgram.Enter(person);

        // The shell that becomes sleep speaks when it has the terminal.
        host.Terminal.Send("sh -c 'echo go\"ing\"; exec sleep 1000'\r");
        _ = host.Terminal.Expect("going\r\n");
        host.Terminal.Send(Interrupt);
        _ = host.Terminal.Expect(Workspace.Prompt);
        host.Terminal.Send("echo \"[was $?]\"\r");

        _ = host.Terminal.Expect("[was 130]");
        Assert.Equal(3, host.Leave("exit 3"));
    }

    [Theory, ForEachPerson]
    public void Control_Z_stops_the_program_and_fg_resumes_it(Person person)
    {
        using HostProgram host = HostProgram.Enter(person);

        // It speaks when it goes on, which it does once it has the terminal again; an interrupt before that would miss it.
        host.Terminal.Send("bash -c 'trap \"echo res\"umed CONT; echo go\"ing\"; sleep 1000 & while ! wait; do :; done'\r");
        _ = host.Terminal.Expect("going\r\n");
        host.Terminal.Send(Suspend);
        _ = host.Terminal.Expect("Stopped");
        _ = host.Terminal.Expect(Workspace.Prompt);
        Assert.Contains("Stopped", host.Do("jobs").Output, StringComparison.Ordinal);
        host.Terminal.Send("fg\r");
        _ = host.Terminal.Expect("resumed\r\n");
        host.Terminal.Send(Interrupt);
        _ = host.Terminal.Expect(Workspace.Prompt);

        Assert.Equal(("", 0), host.Do("jobs"));
    }

    [Theory, ForEachPerson]
    public void Control_D_ends_the_shell(Person person)
    {
        using HostProgram host = HostProgram.Enter(person);

        Assert.Equal(("", 0), host.Do("true"));
        host.Terminal.Send(EndOfFile);

        host.Terminal.ExpectExit(0);
    }
}

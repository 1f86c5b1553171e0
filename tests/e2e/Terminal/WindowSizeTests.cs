using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Terminal;

/// <summary>The session's terminal is as large as the person's window.</summary>
public sealed class WindowSizeTests
{
    [Theory, ForEachPerson]
    public void The_size_is_the_windows_at_the_first_prompt_and_after_every_resize(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person, size: new NsTerminalSize(101, 33));
        Assert.Equal(("33 101\n", 0), pwsh.Do("stty size"));

        foreach ((ushort columns, ushort rows) in ((ushort, ushort)[])[(120, 40), (80, 24), (80, 25), (300, 100)])
        {
            // No wait between the two: what is typed after a resize meets the new size.
            pwsh.Terminal.Pty.Size = new NsTerminalSize(columns, rows);
            Assert.Equal(($"{rows} {columns}\n", 0), pwsh.Do("stty size"));
        }
    }

    [Theory, ForEachPerson]
    public void The_size_is_set_before_the_command_starts(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(person, "Enter-NsTerminal stty size -Name NAME", size: new NsTerminalSize(132, 43));

        pwsh.Terminal.ExpectExit(0);
        Assert.Equal("43 132\r\n", pwsh.Terminal.OutputText);
    }

    [Theory, ForEachPerson]
    public void A_resize_tells_the_program_in_the_foreground(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person);

        pwsh.Terminal.Send("bash -c 'trap \"stty size\" WINCH; echo go\"ing\"; sleep 1000 & while ! wait; do :; done'\r");
        _ = pwsh.Terminal.Expect("going\r\n");
        pwsh.Terminal.Pty.Size = new NsTerminalSize(120, 40);

        _ = pwsh.Terminal.Expect("40 120\r\n");
    }
}

using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Terminal;

/// <summary>The size of a terminal that nobody is attached to.</summary>
public sealed class ResizeTests
{
    [Theory, ForEachPerson]
    public void It_is_what_was_said_until_a_terminal_attaches(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal session = PwshTerminal.Run(
            workspace,
            "$s = Start-NsProcess -Name NAME; $s | Resize-NsTerminal -Columns 101 -Rows 33; \"size $($s.TerminalSize)\"");
        _ = session.Terminal.Expect("size 101x33");
        Assert.Equal(0, session.Terminal.WaitForExit());
        using PwshTerminal joined = PwshTerminal.Run(workspace, $"Enter-NsTerminal -Name NAME -Join {session.Name}");
        _ = joined.Terminal.Expect(Workspace.Prompt);
        Assert.Equal(("33 101\n", 0), joined.Do($"stty size -F /dev/pts/{TerminalOf(session)}"));

        using PwshTerminal attached = PwshTerminal.Run(workspace, $"Enter-NsTerminal -Session {session.Name}");
        _ = attached.Terminal.Expect(Workspace.Prompt);

        Assert.Equal(("24 80\n", 0), attached.Do("stty size"));
    }

    [Theory, ForEachPerson]
    public void It_follows_a_terminal_that_is_attached(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person);
        using PwshTerminal other = PwshTerminal.Run(
            pwsh.Workspace,
            $"try {{ Resize-NsTerminal {pwsh.Name} -Columns 101 -Rows 33 -ErrorAction Stop }} catch {{ $_.FullyQualifiedErrorId }}");

        _ = other.Terminal.Expect("TerminalAttached,NsModule.Commands.ResizeNsTerminalCommand");
        Assert.Equal(("24 80\n", 0), pwsh.Do("stty size"));
    }

    private static string TerminalOf(PwshTerminal session) =>
        System.IO.Path.GetFileName(new System.IO.FileInfo($"/proc/{session.Record.CommandPid}/fd/0").LinkTarget!);
}

using NsModule.UnitTests.Harness;
using Xunit;

namespace NsModule.UnitTests.EndToEnd;

/// <summary>The size of a terminal that nobody is attached to.</summary>
public sealed class ResizeTests
{
    [Theory, ForEachPerson]
    public void It_is_what_was_said_until_a_terminal_attaches(Person person)
    {
        using var workspace = new Workspace(person);
        using HostProgram session = HostProgram.Run(workspace, "$s = Start-NsProcess -Name NAME; $s | Resize-NsTerminal -Columns 101 -Rows 33; \"size $($s.TerminalSize)\"");
        _ = session.Terminal.Expect("size 101x33");
        Assert.Equal(0, session.Terminal.WaitForExit());
        using HostProgram joined = HostProgram.Run(workspace, $"Enter-NsTerminal -Name NAME -Join {session.Name}");
        _ = joined.Terminal.Expect(Workspace.Prompt);
        Assert.Equal(("33 101\n", 0), joined.Do($"stty size -F /dev/pts/{TerminalOf(session)}"));

        using HostProgram attached = HostProgram.Run(workspace, $"Enter-NsTerminal -Session {session.Name}");
        _ = attached.Terminal.Expect(Workspace.Prompt);

        Assert.Equal(("24 80\n", 0), attached.Do("stty size"));
    }

    [Theory, ForEachPerson]
    public void It_follows_a_terminal_that_is_attached(Person person)
    {
        using HostProgram host = HostProgram.Enter(person);
        using HostProgram other = HostProgram.Run(host.Workspace, $"try {{ Resize-NsTerminal {host.Name} -Columns 101 -Rows 33 -ErrorAction Stop }} catch {{ $_.FullyQualifiedErrorId }}");

        _ = other.Terminal.Expect("TerminalAttached,NsModule.Commands.ResizeNsTerminalCommand");
        Assert.Equal(("24 80\n", 0), host.Do("stty size"));
    }

    private static string TerminalOf(HostProgram session) =>
        System.IO.Path.GetFileName(new System.IO.FileInfo($"/proc/{session.Record.CommandPid}/fd/0").LinkTarget!);
}

using System;
using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Security;

/// <summary>
/// CVE-2017-5226: what a command types into the user's terminal (TIOCSTI), the user's shell executes when the command has ended.
/// </summary>
public sealed class TerminalInputTests
{
    /// <summary>TIOCSTI on everything that may be a terminal: what is open, and the controlling terminal.</summary>
    private const string Attack =
        """
        for my $fd (0..255) { if (open(my $h, "+<&", $fd)) { my $c = "X"; ioctl($h, 0x5412, $c); } }
        if (open(my $t, "+<", "/dev/tty")) { my $c = "X"; ioctl($t, 0x5412, $c); }
        """;

    /// <summary>What waits to be read from the terminal when the program has ended.</summary>
    private const string Shell = "\"$@\"; stty -icanon -echo min 0 time 0; printf '[pending %s]' \"$(head -c 100 | tr -cd X)\"";

    [Theory]
    [ForEachPerson("Enter-NsTerminal")]
    [ForEachPerson("Enter-NsTerminal -NoInit")]
    [ForEachPerson("Enter-NsTerminal -Namespace Uts")]
    [ForEachPerson("Invoke-NsCommand")]
    [ForEachPerson("Start-NsProcess -Wait")]
    public void Nothing_is_typed_into_the_user_s_terminal(Person person, string cmdlet)
    {
        using PwshTerminal pwsh = PwshTerminal.RunInShell(
            person,
            Shell,
            $"$null = {cmdlet} -Name NAME -WorkingDirectory / perl -ArgumentList '-e', '{Attack.ReplaceLineEndings(" ")}'");
        _ = pwsh.Terminal.Expect("[pending ");
        Assert.Equal("", pwsh.Terminal.Expect("]"));
    }

    /// <summary>The attack as such works, where the kernel still knows it.</summary>
    [Theory, ForEachPerson]
    public void A_command_that_has_the_terminal_types_into_it(Person person)
    {
        const string Setting = "/proc/sys/dev/tty/legacy_tiocsti";
        Assert.SkipUnless(
            person == Person.Root || !File.Exists(Setting) || File.ReadAllText(Setting).Trim() == "1",
            "This kernel has turned TIOCSTI off for ordinary users.");
        using var workspace = new Workspace(person);
        using var terminal = new TerminalDriver(workspace, ["sh", "-c", Shell, "sh", "perl", "-e", Attack]);
        _ = terminal.Expect("[pending ");
        Assert.Contains("X", terminal.Expect("]"), StringComparison.Ordinal);
    }

    [Theory]
    [ForEachPerson("Enter-NsTerminal")]
    [ForEachPerson("Invoke-NsCommand")]
    public void No_descriptor_of_the_command_is_the_user_s_terminal(Person person, string cmdlet)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            $"{cmdlet} -Name NAME -WorkingDirectory / sh -ArgumentList '-c', 'readlink /proc/$$/fd/*; echo [end]'");
        pwsh.Terminal.ExpectExit(0);

        string[] open = pwsh.Terminal.OutputText.Split("\r\n");
        Assert.Contains("[end]", open);
        Assert.DoesNotContain(pwsh.Terminal.Pty.Name, open);
    }
}

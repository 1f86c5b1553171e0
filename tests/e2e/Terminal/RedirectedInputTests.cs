using System;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Terminal;

/// <summary>Standard input that is no terminal goes into the session as it is, and its end as the end of file.</summary>
public sealed class RedirectedInputTests
{
    private const string Enter = "Enter-NsTerminal -Name NAME -Hostname demo";

    [Theory, ForEachPerson]
    public void A_command_from_a_pipe_runs_and_the_shell_ends_with_the_input(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.RunInShell(person, "echo 'echo \"[on $(uname -n)]\"' | \"$@\"", Enter);

        pwsh.Terminal.ExpectExit(0);
        Assert.Contains("[on demo]\n", Shown(pwsh), StringComparison.Ordinal);
    }

    [Theory, ForEachPerson]
    public void A_program_in_the_session_gets_the_end_and_then_the_shell_does(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.RunInShell(person, "echo 'cat; echo \"[cat $?]\"; exec sh' | \"$@\"", Enter);

        pwsh.Terminal.ExpectExit(0);
        Assert.Contains("[cat 0]\n", Shown(pwsh), StringComparison.Ordinal);
    }

    [Theory, ForEachPerson]
    public void A_last_line_without_its_end_arrives(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.RunInShell(
            person,
            "printf 'first\\nlast' | \"$@\"",
            "Enter-NsTerminal sh -Name NAME -ArgumentList '-c', 'stty -echo; echo [go]; cat > got; od -An -c got'");

        pwsh.Terminal.ExpectExit(0);
        Assert.Contains("]\n   f   i   r   s   t  \\n   l   a   s   t\n", Shown(pwsh), StringComparison.Ordinal);
    }

    [Theory, ForEachPerson]
    public void Bash_runs_a_last_line_without_its_end(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.RunInShell(person, "printf 'exit 9' | \"$@\"", Enter);

        pwsh.Terminal.ExpectExit(9);
    }

    [Theory, ForEachPerson]
    public void The_terminal_that_is_only_output_is_left_as_it_is(Person person)
    {
        // What is typed reaches the session through the terminal's own line editing and the pipe.
        using PwshTerminal pwsh = PwshTerminal.RunInShell(
            person,
            "{ echo 'echo \"[on $(uname -n)]\"'; head -n 1 <&3; } 3<&0 | \"$@\"",
            Enter);

        _ = pwsh.Terminal.Expect("[on demo]");
        bool asBefore = pwsh.Terminal.Pty.Settings.SameAs(pwsh.Terminal.Pty.InitialSettings);
        pwsh.Terminal.Send("exit 5\n");

        pwsh.Terminal.ExpectExit(5);
        Assert.True(asBefore);
    }

    [Theory, ForEachPerson]
    public void Without_any_terminal_the_output_goes_to_the_pipe(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.RunInShell(
            person,
            "echo 'tty; exit 4' | \"$@\" > out 2> err < /dev/stdin; s=$?; cat out err; exit $s",
            Enter);

        pwsh.Terminal.ExpectExit(4);
        Assert.Contains("/dev/pts/", Shown(pwsh), StringComparison.Ordinal);
        Assert.True(pwsh.Terminal.Pty.Settings.SameAs(pwsh.Terminal.Pty.InitialSettings));
    }

    /// <summary>The terminal is not raw here, so it adds a carriage return to the one that the session's has added.</summary>
    private static string Shown(PwshTerminal pwsh) => Lines(pwsh).Replace("\r\r\n", "\r\n", StringComparison.Ordinal);

    /// <summary>What was shown. A terminal that is not raw adds carriage returns of its own.</summary>
    private static string Lines(PwshTerminal pwsh) => pwsh.Terminal.OutputText.Replace("\r", "", StringComparison.Ordinal);
}

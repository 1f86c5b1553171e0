using System;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Terminal;

/// <summary>What the terminal answers when the program that asked is gone; the test is the terminal.</summary>
public sealed class LateAnswerTests
{
    /// <summary>The shell under it: says what it reads, with control characters made visible.</summary>
    private const string Shell = "\"$@\"; echo \"[pwsh $?]\"; IFS= read -r line; printf '[read %s]\\n' \"$line\" | cat -v";

    [Theory]
    [ForEachPerson("\\033[c", "\e[?62;22c")]
    [ForEachPerson("\\033[>c\\033[6n", "\e[>41;380;0c\e[1;1R")]
    [ForEachPerson("\\033[5n", "\e[0n")]
    [ForEachPerson("\\005", "answerback")]
    [ForEachPerson("\\033[21t", "\e]lrm -rf ~\r\e\\")]
    [ForEachPerson("\\033]11;?\\007", "\e]11;rgb:0000/0000/0000\a")]
    [ForEachPerson("\\033P\\044qm\\033\\\\", "\eP1$r0m\e\\")]
    [ForEachPerson("\\033[>q", "\eP>|XTerm(380)\e\\")]
    public void It_never_reaches_the_shell(Person person, string question, string answer)
    {
        using PwshTerminal pwsh = Start(person, question);
        EndWhileAttachStands(pwsh, answer);

        TheShellReadsMine(pwsh, "mine");
    }

    [Theory, ForEachPerson]
    public void What_was_typed_ahead_does_where_nothing_was_asked(Person person)
    {
        using PwshTerminal pwsh = Start(person, "\\033[1m");
        EndWhileAttachStands(pwsh, "mi");

        TheShellReadsMine(pwsh, "ne");
    }

    [Theory, ForEachPerson]
    public void What_was_typed_ahead_does_where_all_was_answered(Person person)
    {
        using PwshTerminal pwsh = Start(person, "\\033[c");
        pwsh.Terminal.Send("\e[?62;22c\r");
        _ = pwsh.Terminal.Expect("[heard]");
        EndWhileAttachStands(pwsh, "mi");

        TheShellReadsMine(pwsh, "ne");
    }

    [Theory, ForEachPerson]
    public void Ten_thousand_questions_that_nobody_answers_do_not_keep_the_user(Person person)
    {
        using PwshTerminal pwsh = Start(person, "$(yes \"\\033[c\\033[21t\" | head -n 5000)");
        EndWhileAttachStands(pwsh, "");

        TheShellReadsMine(pwsh, "mine");
    }

    /// <summary>A session whose program has asked, and stays.</summary>
    private static PwshTerminal Start(Person person, string question)
    {
        string script = $"stty -echo raw; printf \"{question}[asked]\"; head -c 1 >/dev/null; printf \"[heard]\"; sleep 1000";
        PwshTerminal pwsh = PwshTerminal.RunInShell(person, Shell, $"Enter-NsTerminal -Name NAME sh -ArgumentList '-c', '{script}'");
        _ = pwsh.Terminal.Expect("[asked]");
        return pwsh;
    }

    /// <summary>What the shell reads, when this has been typed at it, is "mine" and no more.</summary>
    private static void TheShellReadsMine(PwshTerminal pwsh, string typed)
    {
        _ = pwsh.Terminal.Expect("[pwsh 137]");
        pwsh.Terminal.Send(typed + "\r");
        _ = pwsh.Terminal.Expect("[read mine]");
    }

    /// <summary>The session's end, and then input, are there before attach hears of either.</summary>
    private static void EndWhileAttachStands(PwshTerminal pwsh, string input)
    {
        using ProcessWatch attach = ProcessWatch.Open(pwsh.AttachId);
        using ProcessWatch supervisor = ProcessWatch.Open(pwsh.Record.Supervisor.Pid);
        using ProcessWatch command = ProcessWatch.Open(pwsh.Record.CommandPid);
        attach.Signal(SIGSTOP);
        try
        {
            command.Signal(SIGKILL);
            command.WaitForEnd();

            // The supervisor goes when it has told attach of the end.
            supervisor.WaitForEnd();
            pwsh.Terminal.Send(input);
        }
        finally
        {
            // Also where that fails: attach would stand, and pwsh wait for it, for ever.
            attach.Signal(SIGCONT);
        }
    }
}

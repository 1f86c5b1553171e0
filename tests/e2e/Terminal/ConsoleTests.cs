using System;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Terminal;

/// <summary>Who may take the console, and what pwsh may be.</summary>
public sealed class ConsoleTests
{
    [Theory, ForEachPerson]
    public void A_parallel_runspace_is_refused(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            $"1 | ForEach-Object -Parallel {{ Import-Module {Product.Module}; try {{ Enter-NsTerminal -Name NAME }} catch {{ \"[error"
                + " $($_.FullyQualifiedErrorId)]\" } }");

        pwsh.Terminal.ExpectExit(0);
        Assert.Contains("[error NoConsole,", pwsh.Terminal.OutputText, StringComparison.Ordinal);
    }

    [Theory, ForEachPerson]
    public void A_background_job_is_refused(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            $"1 | ForEach-Object -AsJob -Parallel {{ Import-Module {Product.Module}; try {{ Enter-NsTerminal -Name NAME }} catch {{"
                + " \"[error $($_.FullyQualifiedErrorId)]\" } } | Receive-Job -Wait");

        pwsh.Terminal.ExpectExit(0);
        Assert.Contains("[error NoConsole,", pwsh.Terminal.OutputText, StringComparison.Ordinal);
    }

    [Theory]
    [ForEachPerson("exit 0", 0)]
    [ForEachPerson("exit 7", 7)]
    [ForEachPerson("kill -KILL $$", 137)]
    public void The_host_program_may_be_PID_1_of_a_namespace(Person person, string last, int expected)
    {
        Assert.SkipUnless(Tmds.Linux.LibC.geteuid() == 0, "Only root can make a PID namespace and stay a user without a user namespace.");
        using PwshTerminal pwsh = PwshTerminal.RunUnder(
            person,
            ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"],
            "\"[pid $PID]\"; Enter-NsTerminal -Name NAME -Hostname demo");

        _ = pwsh.Terminal.Expect("[pid 1]");
        _ = pwsh.Terminal.Expect(Workspace.Prompt);

        pwsh.Terminal.Send(last + "\r");
        pwsh.Terminal.ExpectExit(expected);
    }
}

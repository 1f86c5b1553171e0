using System;
using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using NsModule.Sessions;
using Xunit;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>
/// A session is seen to run, and is ended, from wherever its directory is seen: out of other PID and user namespaces, too.
/// </summary>
public sealed class NestedSessionTests
{
    /// <summary>What a statement came to: its output, or the name of its error.</summary>
    private const string Try = "function try-it($code) { try { $ErrorActionPreference = \"Stop\"; \"[\" + ((& $code) -join \" \") + "
        + "\"]\" } catch { \"[\" + $_.FullyQualifiedErrorId.Split(\",\")[0] + \"]\" } }; ";

    [Theory, ForEachPerson]
    public void From_inside_another_session_it_runs_and_is_not_removed(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal pwsh = Started(workspace);

        string said = Inside(workspace, $"try-it {{ (Get-NsProcess {pwsh.Name}).State }}; try-it {{ Remove-NsProcess {pwsh.Name} }}; "
            + $"try-it {{ (Get-NsProcess {pwsh.Name}).State }}");

        Assert.Equal("[Running] [SessionRunning] [Running]", said);
        Assert.Equal(NsSessionState.Running, pwsh.Record.State);
        Assert.True(pwsh.Record.Init.IsAlive);
        Assert.True(File.Exists(Path.Combine(workspace.StorePath, pwsh.Record.Id, "socket")), "Nobody can connect to it any more.");
    }

    [Theory, ForEachPerson]
    public void From_inside_another_session_it_is_ended(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal pwsh = Started(workspace);

        string said = Inside(workspace, $"try-it {{ (Stop-NsProcess {pwsh.Name} -Force -PassThru).State }}; try-it {{ "
            + $"Remove-NsProcess {pwsh.Name} }}; try-it {{ (Get-NsProcess {pwsh.Name}*).Count }}");

        Assert.Equal("[Exited] [] [0]", said);
    }

    [Theory, ForEachPerson]
    public void One_that_was_started_inside_runs_is_commanded_and_ended_from_outside(Person person)
    {
        using PwshTerminal outer = PwshTerminal.Enter(person);
        string name = outer.Name + "-inner";
        Assert.Equal(
            0,
            outer.Do($"{string.Join(' ', Product.Pwsh)} -Command 'Import-Module {Product.Module};"
                + $" $null = Start-NsProcess -Name {name} cat'").Status);

        using PwshTerminal look = PwshTerminal.Run(outer.Workspace, Try + string.Join("; ", ((string[])
        [
            $"(Get-NsProcess {name}).State",
            $"Remove-NsProcess {name}",
            $"Send-NsInput {name} -Text typed -Line; (Wait-NsOutput {name} -Pattern typed -TimeoutSec 60).Match",
            $"(Stop-NsProcess {name} -PassThru).State",
            $"Remove-NsProcess {name}",
            $"(Get-NsProcess {name}*).Count",
        ]).Select(s => $"try-it {{ {s} }}")));

        look.Terminal.ExpectExit(0);
        Assert.Equal(
            "[Running] [SessionRunning] [typed] [Exited] [] [0]",
            look.Terminal.OutputText.Trim().Replace("\r\n", " ", StringComparison.Ordinal));
    }

    /// <summary>In a user namespace everybody is user 0: the place that takes XDG_RUNTIME_DIR's is named after who it is outside.</summary>
    [Theory, ForEachPerson]
    public void In_a_user_namespace_the_store_is_named_after_the_user_outside(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.RunInShell(
            person,
            "unset XDG_RUNTIME_DIR; export TMPDIR=$HOME; unshare --user --map-root-user \"$@\"; ls -d \"$HOME\"/nsmodule-*",
            "\"[$((Start-NsProcess true | Wait-NsProcess).ExitCode)]\"; Get-NsProcess | Remove-NsProcess");

        pwsh.Terminal.ExpectExit(0);
        Assert.Equal($"[0]\r\n{pwsh.Workspace.PathOf($"nsmodule-{pwsh.Workspace.Uid}")}\r\n", pwsh.Terminal.OutputText);
    }

    private static PwshTerminal Started(Workspace workspace)
    {
        PwshTerminal pwsh = PwshTerminal.Run(workspace, "$null = Start-NsProcess -Name NAME sleep 1000");
        Assert.Equal(0, pwsh.Terminal.WaitForExit());
        return pwsh;
    }

    /// <summary>What PowerShell says in a session of its own, in a line.</summary>
    private static string Inside(Workspace workspace, string script)
    {
        string[] command = [.. Product.Pwsh[1..], "-Command", $"Import-Module {Product.Module}; {Try + script}"];
        string arguments = string.Join(", ", command.Select(a => $"'{a.Replace("'", "''", StringComparison.Ordinal)}'"));
        using PwshTerminal pwsh = PwshTerminal.Run(workspace, $"Invoke-NsCommand {Product.Pwsh[0]} -ArgumentList {arguments}");
        pwsh.Terminal.ExpectExit(0);
        return pwsh.Terminal.OutputText.Trim().Replace("\r\n", " ", StringComparison.Ordinal);
    }
}

using System;
using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using NsModule.Sessions;
using Xunit;

namespace NsModule.EndToEndTests.Isolation;

/// <summary>A command in single namespaces of another process, and in its launcher's for the rest.</summary>
public sealed class JoinedNamespaceTests
{
    [Theory, ForEachPerson]
    public void It_is_in_these_and_in_the_launchers_for_the_rest(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal target = Target(workspace);

        // An ordinary user gets into them by way of the user namespace that owns them.
        string kinds = person == Person.Root ? "Uts,Net" : "User,Uts,Net";
        using PwshTerminal joined = PwshTerminal.Run(
            workspace,
            $"Enter-NsTerminal -Name NAME -Join (Get-NsNamespace {target.Name} -Kind {kinds})");
        _ = joined.Terminal.Expect(Workspace.Prompt);

        Assert.Equal(("shared\n", 0), joined.Do("uname -n"));
        Assert.Equal(("0\n", 0), joined.Do("id -u"));
        Assert.All(["uts", "net"], kind => Assert.Equal(Of(target, kind), Of(joined, kind)));
        Assert.All(["pid", "mnt", "ipc"], kind => Assert.NotEqual(Of(target, kind), Of(joined, kind)));
        Assert.All(
            ["pid", "mnt", "ipc"],
            kind => Assert.Equal(ProcessWatch.NamespaceOf(joined.Record.Supervisor.Pid, kind), Of(joined, kind)));
        Assert.Equal(Of(target, "net"), $"net:[{joined.Record.Namespaces["net"]}]");
        Assert.Equal((null, "shared"), (joined.Record.JoinedSession, joined.Record.Hostname));
    }

    [Theory, ForEachPerson]
    public void In_a_pid_namespace_it_is_a_process_among_the_others(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal target = Target(workspace);
        string kinds = person == Person.Root ? "Pid,Mount" : "User,Pid,Mount";
        using PwshTerminal joined = PwshTerminal.Run(
            workspace,
            $"Enter-NsTerminal -Name NAME -WorkingDirectory / -Join (Get-NsNamespace {target.Name} -Kind {kinds})");
        _ = joined.Terminal.Expect(Workspace.Prompt);

        Assert.Contains("sleep 1000\n", joined.Do("ps -e -o args").Output, StringComparison.Ordinal);
        Assert.Equal(7, joined.Leave("exit 7"));
        Assert.Equal(NsSessionState.Running, target.Record.State);
    }

    [Theory, ForEachPerson]
    public void One_that_is_gone_is_an_error_and_leaves_nothing(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal target = Target(workspace);
        using PwshTerminal refused = PwshTerminal.Run(
            workspace,
            $"$n = Get-NsNamespace {target.Name} -Kind Net; Stop-NsProcess {target.Name}; try {{ Start-NsProcess -Name NAME -Join $n true"
                + " } catch { $_.FullyQualifiedErrorId }");

        _ = refused.Terminal.Expect("NamespaceNotFound,NsModule.Commands.StartNsProcessCommand");
        Assert.Equal(0, refused.Terminal.WaitForExit());
        Assert.DoesNotContain(
            Directory.GetDirectories(workspace.StorePath).Select(d => new SessionStore(workspace.StorePath).Read(Path.GetFileName(d))),
            r => r?.Name == refused.Name);
    }

    private static PwshTerminal Target(Workspace workspace)
    {
        PwshTerminal target = PwshTerminal.Run(
            workspace,
            "$null = Start-NsProcess -Name NAME -Hostname shared -Namespace Pid,Mount,Uts,Ipc,Net sleep 1000");
        Assert.Equal(0, target.Terminal.WaitForExit());
        return target;
    }

    private static string? Of(PwshTerminal session, string kind) => ProcessWatch.NamespaceOf(session.Record.CommandPid, kind);
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using NsModule.Sessions;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Isolation;

/// <summary>A new command, on a terminal of its own, in the namespaces of a session that runs.</summary>
public sealed class JoinTests
{
    private const string AllKinds = "-Namespace Pid,Mount,Uts,Ipc,User,Net,Cgroup,Time";

    [Theory, ForEachPerson]
    public void It_is_in_the_same_namespaces(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal target = Target(workspace, AllKinds);
        using PwshTerminal joined = Enter(workspace, target);

        string[] kinds = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];
        string inside = joined.Do($"cd /proc/self/ns; readlink {string.Join(' ', kinds)}; cd - >/dev/null").Output;

        Assert.Equal(
            kinds.Select(k => ProcessWatch.NamespaceOf(target.Record.CommandPid, k)),
            inside.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equivalent(target.Record.Namespaces, joined.Record.Namespaces, strict: true);
        Assert.Equal(("shared\n", 0), joined.Do("uname -n"));
        Assert.Contains("sleep 1000\n", joined.Do("ps -e -o args").Output, StringComparison.Ordinal);
        Assert.Equal((target.Record.Id, "shared"), (joined.Record.JoinedSession, joined.Record.Hostname));
    }

    [Theory]
    [ForEachPerson("")]
    [ForEachPerson(AllKinds)]
    [ForEachPerson("-Namespace None")]
    public void It_has_the_same_user_and_the_same_maps(Person person, string parameters)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal target = Target(workspace, parameters);
        using PwshTerminal joined = Enter(workspace, target);

        foreach (string file in (string[])["uid_map", "gid_map", "setgroups"])
        {
            Assert.Equal(
                File.ReadAllText($"/proc/{target.Record.CommandPid}/{file}"),
                File.ReadAllText($"/proc/{joined.Record.CommandPid}/{file}"));
        }

        string[] lines = ["Uid:", "Gid:", "Groups:", "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:"];
        Assert.Equal(lines.Select(l => StatusOf(target, l)), lines.Select(l => StatusOf(joined, l)));
        Assert.Equal(("0\n", 0), joined.Do("id -u"));
        Assert.Equal(target.Record.UidMap, joined.Record.UidMap);
        Assert.Equal(target.Record.GidMap, joined.Record.GidMap);
    }

    [Fact]
    public void It_becomes_the_root_of_a_map_that_has_another_for_it()
    {
        Assert.SkipUnless(geteuid() == 0, "Such a map takes root.");
        using var workspace = new Workspace(Person.Root);
        using PwshTerminal target = Target(workspace, "-UidMap 0:100000:65536 -GidMap 0:100000:65536 -WorkingDirectory /");
        using PwshTerminal joined = PwshTerminal.Run(
            workspace,
            $"Enter-NsTerminal -Name NAME -Join {target.Name} -WorkingDirectory / -Environment @{{ HOME = '/';"
                + $" PS1 = '{Workspace.Prompt}' }} sh");
        _ = joined.Terminal.Expect(Workspace.Prompt);

        Assert.Equal("Uid:\t100000\t100000\t100000\t100000", StatusOf(joined, "Uid:"));
        Assert.Equal(("0\n", 0), joined.Do("id -u"));
        Assert.Equal(("0\n", 0), joined.Do("stat -c %u \"$(tty)\""));
    }

    [Theory, ForEachPerson]
    public void It_has_a_terminal_of_its_own_and_nothing_else_open(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal target = Target(workspace, "");
        using PwshTerminal joined = Enter(workspace, target);

        (string terminal, int status) = joined.Do("tty");
        Assert.Equal(0, status);
        Assert.NotEqual(terminal.Trim(), new FileInfo($"/proc/{target.Record.CommandPid}/fd/0").LinkTarget);
        Assert.Equal(("0\n1\n2\n", 0), joined.Do("exec 255>&-; ls -1 /proc/$$/fd"));
        Assert.Equal(("24 80\n", 0), joined.Do("stty size"));
    }

    [Theory, ForEachPerson]
    public void Its_end_is_its_own(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal target = Target(workspace, "");
        using PwshTerminal joined = Enter(workspace, target);

        Assert.Equal(7, joined.Leave("exit 7"));
        Assert.Equal((NsSessionState.Exited, 7), (joined.Record.State, joined.Record.ExitCode));
        Assert.Equal(NsSessionState.Running, target.Record.State);
        Assert.True(target.Record.Init.IsAlive);
    }

    [Theory]
    [ForEachPerson("")]
    [ForEachPerson("-Namespace Uts")]
    public void It_ends_with_the_session_that_it_joined(Person person, string parameters)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal target = Target(workspace, parameters);
        using PwshTerminal joined = Enter(workspace, target);
        using ProcessWatch supervisor = ProcessWatch.Open(joined.Record.Supervisor.Pid);
        using ProcessWatch command = ProcessWatch.Open(joined.Record.CommandPid);

        using (ProcessWatch init = ProcessWatch.Open(target.Record.InitPid))
        {
            init.Signal(SIGKILL);
        }

        Assert.Equal(137, joined.Terminal.WaitForExit());
        command.WaitForEnd();
        supervisor.WaitForEnd();
        Assert.Equal((NsSessionState.Exited, 137), (joined.Record.State, joined.Record.ExitCode));
    }

    [Theory, ForEachPerson]
    public void It_is_stopped_with_grace(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal target = Target(workspace, "");
        using PwshTerminal joined = PwshTerminal.Run(
            workspace,
            $"Enter-NsTerminal -Name NAME -Join {target.Name} sh -ArgumentList '-c', 'trap \"exit 5\" TERM HUP; echo trapped; while :;"
                + " do sleep 1000 & wait; done'");
        _ = joined.Terminal.Expect("trapped\r\n");

        using PwshTerminal stop = PwshTerminal.Run(workspace, $"(Stop-NsProcess {joined.Name} -GracePeriodSec 1000 -PassThru).ExitCode");

        Assert.Equal(0, stop.Terminal.WaitForExit());
        Assert.Equal(5, joined.Terminal.WaitForExit());
        Assert.Equal(NsSessionState.Running, target.Record.State);
    }

    [Theory]
    [ForEachPerson("sleep 1000")]
    [ForEachPerson("setpriv --pdeathsig clear sleep 1000")]
    public void It_ends_with_its_supervisor(Person person, string command)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal target = Target(workspace, "");
        using PwshTerminal joined = PwshTerminal.Run(workspace, $"$null = Start-NsProcess -Name NAME -Join {target.Name} -- {command}");
        Assert.Equal(0, joined.Terminal.WaitForExit());
        using ProcessWatch process = ProcessWatch.Open(joined.Record.CommandPid);
        using (ProcessWatch supervisor = ProcessWatch.Open(joined.Record.Supervisor.Pid))
        {
            supervisor.Signal(SIGKILL);

            // The command may end before it: with the first thread of the supervisor, not with the last.
            supervisor.WaitForEnd();
        }

        process.WaitForEnd();
        Assert.Equal(NsSessionState.Lost, joined.Record.State);
        Assert.Equal(NsSessionState.Running, target.Record.State);
    }

    [Theory, ForEachPerson]
    public void Joining_one_that_has_joined_is_joining_the_first(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal target = Target(workspace, "");
        using PwshTerminal joined = Enter(workspace, target);
        using PwshTerminal again = Enter(workspace, joined);

        Assert.Equal(target.Record.Id, again.Record.JoinedSession);
        Assert.Equal(0, joined.Leave());
        Assert.Equal(("shared\n", 0), again.Do("uname -n"));
    }

    [Theory, ForEachPerson]
    public void A_command_that_is_not_there_leaves_nothing(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal target = Target(workspace, "");
        using PwshTerminal joined = PwshTerminal.Run(
            workspace,
            $"try {{ Start-NsProcess -Name NAME -Join {target.Name} not-there }} catch {{ $_.FullyQualifiedErrorId }}");

        _ = joined.Terminal.Expect("CommandNotFound,NsModule.Commands.StartNsProcessCommand");
        Assert.Equal(0, joined.Terminal.WaitForExit());
        var store = new SessionStore(workspace.StorePath);
        IEnumerable<string> kept = Directory.GetDirectories(workspace.StorePath)
            .Select(d => Path.GetFileName(d)!)
            .Where(d => store.Read(d) is { } r && (r.Name == target.Name || r.JoinedSession == target.Record.Id));
        Assert.Equal([target.Record.Id], kept);

        // The namespaces of init are for root only to see (PR_SET_DUMPABLE).
        string space = ProcessWatch.NamespaceOf(target.Record.CommandPid, "uts")!;
        Assert.Equal(
            [target.Record.CommandPid],
            ProcessWatch.Find(p => p != target.Record.InitPid && ProcessWatch.NamespaceOf(p, "uts") == space));
    }

    /// <summary>A session to join, which sleeps.</summary>
    private static PwshTerminal Target(Workspace workspace, string parameters)
    {
        string hostname = parameters.Contains("None", StringComparison.Ordinal) ? "" : "-Hostname shared";
        PwshTerminal target = PwshTerminal.Run(workspace, $"$null = Start-NsProcess -Name NAME {hostname} {parameters} sleep 1000");
        Assert.Equal(0, target.Terminal.WaitForExit());
        return target;
    }

    private static PwshTerminal Enter(Workspace workspace, PwshTerminal target)
    {
        PwshTerminal joined = PwshTerminal.Run(workspace, $"Enter-NsTerminal -Name NAME -Keep -Join {target.Name}");
        _ = joined.Terminal.Expect(Workspace.Prompt);
        return joined;
    }

    private static string StatusOf(PwshTerminal session, string field) =>
        File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{session.Record.CommandPid}/status"))
            .First(l => l.StartsWith(field, StringComparison.Ordinal))
            .TrimEnd();
}

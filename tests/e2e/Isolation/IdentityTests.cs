using System;
using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Isolation;

/// <summary>Whom a command runs as, and which ids its session has.</summary>
public sealed class IdentityTests
{
    private static readonly string[] s_credentials =
    [
        "Uid:", "Gid:", "Groups:", "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:", "Umask:",
    ];

    [Theory]
    [InlineData("-User 1234:4321", "1234 4321 4321 1234 / 1234")]
    [InlineData("-User 1234 -SupplementaryGroup 7,8 -Umask 027", "1234 0 0 7 8 1234 / 1234")]
    [InlineData("-User nobody:daemon -Environment @{ HOME = '/mine'; PS1 = '[ready]$ ' }", "65534 1 1 65534 /mine nobody")]
    [InlineData("-User 1234 -UidMap 0:100000:5000 -GidMap 0:200000:5000 -SupplementaryGroup 7", "1234 0 0 7 1234 / 1234")]
    public void The_command_is_the_user_has_its_groups_and_owns_its_terminal(string parameters, string expected)
    {
        Assert.SkipUnless(geteuid() == 0, "Becoming another user takes root.");
        using var workspace = new Workspace(Person.Root);
        using PwshTerminal pwsh = Enter(
            workspace,
            $"{parameters} -WorkingDirectory / sh",
            parameters.Contains("PS1", StringComparison.Ordinal) ? "" : $"-Environment @{{ PS1 = '{Workspace.Prompt}' }}");
        Assert.Equal((expected + "\n", 0), pwsh.Do("echo $(id -u) $(id -g) $(id -G) $(stat -Lc %u /proc/self/fd/0) $HOME $USER"));
    }

    [Fact]
    public void A_joined_command_has_the_user_groups_privileges_and_limits_of_the_session()
    {
        Assert.SkipUnless(geteuid() == 0, "Becoming another user takes root.");
        using var workspace = new Workspace(Person.Root);
        string environment = $"-Environment @{{ PS1 = '{Workspace.Prompt}' }}";
        using PwshTerminal pwsh = Enter(
            workspace,
            "-User 1234:4321 -SupplementaryGroup 7,8 -Umask 027 -DropCapability CHOWN -AddCapability KILL -ResourceLimit @{ nofile ="
                + " '99:100' } -Nice 3 -WorkingDirectory / sh",
            environment);
        using PwshTerminal joined = Enter(workspace, $"-Join {pwsh.Name} -WorkingDirectory / sh", environment);

        Assert.Equal(
            s_credentials.Select(l => StatusOf(pwsh.Record.CommandPid, l)),
            s_credentials.Select(l => StatusOf(joined.Record.CommandPid, l)));
        Assert.Equal("1234\t1234\t1234\t1234", StatusOf(joined.Record.CommandPid, "Uid:"));
        Assert.Equal(("99 100 3 / 1234\n", 0), joined.Do("echo $(ulimit -Sn) $(ulimit -Hn) $(nice) $HOME $USER"));

        // Another user, as docker exec --user; the session's bounding set stays.
        using PwshTerminal other = Enter(workspace, $"-Join {pwsh.Name} -User 0 -WorkingDirectory / sh", environment);
        Assert.Equal("0\t0\t0\t0", StatusOf(other.Record.CommandPid, "Uid:"));
        Assert.Equal(StatusOf(pwsh.Record.CommandPid, "CapBnd:"), StatusOf(other.Record.CommandPid, "CapEff:"));
    }

    [Theory, ForEachPerson]
    public void Limits_priority_processors_and_score_are_those_asked_for(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal pwsh = Enter(
            workspace,
            "-ResourceLimit @{ nofile = '100:200'; core = 0; RLIMIT_FSIZE = 1MB } -Nice 5 -OomScoreAdjustment 300 -CpuAffinity 0",
            "");
        Assert.Equal(
            ("100 200 0 1024 5 300 0\n", 0),
            pwsh.Do("echo $(ulimit -Sn) $(ulimit -Hn) $(ulimit -c) $(ulimit -f) $(nice) $(cat /proc/self/oom_score_adj) $(sed -n"
                + " 's/^Cpus_allowed_list:.//p' /proc/self/status)"));
        Assert.Equal(File.ReadAllText("/proc/self/oom_score_adj"), File.ReadAllText($"/proc/{pwsh.Record.Supervisor.Pid}/oom_score_adj"));
    }

    /// <summary>
    /// The policy is the 41st field (proc_pid_stat(5)). What joins a session has its policy, unless it has one of its own.
    /// </summary>
    [Theory, ForEachPerson]
    public void The_scheduling_policy_is_the_one_asked_for(Person person)
    {
        const string Policy = "cut -d ' ' -f 41 /proc/self/stat";
        using var workspace = new Workspace(person);
        using PwshTerminal pwsh = Enter(workspace, "-SchedulingPolicy Idle", "");
        Assert.Equal(("5\n", 0), pwsh.Do(Policy));
        Assert.Equal(
            File.ReadAllText("/proc/self/stat").Split(' ')[40],
            File.ReadAllText($"/proc/{pwsh.Record.Supervisor.Pid}/stat").Split(' ')[40]);

        using PwshTerminal joined = Enter(workspace, $"-Join {pwsh.Name}", "");
        Assert.Equal(("5\n", 0), joined.Do(Policy));
        using PwshTerminal other = Enter(workspace, $"-Join {pwsh.Name} -SchedulingPolicy Batch", "");
        Assert.Equal(("3\n", 0), other.Do(Policy));
    }

    [Theory]
    [ForEachPerson("")]
    [ForEachPerson("-NoInit")]
    public void Clocks_differ_by_what_was_asked_for(Person person, string parameters)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal pwsh = Enter(workspace, $"-MonotonicOffset 1.5 -BoottimeOffset ([timespan]'100.00:00:00') {parameters}", "");
        Assert.Equal("monotonic 1 500000000 boottime 8640000 0 \n", pwsh.Do("tr -s ' \\n' ' ' < /proc/self/timens_offsets; echo").Output);
        Assert.Equal(("yes\n", 0), pwsh.Do("read up _ < /proc/uptime; [ ${up%.*} -gt 8640000 ] && echo yes"));
        Assert.NotEqual(ProcessWatch.NamespaceOf(Environment.ProcessId, "time"), ProcessWatch.NamespaceOf(pwsh.Record.InitPid, "time"));
        Assert.Equal(
            pwsh.Record.Namespaces["time"],
            ulong.Parse(
                ProcessWatch.NamespaceOf(pwsh.Record.CommandPid, "time")!.Split('[', ']')[1],
                System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>An ordinary user's sub-ids, given in files that only these processes see.</summary>
    private static PwshTerminal EnterWithSubIds(string subIds, string line)
    {
        Assert.SkipUnless(geteuid() == 0, "Giving somebody sub-ids takes root.");
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, subIds);
            return PwshTerminal.RunUnder(
                Person.OrdinaryUser,
                [
                    "unshare",
                    "-m",
                    "sh",
                    "-c",
                    $"for f in subuid subgid; do [ -e /etc/$f ] || touch /etc/$f; cat {file} > /tmp/$f.$$; mount --bind /tmp/$f.$$ /etc/$f;"
                        + $" rm /tmp/$f.$$; done; rm {file}; exec \"$@\"",
                    "sh",
                ],
                line);
        }
        catch
        {
            File.Delete(file);
            throw;
        }
    }

    [Fact]
    public void An_ordinary_user_maps_its_sub_ids_by_newuidmap_and_becomes_their_users()
    {
        using PwshTerminal pwsh = EnterWithSubIds("1000:300000:1000\n", "Enter-NsTerminal -Name NAME -SubId Auto");
        _ = pwsh.Terminal.Expect(Workspace.Prompt);
        Assert.Equal(["0:1000:1", "1:300000:1000"], pwsh.Record.UidMap);
        Assert.Equal(("0 1000 1 1 300000 1000\nallow\n", 0), pwsh.Do("echo $(cat /proc/self/uid_map); cat /proc/self/setgroups"));
        Assert.Equal(
            ("5 6 7\n", 0),
            pwsh.Do("setpriv --reuid 5 --regid 6 --groups 7 sh -c 'echo $(id -u) $(id -g) $(id -G | cut -d\" \" -f2)'"));
        pwsh.Do("touch file; chown 5:6 file");
        Assert.Equal("1\n", pwsh.Do("stat -c %u file | grep -c 5").Output);
    }

    [Fact]
    public void An_ordinary_user_runs_a_command_as_one_of_its_sub_ids()
    {
        using PwshTerminal pwsh = EnterWithSubIds(
            "1000:300000:1000\n",
            "Enter-NsTerminal id -Name NAME -SubId Auto -User 5:6 -SupplementaryGroup 7 -WorkingDirectory / -ArgumentList '-G'");
        pwsh.Terminal.ExpectExit(0);
        Assert.Equal("6 7\r\n", pwsh.Terminal.OutputText);
    }

    [Fact]
    public void A_session_of_sub_ids_can_be_joined_by_its_user()
    {
        using PwshTerminal pwsh = EnterWithSubIds(
            "1000:300000:1000\n",
            "$s = Start-NsProcess sleep 1000 -Name NAME -UidMap 0:300000:100 -GidMap 0:300000:100 -WorkingDirectory /;"
                + " Enter-NsTerminal id -Join $s -WorkingDirectory / -ArgumentList '-u'; Stop-NsProcess $s -Force");
        pwsh.Terminal.ExpectExit(0);
        Assert.Equal("0\r\n", pwsh.Terminal.OutputText);
    }

    private static PwshTerminal Enter(Workspace workspace, string parameters, string more)
    {
        PwshTerminal pwsh = PwshTerminal.Run(workspace, $"Enter-NsTerminal -Name NAME {more} {parameters}");
        _ = pwsh.Terminal.Expect(Workspace.Prompt);
        return pwsh;
    }

    private static string StatusOf(int pid, string line) =>
        File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith(line, StringComparison.Ordinal))[line.Length..].Trim();
}

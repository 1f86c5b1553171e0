using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Isolation;

/// <summary>What a command may do, and that it is no more than was meant.</summary>
public sealed class PrivilegeTests
{
    private const string None = "0000000000000000";

    /// <summary>
    /// CVE-2022-27650, CVE-2022-29162: inheritable capabilities of the caller reached the command, and with them files that add to those.
    /// </summary>
    [Fact]
    public void Inheritable_and_ambient_capabilities_of_the_caller_do_not_reach_the_command()
    {
        Assert.SkipUnless(geteuid() == 0, "Such a caller takes root.");
        using PwshTerminal pwsh = PwshTerminal.RunUnder(
            Person.Root,
            ["setpriv", "--inh-caps=+chown,+kill,+net_raw", "--ambient-caps=+chown,+kill"],
            "Enter-NsTerminal grep -Name NAME -ArgumentList '-E', '^Cap(Inh|Amb)', /proc/self/status");

        pwsh.Terminal.ExpectExit(0);
        Assert.Equal($"CapInh:\t{None}\r\nCapAmb:\t{None}\r\n", pwsh.Terminal.OutputText);
    }

    [Theory]
    [ForEachPerson("-Namespace User,Mount", 1)]
    [ForEachPerson("-Namespace User,Mount -AllowNewPrivileges", 0)]
    public void A_user_namespace_turns_new_privileges_off_unless_told_not_to(Person person, string parameters, int expected)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person, parameters);
        Assert.Equal(($"NoNewPrivs:\t{expected}\n", 0), pwsh.Do("grep NoNewPrivs /proc/self/status"));
    }

    [Fact]
    public void Root_without_a_user_namespace_keeps_what_it_has()
    {
        Assert.SkipUnless(geteuid() == 0, "It takes root.");
        using PwshTerminal pwsh = PwshTerminal.Enter(Person.Root);
        foreach (string line in (string[])["CapPrm:", "CapEff:", "CapBnd:", "NoNewPrivs:"])
        {
            Assert.Equal(StatusOf(Environment.ProcessId, line), StatusOf(pwsh.Record.CommandPid, line));
        }
    }

    [Theory, ForEachPerson]
    public void A_dropped_capability_is_gone_for_good_and_in_joined_commands_too(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal pwsh = Enter(workspace, "-DropCapability CHOWN, CAP_NET_RAW");
        using PwshTerminal joined = Enter(workspace, $"-Join {pwsh.Name}");
        foreach (PwshTerminal one in (PwshTerminal[])[pwsh, joined])
        {
            foreach (string set in (string[])["CapPrm:", "CapEff:", "CapBnd:"])
            {
                Assert.Equal(0ul, Convert.ToUInt64(StatusOf(one.Record.CommandPid, set), 16) & ((1ul << 0) | (1ul << 13)));
            }

            Assert.NotEqual(0ul, Convert.ToUInt64(StatusOf(one.Record.CommandPid, "CapEff:"), 16) & (1ul << 5));
        }

        Assert.Equal(StatusOf(pwsh.Record.CommandPid, "CapBnd:"), StatusOf(joined.Record.CommandPid, "CapBnd:"));
    }

    [Theory]
    [ForEachPerson("-DropCapability All", None)]
    [ForEachPerson("-DropCapability All -AddCapability CAP_KILL", "0000000000000020")]
    public void All_can_be_dropped_but_for_some(Person person, string parameters, string expected)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person, parameters);
        string sets = pwsh.Do("grep ^Cap /proc/self/status").Output;
        Assert.Equal($"CapInh:\t{None}\nCapPrm:\t{expected}\nCapEff:\t{expected}\nCapBnd:\t{expected}\nCapAmb:\t{None}\n", sets);
    }

    [Fact]
    public void Another_user_than_root_has_the_capabilities_it_was_given_and_no_others()
    {
        Assert.SkipUnless(geteuid() == 0, "Becoming another user takes root.");
        const string Bind = "0000000000000400";
        using var workspace = new Workspace(Person.Root);
        string shell = $"-Environment @{{ PS1 = '{Workspace.Prompt}' }} -WorkingDirectory / sh";
        using PwshTerminal without = Enter(workspace, "-User 1234 " + shell);
        Assert.Equal(
            [None, None, None, None],
            ((string[])["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"]).Select(l => StatusOf(without.Record.CommandPid, l)));
        using PwshTerminal with = Enter(workspace, "-User 1234 -AddCapability NET_BIND_SERVICE " + shell);
        Assert.Equal(
            [Bind, Bind, Bind, Bind],
            ((string[])["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"]).Select(l => StatusOf(with.Record.CommandPid, l)));
    }

    [Theory, ForEachPerson]
    public void Init_keeps_the_right_to_send_signals_and_no_other(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person);
        _ = pwsh.Do("true");
        Assert.Equal("0000000000000020", StatusOf(pwsh.Record.InitPid, "CapEff:"));
        Assert.Equal("0000000000000020", StatusOf(pwsh.Record.InitPid, "CapPrm:"));
    }

    [Theory]
    [ForEachPerson("")]
    [ForEachPerson("-AllowNewPrivileges")]
    [ForEachPerson("-NoInit")]
    public void A_seccomp_profile_holds_for_the_command_and_for_joined_ones(Person person, string parameters)
    {
        using var workspace = new Workspace(person);
        string profile = workspace.Write(
            "profile.json",
            """
            {
              "defaultAction": "SCMP_ACT_ALLOW",
              "syscalls": [ { "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28 } ]
            }
            """);
        using PwshTerminal pwsh = Enter(workspace, $"-SeccompProfile {profile} {parameters}");
        using PwshTerminal joined = Enter(workspace, $"-Join {pwsh.Name}");
        foreach (PwshTerminal one in (PwshTerminal[])[pwsh, joined])
        {
            Assert.Equal(("Seccomp:\t2\n", 0), one.Do("grep Seccomp: /proc/self/status"));
            Assert.Contains("No space left on device", one.Do("mkdir directory").Output, StringComparison.Ordinal);
        }
    }

    [Theory, ForEachPerson]
    public void A_seccomp_profile_may_forbid_what_the_launch_has_done_before(Person person)
    {
        using var workspace = new Workspace(person);
        string profile = Forbid(workspace, "prctl", "capset", "capget", "setgroups", "setresgid", "setresuid", "setsid");
        using PwshTerminal pwsh = Enter(workspace, $"-SeccompProfile {profile}");
        Assert.Equal(("Seccomp:\t2\n", 0), pwsh.Do("grep Seccomp: /proc/self/status"));
    }

    [Fact]
    public void Whoever_gives_up_what_a_filter_takes_has_little_to_do_behind_it()
    {
        Assert.SkipUnless(geteuid() == 0, "Becoming another user takes root.");
        using var workspace = new Workspace(Person.Root);
        string profile = Forbid(workspace, "prctl", "setgroups", "setresgid", "setresuid", "setsid");
        string user = $"-User 1234 -AddCapability NET_BIND_SERVICE -Environment @{{ PS1 = '{Workspace.Prompt}' }} -WorkingDirectory / sh";
        using PwshTerminal pwsh = Enter(workspace, $"-SeccompProfile {profile} {user}");
        Assert.Equal("2", StatusOf(pwsh.Record.CommandPid, "Seccomp:"));
        Assert.Equal("0000000000000400", StatusOf(pwsh.Record.CommandPid, "CapEff:"));
        Assert.Equal("0000000000000400", StatusOf(pwsh.Record.CommandPid, "CapPrm:"));
        Assert.Equal("0000000000000400", StatusOf(pwsh.Record.CommandPid, "CapAmb:"));
    }

    [Theory, ForEachPerson]
    public void The_default_seccomp_profile_is_no_obstacle_to_a_shell(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person, "-SeccompProfile Default");
        Assert.Equal(("Seccomp:\t2\n", 0), pwsh.Do("grep Seccomp: /proc/self/status"));
        Assert.Equal(("5 x\n", 0), pwsh.Do("echo $(seq 5 | tail -1) $(sh -c 'sleep 0 & wait; echo x')"));
    }

    private static string Forbid(Workspace workspace, params IEnumerable<string> calls) => workspace.Write(
        "profile.json",
        $$"""
        {
          "defaultAction": "SCMP_ACT_ALLOW",
          "syscalls": [ { "names": [{{string.Join(", ", calls.Select(c => $"\"{c}\""))}}], "action": "SCMP_ACT_ERRNO" } ]
        }
        """);

    private static PwshTerminal Enter(Workspace workspace, string parameters)
    {
        PwshTerminal pwsh = PwshTerminal.Run(workspace, $"Enter-NsTerminal -Name NAME {parameters}");
        _ = pwsh.Terminal.Expect(Workspace.Prompt);
        return pwsh;
    }

    private static string StatusOf(int pid, string line) =>
        File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith(line, StringComparison.Ordinal))[line.Length..].Trim();
}

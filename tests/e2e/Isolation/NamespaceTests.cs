using System;
using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Isolation;

/// <summary>What a shell sees in its namespaces, and that the host keeps its own.</summary>
public sealed class NamespaceTests
{
    [Theory, ForEachPerson]
    public void The_shell_has_the_host_name_and_the_host_keeps_its_own(Person person)
    {
        string before = File.ReadAllText("/proc/sys/kernel/hostname");
        using PwshTerminal pwsh = PwshTerminal.Enter(person);

        Assert.Equal(("demo\n", 0), pwsh.Do("uname -n"));
        Assert.Equal(before, File.ReadAllText("/proc/sys/kernel/hostname"));
    }

    [Theory, ForEachPerson]
    public void The_process_list_has_only_the_processes_of_the_namespace(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person);

        string[] processes = pwsh
            .Do("ps -e -o comm=")
            .Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        Assert.Equal(["bash", "ns-agent", "ps"], processes.Order());
    }

    [Theory]
    [ForEachPerson("pid")]
    [ForEachPerson("mnt")]
    [ForEachPerson("uts")]
    [ForEachPerson("ipc")]
    public void The_shell_is_in_a_namespace_of_its_own(Person person, string kind)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person);

        string inside = pwsh.Do($"readlink /proc/self/ns/{kind}").Output.Trim();

        Assert.StartsWith(kind + ":[", inside, StringComparison.Ordinal);
        Assert.NotEqual(ProcessWatch.NamespaceOf(Environment.ProcessId, kind), inside);
        Assert.Equal(ProcessWatch.NamespaceOf(pwsh.Record.CommandPid, kind), inside);
    }

    [Theory, ForEachPerson]
    public void Mounts_in_the_namespace_do_not_reach_the_host(Person person)
    {
        string before = File.ReadAllText("/proc/self/mountinfo");
        using PwshTerminal pwsh = PwshTerminal.Enter(person);

        (string mounts, int status) = pwsh.Do("mount -t tmpfs none /mnt && grep -c ' /mnt ' /proc/self/mountinfo");

        Assert.Equal(("1\n", 0), (mounts, status));
        Assert.Equal(before, File.ReadAllText("/proc/self/mountinfo"));
        Assert.Equal(0, pwsh.Leave());
        Assert.Equal(before, File.ReadAllText("/proc/self/mountinfo"));
    }
}

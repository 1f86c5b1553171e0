using System;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Security;

/// <summary>
/// Init and supervisor run as the session's user: it must not trace them, nor read or write their memory, descriptors and directories.
/// </summary>
public sealed class ProcessMemoryTests
{
    /// <summary>
    /// What a process can do to another one: ptrace(2) (101), process_vm_readv(2) (310) and process_vm_writev(2) (311),
    /// /proc/PID/mem, links and lists in /proc, pidfd_getfd(2) (438). The numbers are those of x86-64; elsewhere the calls of perl's
    /// own show that it is another machine.
    /// </summary>
    private const string Attack =
        """
        for (@ARGV) {
            my $p = $_; my (@open, $environ, $data, $fd);
            my $buffer = "\0" x 8; my $at = 0;
            if (open(my $maps, "<", "/proc/$p/maps")) { push @open, "maps"; $at = hex((split /-/, scalar <$maps>)[0]); }
            my $local = pack("QQ", unpack("Q", pack("p", $buffer)), 8); my $remote = pack("QQ", $at || 0x400000, 8);
            push @open, "vm_readv" if $at && syscall(310, $p + 0, $local, 1, $remote, 1, 0) > 0;
            push @open, "mem" if open(my $mem, "+<", "/proc/$p/mem");
            push @open, "environ" if open($environ, "<", "/proc/$p/environ") && defined(sysread($environ, $data, 1));
            for my $link (qw(exe cwd root)) { push @open, $link if defined readlink("/proc/$p/$link"); }
            push @open, "fd" if opendir($fd, "/proc/$p/fd") && grep(defined readlink("/proc/$p/fd/$_"), readdir($fd));
            my $pidfd = syscall(434, $p + 0, 0);
            push @open, "pidfd_getfd" if $pidfd >= 0 && syscall(438, $pidfd, 0, 0) >= 0;
            if (syscall(101, 16, $p + 0, 0, 0) == 0) { push @open, "ptrace"; waitpid($p, 0x40000000); syscall(101, 17, $p + 0, 0, 0); }
            print "[@open]\n";
        }
        """;

    private const string All = "[maps vm_readv mem environ exe cwd root fd pidfd_getfd ptrace]";

    [Theory]
    [ForEachPerson("-Namespace Pid,Mount,Uts,User")]
    [ForEachPerson("-Namespace Pid,Mount,Uts -DropCapability SYS_PTRACE,PERFMON,SYS_ADMIN")]
    public void Init_is_closed_to_the_session(Person person, string parameters)
    {
        Assert.SkipUnless(
            System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64,
            "The attack is written for x86-64.");
        using var workspace = new Workspace(person);

        Assert.Equal([All, "[]"], Run(workspace, parameters, "1"));
    }

    /// <summary>The same with a root of its own, and the capabilities of that.</summary>
    [Theory]
    [ForEachPerson("")]
    [ForEachPerson("-Namespace Pid,Mount,Uts,Ipc,User")]
    public void Init_is_closed_to_a_session_with_a_root(Person person, string parameters)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);

        string output = root.Run(
            "id -u; for f in exe root cwd; do readlink /proc/1/$f || echo closed; done; for f in environ mem maps;"
                + " do cat /proc/1/$f >/dev/null 2>&1 && echo open || echo closed; done",
            parameters);

        Assert.Equal("0\nclosed\nclosed\nclosed\nclosed\nclosed\nclosed\n", output);
    }

    /// <summary>
    /// Without a PID namespace the session sees them all. Of the supervisor it is the user namespace that keeps it away, and
    /// the capabilities that it lacks.
    /// </summary>
    [Theory]
    [ForEachPerson("-Namespace Uts,Mount,User")]
    [ForEachPerson("-Namespace Uts,Mount -DropCapability SYS_PTRACE,PERFMON,SYS_ADMIN")]
    public void Init_supervisor_and_launcher_are_closed_to_a_session_that_sees_them(Person person, string parameters)
    {
        Assert.SkipUnless(
            System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64,
            "The attack is written for x86-64.");
        using var workspace = new Workspace(person);

        // Its parent is init, whose parent is the supervisor; who started that has gone from that place, and is known by its name.
        Assert.Equal([All, "[]", "[]", "[]"], Run(workspace, parameters, "$PPID $(ps -o ppid= -p $PPID) $LAUNCHER"));
    }

    /// <summary>What the attack gets of a process of its own first: all of it, or it would prove nothing.</summary>
    private static string[] Run(Workspace workspace, string parameters, string targets)
    {
        string attack = workspace.Write("attack.pl", Attack);

        // The first target is attacked when it is what it is to be: an exec would take its memory away meanwhile.
        string script = workspace.Write(
            "attack.sh",
            $"sleep 1000 & until grep -q '(sleep) S' /proc/$!/stat; do :; done; perl {attack} $! {targets}; kill $!\n");
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            $"Enter-NsTerminal -Name NAME {parameters} -Environment @{{ LAUNCHER = $PID }} sh -ArgumentList {script}");
        _ = pwsh.Terminal.WaitForExit();
        return [.. pwsh.Terminal.OutputText.Split("\r\n").Where(l => l.StartsWith('['))];
    }
}

using System;
using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using NsModule.Native;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Security;

/// <summary>CVE-2019-5736: what is inside changes the program that the host runs next.</summary>
public sealed class AgentOverwriteTests
{
    /// <summary>
    /// A container of somebody else's, whose root waits for a process that executes the module's program, takes hold of that file, and
    /// writes to it as soon as nobody executes it.
    /// </summary>
    private const string Container =
        """
        cd ROOT && mount --bind . . && cd ROOT && mkdir -p old proc && mount -t proc proc proc &&
        busybox pivot_root . old && busybox umount -l old && exec sh -c '
            echo "[waiting]"
            while :; do
                for p in /proc/[0-9]*; do
                    case "$(readlink $p/exe)" in
                        *ns-agent*) [ -s $p/exe ] && exec 3<$p/exe && kill -9 ${p#/proc/} && break 2
                    esac
                done
            done
            echo "[has it]"
            while :; do
                result="$(printf "\177" | dd of=/proc/self/fd/3 bs=1 count=1 conv=notrunc 2>&1)"
                case "$result" in *busy*) ;; *) break ;; esac
            done
            echo "[result $result]"'
        """;

    /// <summary>
    /// The joined command is a script whose interpreter is <c>/proc/self/exe</c>, so that the program executes itself inside,
    /// where nothing protects its process.
    /// </summary>
    [Theory, ForEachPerson]
    public void The_program_that_enters_a_container_cannot_be_written_by_the_container(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        root.CopyLibrariesOfTheAgent();
        root.Write("itself", "#!/proc/self/exe supervise\n");
        File.SetUnixFileMode(root.PathOf("itself"), (UnixFileMode)0x1ed);
        using var container = new TerminalDriver(
            workspace,
            [
                "unshare",
                .. person == Person.Root ? (string[])[] : ["--user", "--map-root-user"],
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "sh",
                "-c",
                Container.Replace("ROOT", root.Path, StringComparison.Ordinal),
            ]);
        _ = container.Expect("[waiting]");
        int init = ProcessWatch.Find(p => ProcessWatch.ParentOf(p) == container.ProgramId).Single();

        string kinds = person == Person.Root ? "Pid,Mount" : "User,Pid,Mount";
        using PwshTerminal joined = PwshTerminal.Run(
            workspace,
            $"$null = Start-NsProcess -Name NAME -WorkingDirectory / -Join (Get-NsNamespace -ProcessId {init} -Kind {kinds}) /itself");

        // Killed before or after it was executed: the launch may have failed.
        _ = joined.Terminal.WaitForExit();
        _ = container.Expect("[has it]");
        _ = container.Expect("[result ");
        Assert.Contains("Operation not permitted", container.Expect("]"), StringComparison.Ordinal);
    }

    [Theory, ForEachPerson]
    public unsafe void Init_is_a_copy_of_a_program_that_is_sealed(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            $"$null = Start-NsProcess -Name NAME -RootPath {root.Path} -- sh -c 'sleep 1000'");
        pwsh.Terminal.ExpectExit(0);

        Assert.SkipUnless(
            geteuid() == 0,
            "The programs of these processes are closed to their own user, too (ptrace(2), PR_SET_DUMPABLE).");
        foreach (int pid in (int[])[pwsh.Record.Supervisor.Pid, pwsh.Record.InitPid])
        {
            using FileDescriptor program = FileDescriptor.Open($"/proc/{pid}/exe", O_RDONLY);
            const int GetSeals = 1034;
            Assert.Equal(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE, fcntl(program.Value, GetSeals));
        }

        // For ps(1) it looks like any other.
        Assert.Equal("ns-agent", File.ReadAllText($"/proc/{pwsh.Record.InitPid}/comm").Trim());
        Assert.StartsWith("ns-agent\0supervise\0", File.ReadAllText($"/proc/{pwsh.Record.InitPid}/cmdline"), StringComparison.Ordinal);
    }
}

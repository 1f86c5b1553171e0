using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using NsModule.EndToEndTests.Harness;
using NsModule.Native;
using Xunit;
using static Tmds.Linux.LibC;
using AgentProgram = NsModule.Launching.Agent;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>What cannot be written down is told all the same, and a session that is lost says why.</summary>
public sealed class LostSessionTests
{
    private const string Start = "$s = Start-NsProcess -Name NAME sh -ArgumentList '-c', 'read -r _; exit 7'; ";
    /// <summary>The command may end before it is answered that the line was typed: then nobody is there to answer.</summary>
    private const string End =
        "Send-NsInput NAME -Line -ErrorAction Ignore; $w = Wait-NsProcess NAME -TimeoutSec 60 -WarningAction SilentlyContinue; "
            + "\"[$($w.State) $($w.ExitCode)]\"; ";

    /// <summary>The supervisor stays until it can write down how the session ended, and tells whoever waits.</summary>
    [Fact]
    public void On_a_read_only_file_system_the_exit_code_is_told_and_written_down_when_that_can_be_done()
    {
        Assert.SkipUnless(geteuid() == 0, "Only root can mount.");
        using var workspace = new Workspace(Person.Root);
        using PwshTerminal pwsh = PwshTerminal.RunUnder(
            workspace,
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", "mount -t tmpfs -o mode=0755 tmpfs "
                + "/run && exec \"$@\"", "sh"],
            Start + "mount -o remount,ro /run; " + End
                + "try { $w | Remove-NsProcess -ErrorAction Stop } catch { \"[$($_.FullyQualifiedErrorId.Split(',')[0])]\" }; "
                + "mount -o remount,rw /run; while ((Get-NsProcess NAME).State -eq 'Running') { }; $e = Get-NsProcess NAME; "
                + "\"[$($e.State) $($e.ExitCode)]\"; $e | Remove-NsProcess; \"[$(@(Get-NsProcess).Count)]\"");

        pwsh.Terminal.ExpectExit(0);
        Assert.True(Said(pwsh) == "[Exited 7] [StateDirectoryUnusable] [Exited 7] [0]", pwsh.Terminal.OutputText);
    }

    [Fact]
    public void In_a_directory_that_is_closed_to_its_owner_the_record_is_written_in_place_and_nothing_is_thrown_raw()
    {
        using var workspace = new Workspace(Person.OrdinaryUser);
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            Start + "$d = \"$env:XDG_RUNTIME_DIR/nsmodule/$($s.Id)\"; chmod 0500 $d; " + End
                + "try { Remove-NsProcess NAME -ErrorAction Stop } catch { \"[$($_.FullyQualifiedErrorId.Split(',')[0])]\" }; chmod "
                + "0700 $d; Remove-NsProcess NAME; \"[$(@(Get-NsProcess NAME*).Count)]\"");

        pwsh.Terminal.ExpectExit(0);
        Assert.Equal("[Exited 7] [StateDirectoryUnusable] [0]", Said(pwsh));
    }

    /// <summary>With one descriptor left it lets a client in, and cannot look at the processes.</summary>
    [Theory, ForEachPerson]
    public void A_supervisor_that_breaks_down_leaves_its_last_words(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal pwsh = PwshTerminal.Run(workspace, "$null = Start-NsProcess -Name NAME sleep 1000");
        Assert.Equal(0, pwsh.Terminal.WaitForExit());
        int pid = pwsh.Record.Supervisor.Pid;
        int[] used = Descriptors(pid);
        int limit = Enumerable.Range(0, used.Length + 1).First(n => !used.Contains(n)) + 1;
        string[] lower = [.. workspace.RunAs, "prlimit", "--pid", $"{pid}", $"--nofile={limit}"];
        Assert.Equal((0, ""), Run(lower[0], lower[1..]));

        using PwshTerminal suspend = PwshTerminal.Run(
            workspace,
            $"try {{ Suspend-NsProcess {pwsh.Name} -ErrorAction Stop; \"[$((Get-NsProcess {pwsh.Name}).State)]\" }} "
                + "catch { \"[$($_.FullyQualifiedErrorId.Split(',')[0])] $_\" }; "
                + $"(Get-NsProcess {pwsh.Name}).LostReason");

        suspend.Terminal.ExpectExit(0);
        string said = suspend.Terminal.OutputText.Replace("\r\n", "", StringComparison.Ordinal);
        // Who asked hears of the end before or after the lock is gone; the session tells the reason in any case.
        Assert.True(
            said.StartsWith("[SessionLost] ", StringComparison.Ordinal)
                || said.StartsWith("[SessionUnreachable] ", StringComparison.Ordinal),
            $"{said} (with {string.Join(' ', used)}, limit {limit})");
        Assert.Contains("broke down: ", said, StringComparison.Ordinal);

        // Where it was, with its name.
        Assert.Contains("ProcessSignals", said, StringComparison.Ordinal);
    }

    [Theory, ForEachPerson]
    public void One_whose_supervisor_was_killed_says_so(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal pwsh = PwshTerminal.Run(workspace, "$s = Start-NsProcess -Name NAME sleep 1000; \"[$($s.LostReason)]\"; kill "
            + "-KILL $s.SupervisorProcessId; $w = Wait-NsProcess NAME; \"[$($w.State)] $($w.LostReason)\"");

        pwsh.Terminal.ExpectExit(0);
        Assert.StartsWith(
            $"[] [Lost] its supervisor, process {pwsh.Record.Supervisor.Pid}, was killed",
            Said(pwsh),
            StringComparison.Ordinal);
    }

    /// <summary>In a cgroup that is too small for what comes into it, the kernel takes the supervisor first.</summary>
    [Fact]
    public void One_whose_supervisor_the_kernel_killed_for_want_of_memory_says_so()
    {
        const string Memory = "/sys/fs/cgroup/memory";
        Assert.SkipUnless(geteuid() == 0 && File.Exists("/dev/kmsg") && File.Exists(Memory + "/memory.limit_in_bytes"), "This takes "
            + "root, the kernel's log, and the memory controller of cgroups version 1.");
        using var workspace = new Workspace(Person.Root);
        using PwshTerminal pwsh = PwshTerminal.Run(workspace, "$null = Start-NsProcess -Name NAME sleep 1000");
        Assert.Equal(0, pwsh.Terminal.WaitForExit());
        int pid = pwsh.Record.Supervisor.Pid;
        using ProcessWatch supervisor = ProcessWatch.Open(pid);
        string cgroup = Path.Combine(Memory, pwsh.Name);
        _ = Directory.CreateDirectory(cgroup);
        try
        {
            File.WriteAllText(cgroup + "/memory.limit_in_bytes", "30M");
            File.WriteAllText(cgroup + "/cgroup.procs", $"{pid}");
            File.WriteAllText($"/proc/{pid}/oom_score_adj", "1000");

            // What it looks for the end of never ends: it is killed as well.
            _ = Run("sh", "-c", $"echo $$ > {cgroup}/cgroup.procs; exec tail /dev/zero");
            supervisor.WaitForEnd();

            using PwshTerminal look = PwshTerminal.Run(workspace, $"(Get-NsProcess {pwsh.Name}).LostReason");
            look.Terminal.ExpectExit(0);
            Assert.Equal($"its supervisor, process {pid}, was killed by the kernel, because memory had run out", Said(look));
        }
        finally
        {
            _ = Sys.pidfd_send_signal(supervisor.Pidfd, SIGKILL);
            supervisor.WaitForEnd();
            Directory.Delete(cgroup);
        }
    }

    /// <summary>Where no thread can be made, .NET's runtime ends without a word.</summary>
    [Fact]
    public void Where_no_more_threads_may_be_made_the_limit_is_named()
    {
        Assert.SkipUnless(geteuid() == 0, "The limit takes a user who has no other process.");
        const string Nobody = "64321";
        string agent = Path.Combine(
            Path.GetDirectoryName(Product.Module)!,
            "runtimes",
            "linux-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
            "native",
            "ns-agent");

        (int status, string said) = Run(
            "setpriv",
            "--reuid",
            Nobody,
            "--regid",
            Nobody,
            "--clear-groups",
            "prlimit",
            "--nproc=1",
            agent,
            "probe");

        NsException error = AgentProgram.ExplainSilence(status, said);
        Assert.Equal((NsErrorId.NoProcess, NsErrorKind.Resource), (error.ErrorId, error.Kind));
        Assert.Contains("ulimit -u", error.Message, StringComparison.Ordinal);
        Assert.Equal(NsErrorId.AgentFailed, AgentProgram.ExplainSilence(139, "").ErrorId);
    }

    /// <summary>
    /// The descriptors that a supervisor has once it has let go of its launcher: its standard streams lead nowhere then, and nothing else
    /// does.
    /// </summary>
    private static int[] Descriptors(int pid)
    {
        var deadline = new Deadline();
        while (true)
        {
            string[] files = Directory.GetFileSystemEntries($"/proc/{pid}/fd");
            int[] empty = [.. files.Where(f => new FileInfo(f).LinkTarget == "/dev/null").Select(Number).Order()];
            if (empty is [0, 1, 2])
            {
                return [.. files.Select(Number)];
            }

            Assert.False(deadline.HasPassed, "The supervisor keeps its launcher's streams.");
        }

        static int Number(string file) => int.Parse(Path.GetFileName(file), CultureInfo.InvariantCulture);
    }

    private static string Said(PwshTerminal pwsh) => pwsh.Terminal.OutputText.Trim().Replace("\r\n", " ", StringComparison.Ordinal);

    private static (int Status, string Said) Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Threading;
using System.Threading.Tasks;
using NsModule.EndToEndTests.Harness;
using NsModule.Specs;
using NsModule.Testing;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Cmdlets;

/// <summary>Real launches. As root, because most kinds of namespaces take that.</summary>
public sealed class StartNsProcessTests : IClassFixture<Shell>, IDisposable
{
    private readonly Shell _shell;
    private readonly ScratchDirectory _directory = new();

    public StartNsProcessTests(Shell shell)
    {
        Assert.SkipUnless(geteuid() == 0, "These launches take root.");
        _shell = shell;
        _shell.Location = "/";
    }

    /// <summary>All kinds.</summary>
    public static TheoryData<NsNamespaceKind> Kinds => [.. NamespaceFiles.All.Select(n => n.Kind)];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_session_describes_the_running_command()
    {
        using var fifo = new Fifo();
        string name = Shell.NewName();
        DateTime before = DateTime.Now.AddSeconds(-1);
        NsSession session = _shell.Session(
            "Start-NsProcess /bin/sh '-c' 'echo $$ > $0; read line' $args[1] -Name $args[0] -Hostname demo",
            name,
            fifo.Path);

        Assert.Equal("2", fifo.ReadLine());
        Assert.Matches("^[0-9a-f]{12}$", session.Id);
        Assert.Equal(session.Id, session.ToString());
        Assert.Equal((name, "demo", "/bin/sh"), (session.Name, session.Hostname, session.FilePath));
        Assert.Equal(["-c", "echo $$ > $0; read line", fifo.Path], session.ArgumentList);
        Assert.Equal($"/bin/sh -c 'echo $$ > $0; read line' {fifo.Path}", session.Command);
        Assert.Equal(NsSessionState.Running, session.State);
        Assert.Null(session.ExitCode);
        Assert.Null(session.ExitTime);
        Assert.False(session.TimedOut);
        Assert.InRange(session.StartTime, before, DateTime.Now);
        Assert.Equal(NsTerminalSize.Default, session.TerminalSize);
        Assert.Equal(0, session.AttachedClients);
        Assert.Null(session.RootPath);
        Assert.Empty(session.UidMap);
        Assert.Empty(session.GidMap);
        Assert.Equal(3, new[] { session.ProcessId, session.InitProcessId, session.SupervisorProcessId }.Distinct().Count());
        Assert.Equal(Inode(session.ProcessId, "uts"), session.Namespaces["uts"]);
        Assert.Contains($"PPid:\t{session.InitProcessId}\n", File.ReadAllText($"/proc/{session.ProcessId}/status"));
        Assert.Contains($"PPid:\t{session.SupervisorProcessId}\n", File.ReadAllText($"/proc/{session.InitProcessId}/status"));
    }

    [Fact]
    public void Wait_returns_the_session_when_it_has_ended_with_its_exit_code()
    {
        NsSession session = _shell.Session("Start-NsProcess /bin/sh '-c' 'exit 7' -Wait");
        Assert.Equal((NsSessionState.Exited, 7), (session.State, session.ExitCode));
        Assert.InRange(session.ExitTime!.Value, session.StartTime, DateTime.Now);
    }

    [Theory]
    [InlineData("exit 126", 126)]
    [InlineData("exit 127", 127)]
    [InlineData("exit 255", 255)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("exit 0", 0)]
    public void However_a_command_ends_by_itself_is_no_error(string command, int code) =>
        Assert.Equal(code, _shell.Session("Start-NsProcess /bin/sh '-c' $args[0] -Wait", command).ExitCode);

    [Theory]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("exit 3", 3)]
    public void The_same_without_an_init(string command, int code) =>
        Assert.Equal(code, _shell.Session("Start-NsProcess /bin/sh '-c' $args[0] -Wait -NoInit -Namespace Mount", command).ExitCode);

    [Fact]
    public void Host_and_domain_name_are_set_inside_and_not_outside()
    {
        string outside = Environment.MachineName;
        Assert.Equal(
            "demo example.org",
            Output("echo $(uname -n) $(cat /proc/sys/kernel/domainname)", "-Hostname demo -DomainName example.org"));
        Assert.Equal(outside, File.ReadAllText("/proc/sys/kernel/hostname").Trim());
    }

    [Fact]
    public void The_command_has_a_terminal_with_a_size_and_is_its_session_leader()
    {
        Assert.Equal("24 80", Output("stty size < /dev/tty"));
        Assert.Equal("2", Output("ps -o sid= -p $$ | tr -d ' '"));
    }

    [Fact]
    public void The_command_inherits_the_terminal_and_nothing_else()
    {
        NsSession session = _shell.Session("Start-NsProcess /bin/sleep 1000");
        string[] descriptors =
        [
            .. new DirectoryInfo($"/proc/{session.ProcessId}/fd").EnumerateFiles().OrderBy(f => f.Name).Select(f => f.Name + f.LinkTarget),
        ];
        Assert.Equal(3, descriptors.Length);
        Assert.All(descriptors, (descriptor, i) => Assert.Matches($"^{i}/dev/pts/[0-9]+$", descriptor));
        string status = File.ReadAllText($"/proc/{session.ProcessId}/status");
        Assert.Contains("SigBlk:\t0000000000000000\n", status);
        Assert.Contains("SigIgn:\t0000000000000000\n", status);
    }

    [Fact]
    public void Proc_shows_the_processes_of_the_session_only() => Assert.Equal("1 2", Output("cd /proc; echo [0-9]*"));

    [Fact]
    public void A_mount_inside_does_not_show_outside()
    {
        string mounts = File.ReadAllText("/proc/self/mounts");
        string point = _directory["mount"];
        Directory.CreateDirectory(point);
        Assert.Equal("yes", Output($"mount -t tmpfs none {point} && grep -q {point} /proc/self/mounts && echo yes"));
        Assert.DoesNotContain(point, File.ReadAllText("/proc/self/mounts"));
        Assert.Equal(mounts, File.ReadAllText("/proc/self/mounts"));
    }

    [Fact]
    public void A_command_is_found_in_the_path_of_its_own_environment()
    {
        string program = _directory["nsmodule-test-program"];
        File.WriteAllText(program, "#!/bin/sh\nexit 42\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        NsSession session = _shell.Session(
            "Start-NsProcess nsmodule-test-program -Environment @{ PATH = '/nonexistent:' + $args[0] } -Wait",
            _directory.Path);
        Assert.Equal((42, program), (session.ExitCode, session.FilePath));
    }

    [Fact]
    public void A_relative_path_is_relative_to_the_location_of_powershell()
    {
        _shell.Location = "/usr";
        NsSession session = _shell.Session("Start-NsProcess ./bin/true -Wait");
        Assert.Equal((0, "/usr/bin/true"), (session.ExitCode, session.FilePath));
    }

    [Fact]
    public void The_working_directory_is_powershell_s_location_or_the_given_one()
    {
        Assert.Equal("/", Output("pwd"));
        Assert.Equal("/usr", Output("pwd", "-WorkingDirectory /usr"));
        Assert.Equal("/usr", Output("pwd", "-WorkingDirectory usr/../usr"));
        _shell.Location = "/usr/bin";
        Assert.Equal("/usr/bin", Output("pwd"));
        Assert.Equal("/usr", Output("pwd", "-WorkingDirectory .."));
    }

    [Fact]
    public void The_environment_is_merged_removed_from_or_cleared()
    {
        Environment.SetEnvironmentVariable("NSMODULE_TEST_START", "inherited");
        Assert.Equal("inherited new 5 ", Output("echo \"$NSMODULE_TEST_START $A $B $C\"", "-Environment @{ A = 'new'; B = 5 }"));
        Assert.Equal("none", Output("echo ${NSMODULE_TEST_START-none}", "-Environment @{ NSMODULE_TEST_START = $null }"));
        Assert.Equal("A=x=y", Output("tr '\\0' '\\n' < /proc/$$/environ", "-ClearEnvironment -Environment @{ A = 'x=y'; HOME = $null }"));
    }

    [Theory]
    [InlineData("a b|c")]
    [InlineData("|'|\"|$(id)|`|\\|*|;|")]
    [InlineData("-Name|-c|--")]
    [InlineData("ünïcode|😀|line\nbreak")]
    public void Arguments_arrive_as_they_are(string joined)
    {
        string[] arguments = joined.Split('|');
        string file = _directory["arguments"];
        _shell.Session(
            "Start-NsProcess /bin/sh -ArgumentList (@('-c', 'printf \"%s\\0\" \"$@\" > \"$0\"', $args[0]) + $args[1]) -Wait",
            file,
            arguments);
        Assert.Equal(arguments, File.ReadAllText(file).Split('\0')[..^1]);
    }

    [Fact]
    public void Arguments_that_remain_are_the_command_s() =>
        Assert.Equal(["a", "b", "c d"], _shell.Session("Start-NsProcess /bin/true a b 'c d' -Wait").ArgumentList);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_kind_of_namespace_can_be_had_on_its_own(NsNamespaceKind kind)
    {
        NsSession session = _shell.Session("Start-NsProcess /bin/sleep 1000 -Namespace $args[0]", kind);
        foreach ((NsNamespaceKind other, string file) in NamespaceFiles.All)
        {
            ulong inside = session.Namespaces[file];
            Assert.Equal(inside, Inode(session.ProcessId, file));
            Assert.Equal(other == kind, inside != Inode(Environment.ProcessId, file));
        }
    }

    [Fact]
    public void The_four_standard_kinds_are_new_and_no_other()
    {
        NsSession session = _shell.Session("Start-NsProcess /bin/sleep 1000");
        string[] changed = [.. session.Namespaces.Where(n => n.Value != Inode(Environment.ProcessId, n.Key)).Select(n => n.Key).Order()];
        Assert.Equal(["ipc", "mnt", "pid", "uts"], changed);
    }

    [Fact]
    public void A_new_network_has_its_loopback_up()
    {
        // Refused: somebody answered. Without the device, the network is unreachable.
        string answer = Output("bash -c 'echo > /dev/tcp/127.0.0.1/9' 2>&1 | tail -n 1", "-Namespace Pid, Mount, Uts, Ipc, Net");
        Assert.Contains("refused", answer);
    }

    [Fact]
    public void In_a_new_cgroup_namespace_the_tree_begins_at_the_session()
    {
        string[] paths = Output("cut -d: -f3 /proc/self/cgroup", "-Namespace Pid, Mount, Uts, Ipc, Cgroup").Split('\n');
        Assert.All(paths, path => Assert.Equal("/", path));
    }

    [Fact]
    public void Root_in_a_user_namespace_is_root_inside()
    {
        Assert.Equal("0 0", Output("echo $(id -u) $(id -g)", "-Namespace Pid, Mount, Uts, Ipc, User"));
        Assert.Equal("0 0 1", Output("echo $(cat /proc/self/uid_map)", "-Namespace Pid, Mount, Uts, Ipc, User"));
    }

    [Fact]
    public void A_range_of_ids_maps_files_and_terminal()
    {
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0x1ff);
        string result = Output(
            "touch $(dirname $0)/zero; : > $(dirname $0)/five; chown 5:6 $(dirname $0)/five; echo $(id -u) $(id -g) $(id -G) $(stat -Lc %u"
                + " /proc/$$/fd/0)",
            "-UidMap 0:100000:65536 -GidMap 0:200000:65536");
        Assert.Equal("0 0 0 0", result);
        Assert.Equal("100000 200000", Owner("zero"));
        Assert.Equal("100005 200006", Owner("five"));
    }

    [Fact]
    public void A_map_without_root_runs_the_command_as_the_map_s_first_id()
    {
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0x1ff);
        Assert.Equal("1000 1001", Output("echo $(id -u) $(id -g)", "-UidMap 1000:100000:10 -GidMap 1001:100000:10"));
    }

    [Theory]
    [InlineData("@{ 0 = 100000 }", "0:100000:1")]
    [InlineData("@{ 0 = '100000:10' }", "0:100000:10")]
    [InlineData("'0:100000:1', '1:200000:5'", "0:100000:1 1:200000:5")]
    [InlineData("@{ 0 = 100000 }, '1:200000:5'", "0:100000:1 1:200000:5")]
    [InlineData("([NsModule.NsIdMap]::Parse('0:100000:3'))", "0:100000:3")]
    public void Maps_can_be_written_in_every_form(string map, string expected)
    {
        NsSession session = _shell.Session($"Start-NsProcess /bin/true -UidMap {map} -GidMap 0:100000:1 -Wait");
        Assert.Equal(expected, string.Join(' ', session.UidMap));
        Assert.Equal(["0:100000:1"], session.GidMap);
        Assert.Equal(0, session.ExitCode);
    }

    [Fact]
    public void Without_an_init_the_command_is_process_1()
    {
        string file = _directory["pid"];
        NsSession session = _shell.Session("Start-NsProcess /bin/sh '-c' 'echo $$ > $0' $args[0] -NoInit -Wait", file);
        Assert.Equal("1\n", File.ReadAllText(file));
        Assert.Equal(session.ProcessId, session.InitProcessId);
    }

    [Fact]
    public void Init_reaps_orphans()
    {
        // Its own count of processes: init, itself, and those that count. Ten more are there until somebody reaps them.
        NsSession session = _shell.Session("""
            Start-NsProcess /bin/sh '-c' '
                for i in 1 2 3 4 5 6 7 8 9 10; do (true & true & ) ; done
                while [ $(echo /proc/[0-9]* | wc -w) -gt 5 ]; do :; done' -TimeoutSec 60 -Wait
            """);
        Assert.Equal((0, false), (session.ExitCode, session.TimedOut));
    }

    [Theory]
    [InlineData("-Namespace Mount")]
    [InlineData("-Namespace Mount -NoInit")]
    [InlineData("-Namespace None")]
    [InlineData("")]
    [InlineData("-NoInit")]
    public void What_the_command_left_running_is_killed_at_the_end(string parameters)
    {
        using var fifo = new Fifo();
        NsSession session = _shell.Session(
            "Start-NsProcess /bin/sh '-c' 'setsid sh -c \"echo > $0; exec sleep 1000.$1\" & read line < $0' $args[0] $args[1]"
                + $" {parameters} -Wait",
            fifo.Path,
            Environment.ProcessId);
        Assert.Equal((0, NsSessionState.Exited), (session.ExitCode, session.State));
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc").Where(d => char.IsAsciiDigit(d[6])), IsOurSleep);

        static bool IsOurSleep(string directory)
        {
            try
            {
                return File.ReadAllText(directory + "/cmdline") == $"sleep\01000.{Environment.ProcessId}\0";
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    [Fact]
    public void A_timeout_ends_the_session_and_the_session_says_so()
    {
        NsSession session = _shell.Session("Start-NsProcess /bin/sleep 1000 -TimeoutSec 0.05 -Wait");
        Assert.Equal((NsSessionState.Exited, true, 143), (session.State, session.TimedOut, session.ExitCode));
    }

    [Fact]
    public void A_command_that_ends_in_time_has_not_timed_out()
    {
        NsSession session = _shell.Session("Start-NsProcess /bin/true -Timeout 1000 -Wait");
        Assert.Equal((false, 0), (session.TimedOut, session.ExitCode));
    }

    [Fact]
    public void WhatIf_launches_nothing()
    {
        Assert.Empty(_shell.Run("Start-NsProcess /bin/true -Verbose -WhatIf 4>&1 6>$null"));
    }

    [Fact]
    public void A_session_without_a_name_gets_one_from_its_command_and_its_id()
    {
        NsSession session = _shell.Session("Start-NsProcess /bin/true -Wait");
        Assert.Equal("true-" + session.Id[..4], session.Name);
    }

    [Fact]
    public void A_pid_namespace_without_a_mount_namespace_is_warned_about()
    {
        IReadOnlyList<PSObject> output = _shell.Run("Start-NsProcess /bin/true -Namespace Pid -Wait 3>&1");
        Assert.Contains("/proc", Assert.IsType<WarningRecord>(output[0].BaseObject).Message);
    }

    [Fact]
    public void A_hundred_thousand_bytes_of_arguments_arrive()
    {
        string longest = new('x', 100_000);
        Assert.Equal("100000", Output("echo ${#1}", arguments: [longest]));
    }

    [Fact]
    public void Stopping_the_pipeline_during_a_launch_leaves_a_whole_session_or_nothing() => Property.Holds(15, random =>
    {
        using PowerShell pipeline = _shell.Pipeline("Start-NsProcess /bin/sleep 1000 -Verbose");
        IAsyncResult running = pipeline.BeginInvoke();
        int moment = random.Next(60_000);
        while (pipeline.Streams.Verbose.Count == 0 && moment > 1000 && !running.IsCompleted)
        {
            running.AsyncWaitHandle.WaitOne(0);
        }

        Thread.SpinWait(moment * 10);
        pipeline.Stop();
        foreach (string line in pipeline.Streams.Verbose.Select(v => v.Message))
        {
            if (line.StartsWith("Starting ", StringComparison.Ordinal))
            {
                WholeOrNothing(line.Split(" as session ")[1][..12]);
            }
        }
    });

    [Fact]
    public async Task Stopping_the_pipeline_ends_the_waiting_and_not_the_session()
    {
        using var fifo = new Fifo();
        string name = Shell.NewName();
        using PowerShell pipeline = _shell.Pipeline(
            "Start-NsProcess /bin/sh '-c' 'echo > $0; exec sleep 1000' $args[1] -Name $args[0] -Wait",
            name,
            fifo.Path);
        Task<PSDataCollection<PSObject>> running = pipeline.InvokeAsync();
        fifo.ReadLine();

        // Committed to: the supervisor has let go of its launcher's pipe. Before that, stopping undoes the launch.
        using var other = new Shell();
        NsSession session = other.Session("Get-NsProcess $args[0]", name);
        Assert.True(SpinWait.SpinUntil(
            () => new FileInfo($"/proc/{session.SupervisorProcessId}/fd/0").LinkTarget == "/dev/null",
            TimeSpan.FromSeconds(20)));
        pipeline.Stop();
        await Assert.ThrowsAnyAsync<PipelineStoppedException>(() => running);

        Assert.Equal(NsSessionState.Running, session.State);
    }

    private static ulong Inode(int pid, string file)
    {
        string target = new FileInfo($"/proc/{pid}/ns/{file}").LinkTarget!;
        return ulong.Parse(target.Split('[', ']')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private void WholeOrNothing(string id)
    {
        NsSession? session = _shell.Run("Get-NsProcess ($args[0] + '*')", id).Select(o => (NsSession)o.BaseObject).SingleOrDefault();
        if (session is null)
        {
            Shell.NothingIsLeftOf(id);
        }
        else
        {
            Assert.Equal(NsSessionState.Running, session.State);
            Assert.True(Directory.Exists($"/proc/{session.ProcessId}"));
            _shell.Run("$args | Stop-NsProcess -Force", session);
        }
    }

    private string Owner(string name)
    {
        NsSession session = _shell.Session(
            "Start-NsProcess /bin/sh '-c' 'stat -c \"%u %g\" $1 > $0' $args[0] $args[1] -Wait",
            _directory["owner"],
            _directory[name]);
        Assert.Equal(0, session.ExitCode);
        return File.ReadAllText(_directory["owner"]).TrimEnd('\n');
    }

    /// <summary>What a shell command in a session writes to its standard output.</summary>
    private string Output(string command, string parameters = "", string[]? arguments = null)
    {
        string file = _directory["output"];
        File.Delete(file);
        NsSession session = _shell.Session(
            $"Start-NsProcess /bin/sh -ArgumentList (@('-c', $args[0], $args[1]) + $args[2]) {parameters} -Wait",
            $"{{ {command}; }} > $0",
            file,
            arguments ?? []);
        Assert.Equal(NsSessionState.Exited, session.State);
        return File.ReadAllText(file).TrimEnd('\n');
    }
}

using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Isolation;

/// <summary>An OCI bundle runs as it says.</summary>
public sealed class BundleTests
{
    [Theory, ForEachPerson]
    public void What_the_other_runtimes_write_runs(Person person)
    {
        using var workspace = new Workspace(person);
        Write(workspace, Config(workspace));

        string output = Run(
            workspace,
            "hostname; pwd; id -u; grep -E \"^(Cap(Eff|Prm|Bnd|Inh)|NoNewPrivs|Seccomp):\" /proc/self/status;"
                + " grep \"^Max open files\" /proc/self/limits; ls -1 /dev; touch /x /dev/shm/x 2>&1; ls -1 /sys/fs/cgroup | wc -l;"
                + " cat /proc/keys | wc -c; echo $TERM");

        const string Three = "0000000020000420";
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] capabilities = ["CapInh:\t0000000000000000", $"CapPrm:\t{Three}", $"CapEff:\t{Three}", $"CapBnd:\t{Three}"];

        // With a network of its own, which the one for an ordinary user lacks, there is the filter that closes it.
        string filter = person == Person.Root ? "Seccomp:\t2" : "Seccomp:\t0";
        Assert.Equal(["runc", "/", "0", .. capabilities, "NoNewPrivs:\t1", filter], lines[..9]);
        Assert.Equal("Max open files            1024                 1024                 files     ", lines[9]);
        Assert.Equal(
            [
                "console", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty", "urandom",
                "zero",
            ],
            lines[10..25]);
        Assert.Equal("touch: /x: Read-only file system", lines[25]);

        // Control groups are shown where the session has one of its own, as root's always does.
        Assert.True(person == Person.OrdinaryUser || lines[26] != "0", output);
        Assert.Equal(["0", "xterm"], lines[27..]);
    }

    [Fact]
    public void Device_files_in_the_root_mean_nothing_where_the_rules_say_so()
    {
        Assert.SkipUnless(geteuid() == 0, "Making a device takes root.");
        using var workspace = new Workspace(Person.Root);
        JsonNode config = Config(workspace);
        Write(workspace, config);
        using var mknod = Process.Start("mknod", [workspace.PathOf("root/zero"), "c", "1", "5"]);
        mknod.WaitForExit();

        Assert.Equal("head: /zero: Permission denied\n", Run(workspace, "head -c 1 /zero 2>&1; true"));
        config["linux"]!["resources"] = null;
        Write(workspace, config);
        Assert.Equal("1\n", Run(workspace, "head -c 1 /zero | wc -c"));
    }

    [Fact]
    public void Kernel_parameters_and_a_filter_and_a_cgroup_namespace_have_their_effect()
    {
        Assert.SkipUnless(geteuid() == 0, "It takes root.");
        using var workspace = new Workspace(Person.Root);
        JsonNode config = Config(workspace);
        config["linux"]!["sysctl"] = JsonNode.Parse("""{ "net.ipv4.ip_forward": "1", "kernel.shmmax": "4096" }""");
        config["linux"]!["seccomp"] = JsonNode.Parse("""
            {
              "defaultAction": "SCMP_ACT_ALLOW",
              "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 12 }]
            }
            """);
        config["linux"]!["namespaces"]!.AsArray().Add(JsonNode.Parse("""{ "type": "cgroup" }"""));
        Write(workspace, config);

        string before = File.ReadAllText("/proc/sys/kernel/shmmax");
        Assert.Equal(
            "1\n4096\nmkdir: can't create directory '/dev/shm/x': Cannot allocate memory\nread-only\n",
            Run(
                workspace,
                "cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax; mkdir /dev/shm/x 2>&1; (echo 1 >/proc/sys/net/ipv4/ip_forward)"
                    + " 2>/dev/null || echo read-only"));
        Assert.Equal(before, File.ReadAllText("/proc/sys/kernel/shmmax"));
    }

    [Fact]
    public void Namespaces_that_exist_are_shared()
    {
        Assert.SkipUnless(geteuid() == 0, "It takes root.");
        using var workspace = new Workspace(Person.Root);
        string[] words =
            ["--net", "--uts", "--ipc", "--pid", "--cgroup", "--fork", "--kill-child", "sh", "-c", "echo ready; exec sleep 1000"];
        using var holder = Process.Start(new ProcessStartInfo("unshare", words) { RedirectStandardOutput = true })!;
        try
        {
            Assert.Equal("ready", holder.StandardOutput.ReadLine());
            JsonNode config = Config(workspace);
            config.AsObject().Remove("hostname");
            string Of(string file) => string.Create(CultureInfo.InvariantCulture, $"/proc/{holder.Id}/ns/{file}");
            config["linux"]!["namespaces"] = JsonNode.Parse($$"""
                [
                  { "type": "mount" },
                  { "type": "network", "path": "{{Of("net")}}" },
                  { "type": "uts", "path": "{{Of("uts")}}" },
                  { "type": "ipc", "path": "{{Of("ipc")}}" },
                  { "type": "pid", "path": "{{Of("pid_for_children")}}" },
                  { "type": "cgroup", "path": "{{Of("cgroup")}}" }
                ]
                """);
            Write(workspace, config);

            string[] kinds = ["net", "uts", "ipc", "cgroup"];
            string[] expected = [.. kinds.Append("pid_for_children").Select(k => File.ResolveLinkTarget(Of(k), false)!.Name)];
            string[] lines = Run(
                workspace,
                $"for i in {string.Join(' ', kinds)} pid; do readlink /proc/self/ns/$i; done; readlink /proc/self/ns/mnt;"
                    + " cat /proc/1/cmdline | grep -c sleep").Split('\n');
            Assert.Equal(expected, lines[..5]);
            Assert.NotEqual(File.ResolveLinkTarget(Of("mnt"), false)!.Name, lines[5]);
            Assert.Equal("1", lines[6]);
            Assert.False(holder.HasExited);
        }
        finally
        {
            holder.Kill();
            holder.WaitForExit();
        }
    }

    [Fact]
    public void Another_users_namespace_is_not_shared()
    {
        Assert.SkipUnless(geteuid() == 0, "It takes both users.");
        using var workspace = new Workspace(Person.OrdinaryUser);
        JsonNode config = Config(workspace);
        config["linux"]!["namespaces"]!.AsArray().Add(JsonNode.Parse("""{ "type": "network", "path": "/proc/self/ns/net" }"""));
        Write(workspace, config);

        Assert.StartsWith("[JoinNotPermitted] setns: EPERM", Try(workspace, ""), StringComparison.Ordinal);
    }

    [Fact]
    public void A_mount_has_ids_of_its_own()
    {
        Assert.SkipUnless(geteuid() == 0, "It takes root.");
        using var workspace = new Workspace(Person.Root);
        JsonNode config = Config(workspace);
        string data = workspace.PathOf("data");
        Directory.CreateDirectory(data);
        config["mounts"]!.AsArray().Add(JsonNode.Parse($$"""
            {
              "destination": "/dev/data", "source": "{{data}}", "options": ["bind", "idmap"],
              "uidMappings": [{ "containerID": 0, "hostID": 7, "size": 1 }],
              "gidMappings": [{ "containerID": 0, "hostID": 8, "size": 1 }]
            }
            """));
        Write(workspace, config);

        Assert.Equal("7 8\n", Run(workspace, "stat -c \"%u %g\" /dev/data"));
        Assert.Equal("0", ProcessOutput("stat", "-c", "%u", data));
    }

    [Fact]
    public void A_cgroup_of_the_bundles_choice_has_its_shares_and_is_gone_in_the_end()
    {
        Assert.SkipUnless(geteuid() == 0, "It takes root.");
        using var workspace = new Workspace(Person.Root);
        JsonNode config = Config(workspace);
        string above = "/" + Path.GetFileName(workspace.Directory);
        config["linux"]!["cgroupsPath"] = above + "/group";
        config["linux"]!["resources"]!["cpu"] = JsonNode.Parse("""{ "shares": 512 }""");
        Write(workspace, config);
        string[] directories = ["cpu", "unified", "", "memory", "pids", "blkio", "freezer", "cpuacct", "cpuset", "devices", "systemd"];
        try
        {
            // Version 1 has the shares, version 2 the weight.
            Assert.Matches(
                $"^{above}/group\n(512|59)\n$",
                Run(
                    workspace,
                    $"grep -m 1 -E \"^(0:|[0-9]+:([a-z,]+,)?cpu(,[a-z,]+)?:){above}\" /proc/self/cgroup | sed s/.*:// ;"
                        + " cat /sys/fs/cgroup/cpu/cpu.shares 2>/dev/null || cat /sys/fs/cgroup/cpu.weight"));
            Assert.All(directories, d => Assert.False(Directory.Exists($"/sys/fs/cgroup/{d}{above}/group"), d));
        }
        finally
        {
            foreach (string left in directories.Select(d => $"/sys/fs/cgroup/{d}{above}").Where(Directory.Exists))
            {
                Directory.Delete(left);
            }
        }
    }

    [Fact]
    public void A_set_of_processors_holds_or_its_controller_is_named()
    {
        Assert.SkipUnless(geteuid() == 0, "It takes root.");
        using var workspace = new Workspace(Person.Root);
        JsonNode config = Config(workspace);
        config["linux"]!["resources"]!["cpu"] = JsonNode.Parse("""{ "cpus": "0", "mems": "0" }""");
        Write(workspace, config);

        bool possible = File.ReadLines("/proc/self/cgroup").Any(l => l.Contains("cpuset", StringComparison.Ordinal))
            || File.ReadAllText("/sys/fs/cgroup/cgroup.controllers").Contains("cpuset", StringComparison.Ordinal);
        string said = Try(workspace, "-FilePath grep -ArgumentList 'Cpus_allowed_list|Mems_allowed_list', '/proc/self/status', '-E'");
        Assert.StartsWith(possible ? "started" : "[CgroupControllerMissing] ", said, StringComparison.Ordinal);
        if (possible)
        {
            Assert.Equal(
                "Cpus_allowed_list:\t0\nMems_allowed_list:\t0\n",
                Run(workspace, "grep -E \"^(Cpus|Mems)_allowed_list\" /proc/self/status"));
        }
    }

    [Theory, ForEachPerson]
    public void Hooks_are_told_of_the_session_at_each_point_of_its_life(Person person)
    {
        using var workspace = new Workspace(person);
        JsonNode config = Config(workspace);
        string log = workspace.Write("log", "");
        string hook = workspace.Write(
            "hook",
            $"#!/bin/sh\n[ \"$PWD $A\" = \"{workspace.Directory} 1\" ] || exit 9\n{{ echo $1; cat; echo; readlink /proc/self/ns/net;"
                + $" }} >>{log}\n");
        File.SetUnixFileMode(hook, (UnixFileMode)0x1ed);
        JsonArray List(string name) =>
            [JsonNode.Parse($$"""{ "path": "{{hook}}", "args": ["hook", "{{name}}"], "env": ["A=1", "PATH=/bin:/usr/bin"] }""")];
        config["hooks"] = new JsonObject();
        foreach (string name in (string[])["prestart", "createRuntime", "poststart", "poststop"])
        {
            config["hooks"]![name] = List(name);
        }

        config["annotations"] = JsonNode.Parse("""{ "a.b": "c d" }""");
        Write(workspace, config);
        Assert.Equal("here\n", Run(workspace, "echo here"));

        string[] lines = File.ReadAllLines(log);
        Assert.Equal(12, lines.Length);
        (string Name, string Status)[] expected =
        [
            ("prestart", "creating"),
            ("createRuntime", "creating"),
            ("poststart", "running"),
            ("poststop", "stopped"),
        ];
        for (int i = 0; i < expected.Length; i++)
        {
            JsonNode state = JsonNode.Parse(lines[(3 * i) + 1])!;
            Assert.Equal(expected[i], (lines[3 * i], (string)state["status"]!));
            Assert.Equal(
                (workspace.Directory, "c d", "1.0.2-dev"),
                ((string)state["bundle"]!, (string)state["annotations"]!["a.b"]!, (string)state["ociVersion"]!));
            Assert.Equal(i == 3, state["pid"] is null);
            Assert.Equal(File.ResolveLinkTarget("/proc/self/ns/net", false)?.Name, lines[(3 * i) + 2]);
        }
    }

    [Theory, ForEachPerson]
    public void Hooks_inside_are_run_between_those_of_the_host_and_the_command(Person person)
    {
        using var workspace = new Workspace(person);
        JsonNode config = Config(workspace);
        config["root"]!["readonly"] = false;
        string log = workspace.Write("log", "");
        string root = workspace.PathOf("root");
        JsonArray Host(string name)
        {
            string script = $"{{ echo $0; pwd; readlink /proc/self/ns/uts; ls -d {root}/proc/self 2>&1; cat; echo; umask; }} >>{log}";
            return
            [
                JsonNode.Parse(
                    $$"""{ "path": "/bin/sh", "args": ["sh", "-c", "{{script}}", "{{name}}"], "env": ["PATH=/bin:/usr/bin"] }""")!,
            ];
        }

        JsonNode Inside(string name)
        {
            const string Script = "{ echo $0 $TERM; pwd; readlink /proc/self/ns/uts; cat; echo; grep CapEff: /proc/self/status;"
                + " grep NoNewPrivs: /proc/self/status; readlink /proc/$PPID/exe || echo closed; } >>/root/log";
            return JsonNode.Parse($$"""{ "path": "/bin/sh", "args": ["sh", "-c", "{{Script}}", "{{name}}"] }""")!;
        }

        config["hooks"] = new JsonObject
        {
            ["createRuntime"] = Host("createRuntime"),
            ["createContainer"] = Host("createContainer"),
            ["startContainer"] = new JsonArray(Inside("first"), Inside("second")),
            ["poststop"] = Host("poststop"),
        };
        Write(workspace, config);
        string inside = Run(workspace, "readlink /proc/self/ns/uts").Trim();

        string outside = File.ResolveLinkTarget("/proc/self/ns/uts", false)!.Name;
        string[] lines = File.ReadAllLines(log);
        Assert.Equal(["createRuntime", workspace.Directory, outside], lines[..3]);
        Assert.NotEqual(outside, inside);
        Assert.Equal(["createContainer", root, inside], lines[6..9]);
        Assert.Equal(["poststop", workspace.Directory, outside], lines[12..15]);

        // From the host's side there is nothing in the root's /proc; for a hook in the session's namespaces it is mounted there.
        Assert.Equal((2, root + "/proc/self"), (lines[3].Split(": ").Length - 1, lines[9]));
        Assert.Equal(("creating", 1), Status(lines[10]));
        Assert.Equal(lines[5], lines[11]);

        lines = File.ReadAllLines(Path.Combine(root, "root/log"));
        Assert.Equal(14, lines.Length);
        for (int i = 0; i < 2; i++)
        {
            string[] own = lines[(7 * i)..(7 * (i + 1))];
            Assert.Equal([i == 0 ? "first xterm" : "second xterm", "/"], own[..2]);
            Assert.Equal(inside, own[2]);
            Assert.Equal(("created", 1), Status(own[3]));

            // As confined as the command, which waits and is closed to it (CVE-2019-5736).
            Assert.Equal(["CapEff:\t0000000020000420", "NoNewPrivs:\t1", "closed"], own[4..]);
        }

        static (string, int) Status(string state) =>
            JsonNode.Parse(state) is JsonNode json ? ((string)json["status"]!, (int)json["pid"]!) : default;
    }

    [Fact]
    public void A_filter_holds_for_hooks_inside_too()
    {
        Assert.SkipUnless(geteuid() == 0, "One person is enough.");
        using var workspace = new Workspace(Person.Root);
        JsonNode config = Config(workspace);
        config["linux"]!["seccomp"] = JsonNode.Parse("""
            {
              "defaultAction": "SCMP_ACT_ALLOW",
              "syscalls": [
                { "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38 },
                { "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 12 }
              ]
            }
            """);
        config["hooks"] = JsonNode.Parse("""{ "startContainer": [{ "path": "/bin/sh", "args": ["sh", "-c", "mkdir /dev/shm/x"] }] }""");
        Write(workspace, config);

        Assert.StartsWith(
            "[HookFailed] The hook /bin/sh: exit status 1: mkdir: can't create directory '/dev/shm/x': Cannot allocate memory",
            Try(workspace, ""),
            StringComparison.Ordinal);
    }

    [Theory, ForEachPerson]
    public void What_a_hook_inside_writes_does_not_hold_it_up_and_what_it_leaves_behind_nobody(Person person)
    {
        using var workspace = new Workspace(person);
        JsonNode config = Config(workspace);
        config["hooks"] = JsonNode.Parse("""
            {
              "createContainer": [{ "path": "/bin/sh", "args": ["sh", "-c", "head -c 300000 /dev/zero; sleep 1000 &"] }],
              "startContainer": [{ "path": "/bin/sh", "args": ["sh", "-c", "head -c 300000 /dev/zero; sleep 1000 &"], "timeout": 100 }]
            }
            """);
        Write(workspace, config);
        Assert.Equal("here\n", Run(workspace, "echo here"));
    }

    [Theory]
    [ForEachPerson("createRuntime", "exit 3", "exit status 3: said so", "")]
    [ForEachPerson("createRuntime", "sleep 1000", "it was killed after 1 s", ", \"timeout\": 1")]
    [ForEachPerson("createContainer", "exit 3", "exit status 3: said so", "")]
    [ForEachPerson("createContainer", "sleep 1000", "it was killed after 1 s", ", \"timeout\": 1")]
    [ForEachPerson("startContainer", "exit 3", "exit status 3: said so", "")]
    [ForEachPerson("startContainer", "kill -9 $$", "exit status 137: said so", "")]
    [ForEachPerson("startContainer", "sleep 1000", "it was killed after 1 s", ", \"timeout\": 1")]
    public void A_hook_that_fails_before_the_command_is_the_end_of_the_launch(
        Person person,
        string hook,
        string script,
        string said,
        string more)
    {
        using var workspace = new Workspace(person);
        JsonNode config = Config(workspace);
        string log = workspace.Write("log", "");
        config["hooks"] = JsonNode.Parse($$"""
            {
              "{{hook}}": [
                { "path": "/bin/sh", "args": ["sh", "-c", "echo said so; exec {{script}}"], "env": ["PATH=/bin:/usr/bin"]{{more}} }
              ],
              "poststop": [{ "path": "/bin/sh", "args": ["sh", "-c", "echo after >>{{log}}"] }]
            }
            """.Replace("exec exit", "exit", StringComparison.Ordinal).Replace("exec kill", "kill", StringComparison.Ordinal));
        Write(workspace, config);

        Assert.Contains($"[HookFailed] The hook /bin/sh: {said}", Try(workspace, ""), StringComparison.Ordinal);
        Assert.Equal("after\n", File.ReadAllText(log));
    }

    [Theory]
    [ForEachPerson("createContainer")]
    [ForEachPerson("startContainer")]
    public void A_hook_inside_that_is_not_there_is_named(Person person, string hook)
    {
        using var workspace = new Workspace(person);
        JsonNode config = Config(workspace);
        config["hooks"] = JsonNode.Parse($$"""{ "{{hook}}": [{ "path": "/bin/true" }, { "path": "/bin/nowhere" }] }""".Replace(
            "/bin/true",
            hook == "startContainer" ? "/bin/pwd" : "/bin/true",
            StringComparison.Ordinal));
        Write(workspace, config);

        Assert.StartsWith("[HookFailed] The hook /bin/nowhere: ENOENT", Try(workspace, ""), StringComparison.Ordinal);
    }

    [Theory]
    [ForEachPerson("-Hostname x -RootPath /", "[ParameterNotForBundle] -Hostname, -RootPath ")]
    [ForEachPerson("-Join nobody", "[ParameterNotForJoin] -Bundle ")]
    public void Other_parameters_are_refused_beside_it(Person person, string parameters, string expected)
    {
        using var workspace = new Workspace(person);
        Write(workspace, Config(workspace));
        Assert.StartsWith(expected, Try(workspace, parameters), StringComparison.Ordinal);
    }

    /// <summary>What runc writes, for root or for an ordinary user, with busybox for a root.</summary>
    private static JsonNode Config(Workspace workspace)
    {
        _ = new RootDirectory(workspace);
        using Stream stream = typeof(BundleTests).Assembly.GetManifestResourceStream(workspace.Uid == 0
            ? "Bundles/runc.json"
            : "Bundles/runc-rootless.json")!;
        JsonNode config = JsonNode.Parse(stream)!;
        config["root"]!["path"] = "root";
        foreach (string map in (string[])["uidMappings", "gidMappings"])
        {
            if (config["linux"]![map] is JsonNode list)
            {
                list[0]!["hostID"] = workspace.Uid;
            }
        }

        return config;
    }

    private static void Write(Workspace workspace, JsonNode config) => workspace.Write("config.json", config.ToJsonString());

    private static string ProcessOutput(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        return process.StandardOutput.ReadToEnd().Trim();
    }

    private static string Run(Workspace workspace, string script)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            $"Enter-NsTerminal -Name NAME -Bundle {workspace.Directory} sh -ArgumentList '-c',"
                + $" '{script.Replace("'", "''", StringComparison.Ordinal)}'");
        pwsh.Terminal.ExpectExit(0);
        return pwsh.Terminal.OutputText.Replace("\r\n", "\n", StringComparison.Ordinal);
    }

    private static string Try(Workspace workspace, string parameters)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            string.Create(
                CultureInfo.InvariantCulture,
                $"try {{ Start-NsProcess -Name NAME -Bundle {workspace.Directory} {parameters} | Out-Null;"
                    + $" 'started' }} catch {{ \"[$($_.FullyQualifiedErrorId.Split(',')[0])] $_\" }}"));
        pwsh.Terminal.ExpectExit(0);
        return pwsh.Terminal.OutputText;
    }
}

using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using NsModule.UnitTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.EndToEnd;

/// <summary>An OCI bundle runs as it says.</summary>
public sealed class BundleTests
{
    [Theory, ForEachPerson]
    public void What_the_other_runtimes_write_runs(Person person)
    {
        using var workspace = new Workspace(person);
        Write(workspace, Config(workspace));

        string output = Run(workspace, "hostname; pwd; id -u; grep -E \"^(Cap(Eff|Prm|Bnd|Inh)|NoNewPrivs|Seccomp):\" /proc/self/status; grep \"^Max open files\" /proc/self/limits; ls -1 /dev; touch /x /dev/shm/x 2>&1; ls -1 /sys/fs/cgroup | wc -l; cat /proc/keys | wc -c; echo $TERM");

        const string Three = "0000000020000420";
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["runc", "/", "0", "CapInh:\t0000000000000000", $"CapPrm:\t{Three}", $"CapEff:\t{Three}", $"CapBnd:\t{Three}", "NoNewPrivs:\t1", "Seccomp:\t0"], lines[..9]);
        Assert.Equal("Max open files            1024                 1024                 files     ", lines[9]);
        Assert.Equal(["console", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty", "urandom", "zero"], lines[10..25]);
        Assert.Equal("touch: /x: Read-only file system", lines[25]);
        Assert.NotEqual("0", lines[26]);
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
        config["linux"]!["seccomp"] = JsonNode.Parse("""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 12 }] }""");
        config["linux"]!["namespaces"]!.AsArray().Add(JsonNode.Parse("""{ "type": "cgroup" }"""));
        Write(workspace, config);

        string before = File.ReadAllText("/proc/sys/kernel/shmmax");
        Assert.Equal(
            "1\n4096\nmkdir: can't create directory '/dev/shm/x': Cannot allocate memory\nread-only\n",
            Run(workspace, "cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax; mkdir /dev/shm/x 2>&1; (echo 1 >/proc/sys/net/ipv4/ip_forward) 2>/dev/null || echo read-only"));
        Assert.Equal(before, File.ReadAllText("/proc/sys/kernel/shmmax"));
    }

    [Theory, ForEachPerson]
    public void Hooks_are_told_of_the_session_at_each_point_of_its_life(Person person)
    {
        using var workspace = new Workspace(person);
        JsonNode config = Config(workspace);
        string log = workspace.Write("log", "");
        string hook = workspace.Write("hook", $"#!/bin/sh\n[ \"$PWD $A\" = \"{workspace.Directory} 1\" ] || exit 9\n{{ echo $1; cat; echo; readlink /proc/self/ns/net; }} >>{log}\n");
        File.SetUnixFileMode(hook, (UnixFileMode)0x1ed);
        JsonArray List(string name) => [JsonNode.Parse($$"""{ "path": "{{hook}}", "args": ["hook", "{{name}}"], "env": ["A=1", "PATH=/bin:/usr/bin"] }""")];
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
        (string Name, string Status)[] expected = [("prestart", "creating"), ("createRuntime", "creating"), ("poststart", "running"), ("poststop", "stopped")];
        for (int i = 0; i < expected.Length; i++)
        {
            JsonNode state = JsonNode.Parse(lines[(3 * i) + 1])!;
            Assert.Equal(expected[i], (lines[3 * i], (string)state["status"]!));
            Assert.Equal((workspace.Directory, "c d", "1.0.2-dev"), ((string)state["bundle"]!, (string)state["annotations"]!["a.b"]!, (string)state["ociVersion"]!));
            Assert.Equal(i == 3, state["pid"] is null);
            Assert.Equal(File.ResolveLinkTarget("/proc/self/ns/net", false)?.Name, lines[(3 * i) + 2]);
        }
    }

    [Theory]
    [ForEachPerson("exit 3", "exit status 3: said so", "")]
    [ForEachPerson("sleep 1000", "it was killed after 1 s", ", \"timeout\": 1")]
    public void A_hook_that_fails_before_the_command_is_the_end_of_the_launch(Person person, string script, string said, string more)
    {
        using var workspace = new Workspace(person);
        JsonNode config = Config(workspace);
        string log = workspace.Write("log", "");
        config["hooks"] = JsonNode.Parse($$"""
            {
              "createRuntime": [{ "path": "/bin/sh", "args": ["sh", "-c", "echo said so; exec {{script}}"], "env": ["PATH=/bin:/usr/bin"]{{more}} }],
              "poststop": [{ "path": "/bin/sh", "args": ["sh", "-c", "echo after >>{{log}}"] }]
            }
            """.Replace("exec exit", "exit", StringComparison.Ordinal));
        Write(workspace, config);

        Assert.Contains($"[HookFailed] The hook /bin/sh: {said}", Try(workspace, ""), StringComparison.Ordinal);
        Assert.Equal("after\n", File.ReadAllText(log));
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
        using Stream stream = typeof(BundleTests).Assembly.GetManifestResourceStream(workspace.Uid == 0 ? "Bundles/runc.json" : "Bundles/runc-rootless.json")!;
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

    private static string Run(Workspace workspace, string script)
    {
        using HostProgram host = HostProgram.Run(workspace, $"Enter-NsTerminal -Name NAME -Bundle {workspace.Directory} sh -ArgumentList '-c', '{script.Replace("'", "''", StringComparison.Ordinal)}'");
        host.Terminal.ExpectExit(0);
        return host.Terminal.OutputText.Replace("\r\n", "\n", StringComparison.Ordinal);
    }

    private static string Try(Workspace workspace, string parameters)
    {
        using HostProgram host = HostProgram.Run(workspace, string.Create(CultureInfo.InvariantCulture, $"try {{ Start-NsProcess -Name NAME -Bundle {workspace.Directory} {parameters} | Out-Null; 'started' }} catch {{ \"[$($_.FullyQualifiedErrorId.Split(',')[0])] $_\" }}"));
        host.Terminal.ExpectExit(0);
        return host.Terminal.OutputText;
    }
}

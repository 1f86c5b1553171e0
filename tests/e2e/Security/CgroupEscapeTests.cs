using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using NsModule.Cgroups;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Security;

/// <summary>A session reaches for the control groups of others, and for its own limits.</summary>
public sealed class CgroupEscapeTests
{
    private const int Limit = 64 << 20;

    /// <summary>
    /// An ordinary user's cgroups are its own to write: its session, as root of its user namespace, mounts them and writes its limits
    /// away.
    /// </summary>
    [Theory]
    [InlineData("")]
    [InlineData(",Cgroup")]
    public void Delegated_limits_hold_against_the_session_s_root(string more)
    {
        Assert.SkipUnless(geteuid() == 0, "To delegate takes root.");
        CgroupHierarchy? memory = CgroupHierarchy.OfThisProcess().FirstOrDefault(h => h.Version == 1 && h.Controllers.Contains("memory"));
        Assert.SkipWhen(memory is null, "It takes the memory controller in cgroups version 1; in version 2, systemd delegates.");
        string delegated = Path.Combine(memory.Own, "nst-" + Guid.NewGuid().ToString("N"));
        _ = Directory.CreateDirectory(delegated);
        try
        {
            using var workspace = new Workspace(Person.OrdinaryUser);
            Output("chown", "-R", workspace.Uid.ToString(System.Globalization.CultureInfo.InvariantCulture), delegated);
            var root = new RootDirectory(workspace);
            root.MakeDirectory("place");
            root.Write(
                "attack",
                """
                for m in $(sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - cgroup.*/\1/p' /proc/self/mountinfo); do
                  mount -o remount,bind,rw $m
                  mount -o remount,rw $m
                done
                umount -l /sys/fs/cgroup
                mount -t cgroup -o memory memory /place
                for d in $(find /place /sys/fs/cgroup -name memory.limit_in_bytes | sed 's/[^/]*$//'); do
                  echo -1 >$d/memory.memsw.limit_in_bytes
                  echo -1 >$d/memory.limit_in_bytes
                  echo 0 >$d/tasks
                done
                echo [ready]; read line
                """);
            using (PwshTerminal pwsh = PwshTerminal.RunUnder(
                workspace,
                ["sh", "-c", $"echo 0 >{delegated}/cgroup.procs; exec \"$@\"", "sh"],
                $"Enter-NsTerminal -Name NAME -RootPath {root.Path} -Namespace Pid,Mount,Uts,Ipc,User{more} -MemoryLimit {Limit} sh"
                    + " -ArgumentList '/attack'"))
            {
                _ = pwsh.Terminal.Expect("[ready]");
                string group = Assert.Single(Directory.EnumerateDirectories(delegated, "nsmodule-*"));
                Assert.Equal($"{Limit}\n", File.ReadAllText(group + "/memory.limit_in_bytes"));
                Assert.Equal($"{Limit}\n", File.ReadAllText(group + "/memory.memsw.limit_in_bytes"));
                string where = File.ReadLines($"/proc/{pwsh.Record.CommandPid}/cgroup")
                    .Single(l => l.Contains(":memory:", StringComparison.Ordinal));
                Assert.Contains(Path.GetFileName(group), where, StringComparison.Ordinal);
                pwsh.Terminal.Send("\r");
                pwsh.Terminal.ExpectExit(0);
                Assert.False(Directory.Exists(group));
            }
        }
        finally
        {
            var left = new SessionCgroup(CgroupFiles.Kernel, [delegated]);
            left.Kill();
            Assert.True(left.Remove());
        }
    }

    /// <summary>
    /// A bundle's mount of the control groups, with no capability at all, in hierarchies where the session needs no limit.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_bundle_s_control_groups_are_the_session_s_own_in_every_hierarchy(bool writable)
    {
        Assert.SkipUnless(geteuid() == 0, "It takes root.");
        string name = "nst-" + Guid.NewGuid().ToString("N");
        CgroupHierarchy[] hierarchies = [.. CgroupHierarchy.OfThisProcess(named: true)];
        string[] neighbours = [.. hierarchies.Select(h => Path.Combine(h.MountPoint, name))];
        Array.ForEach(neighbours, n => Directory.CreateDirectory(n));
        try
        {
            using var workspace = new Workspace(Person.Root);
            JsonNode config = Config(writable);
            var root = new RootDirectory(workspace);
            root.Write(
                "attack",
                $$"""
                cd /sys/fs/cgroup
                echo "[hierarchies $(find . -name cgroup.procs | wc -l)]"
                for f in $(find . -name cgroup.procs); do grep -qx $$ $f || echo "[not in $f]"; done
                for n in $(find . -name '{{name}}'); do
                  echo "[neighbour $n]"
                  echo FROZEN >$n/freezer.state
                  echo $$ >$n/cgroup.procs
                done
                for p in /sys/fs/cgroup/*; do
                  echo $$ >$p/../cgroup.procs
                  echo $$ >$p/{{name}}/cgroup.procs
                  echo FROZEN >$p/{{name}}/freezer.state
                done 2>/dev/null
                echo [ready]; read line
                """);
            _ = workspace.Write("config.json", config.ToJsonString());
            using PwshTerminal pwsh = PwshTerminal.Run(
                workspace,
                $"Enter-NsTerminal -Name NAME -Keep -Bundle {workspace.Directory} sh -ArgumentList '/attack'");
            string output = pwsh.Terminal.Expect("[ready]");

            Assert.DoesNotContain("[neighbour", output, StringComparison.Ordinal);
            Assert.DoesNotContain("[not in", output, StringComparison.Ordinal);
            Assert.Contains($"[hierarchies {hierarchies.Length}]", output, StringComparison.Ordinal);
            Assert.All(neighbours, n => Assert.Equal("", File.ReadAllText(n + "/cgroup.procs")));
            Assert.All(neighbours.Select(n => n + "/freezer.state").Where(File.Exists), f => Assert.Equal("THAWED\n", File.ReadAllText(f)));
            string[] own = [.. File.ReadLines($"/proc/{pwsh.Record.CommandPid}/cgroup").Select(l => l.Split(':', 3)[2])];
            Assert.All(own, p => Assert.EndsWith("nsmodule-" + pwsh.Record.Id, p, StringComparison.Ordinal));
            pwsh.Terminal.Send("\r");
            pwsh.Terminal.ExpectExit(0);
            Assert.All(hierarchies, h => Assert.False(Directory.Exists(Path.Combine(h.Own, "nsmodule-" + pwsh.Record.Id))));
        }
        finally
        {
            Array.ForEach(neighbours, Directory.Delete);
        }
    }

    /// <summary>Where the session can have no cgroup, it sees none: an ordinary user's, without delegation.</summary>
    [Fact]
    public void Where_a_session_has_no_cgroup_of_its_own_it_sees_none()
    {
        using var workspace = new Workspace(Person.OrdinaryUser);
        var root = new RootDirectory(workspace);
        Assert.SkipWhen(CgroupHierarchy.OfThisProcess().Any(h => access(h.Own) == 0), "Here this user has control groups of its own.");
        Assert.Equal("0\n", root.Run("find /sys/fs/cgroup -name cgroup.procs | wc -l", "-Namespace Pid,Mount,Uts,Ipc,User"));
        Assert.Equal(
            "0\n",
            root.Run(
                "find /sys/fs/cgroup -name cgroup.procs | wc -l",
                "-Namespace Pid,Mount,Uts,Ipc,User -Mount (New-NsMount -Type Cgroup -Target /sys/fs/cgroup -ReadOnly)"));

        int access(string directory) => workspace.Uid == (uint)geteuid() ? CgroupFiles.Kernel.Access(directory) : -1;
    }

    /// <summary>What runc writes for root.</summary>
    private static JsonNode Config(bool writable)
    {
        using Stream stream = typeof(CgroupEscapeTests).Assembly.GetManifestResourceStream("Bundles/runc.json")!;
        JsonNode config = JsonNode.Parse(stream)!;
        config["root"]!["path"] = "root";
        config["process"]!["capabilities"] = new JsonObject();
        JsonNode mount = config["mounts"]!.AsArray().Single(m => m!["destination"]!.GetValue<string>() == "/sys/fs/cgroup")!;
        if (writable)
        {
            config["linux"]!["namespaces"]!.AsArray().Add(JsonNode.Parse("""{ "type": "cgroup" }"""));
            mount["options"] = new JsonArray("nosuid", "noexec", "nodev", "rw");
        }

        return config;
    }

    private static void Output(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}

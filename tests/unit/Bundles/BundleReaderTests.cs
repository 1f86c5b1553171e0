using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using NsModule.Bundles;
using NsModule.Native;
using NsModule.Specs;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Bundles;

/// <summary>A bundle says all of a launch, and nothing in it is passed over.</summary>
public sealed class BundleReaderTests : IDisposable
{
    private const NsNamespaceKind Usual = NsNamespaceKind.Pid | NsNamespaceKind.Ipc | NsNamespaceKind.Uts | NsNamespaceKind.Mount;

    private readonly ScratchDirectory _bundle = new();

    public BundleReaderTests() => Directory.CreateDirectory(_bundle["rootfs"]);

    public void Dispose() => _bundle.Dispose();

    [Theory]
    [InlineData("runc.json", 0u, "runc", Usual | NsNamespaceKind.Net)]
    [InlineData("crun.json", 0u, "crun", Usual | NsNamespaceKind.Net)]
    [InlineData("runc-rootless.json", 1000u, "runc", Usual | NsNamespaceKind.User)]
    public void What_the_other_runtimes_write_is_a_launch(string config, uint uid, string hostname, NsNamespaceKind namespaces)
    {
        LaunchSpec spec = Read(Recorded(config), uid).ToSpec(uid, uid);

        LaunchSpecValidator.Validate(spec);
        Assert.Equal((hostname, namespaces, "sh", "/"), (spec.Hostname, spec.Namespaces, spec.FilePath, spec.WorkingDirectory));
        Assert.Equal(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"], spec.Environment);
        ulong three = Capabilities.MaskOf("AUDIT_WRITE", "KILL", "NET_BIND_SERVICE");
        Assert.Equal(
            (three, three, three, true),
            (
                spec.Privileges.Capabilities,
                spec.Privileges.PermittedCapabilities,
                spec.Privileges.AddedCapabilities,
                spec.Privileges.NoNewPrivileges));
        Assert.Equal([ResourceLimit.Parse("nofile", "1024")], spec.Resources.Limits);
        Assert.Equal((_bundle["rootfs"], true, true), (spec.FileSystem.RootPath, spec.FileSystem.ReadOnlyRoot, spec.FileSystem.Devices));
        Assert.Equal(
            ["/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup"],
            spec.FileSystem.Mounts.Select(m => m.Target));
        Assert.Equal((10, 5), (spec.FileSystem.MaskedPaths.Count, spec.FileSystem.ReadOnlyPaths.Count));
        Assert.Equal(uid == 0, spec.FileSystem.NoDevices);
    }

    [Fact]
    public void Every_field_has_its_meaning()
    {
        LaunchSpec spec = Read(Recorded("full.json")).ToSpec(0, 0);

        LaunchSpecValidator.Validate(spec);
        Assert.Equal(("server", "/srv", "box", "example.org"), (spec.FilePath, spec.WorkingDirectory, spec.Hostname, spec.DomainName));
        Assert.Equal(["--now", ""], spec.Arguments);
        Assert.Equal(["A=b=c", "PATH=/bin"], spec.Environment);
        Assert.Equal(new NsTerminalSize(132, 40), spec.TerminalSize);
        Assert.Equal(("1:2", 0x3f), (spec.Identity.User, spec.Identity.Umask));
        Assert.Equal(["3", "4"], spec.Identity.SupplementaryGroups);
        Assert.Equal(["HOME"], spec.Identity.UserVariables);
        ulong kill = Capabilities.MaskOf("KILL");
        Assert.Equal(
            (Capabilities.MaskOf("KILL", "CHOWN"), kill, kill, false),
            (
                spec.Privileges.Capabilities,
                spec.Privileges.PermittedCapabilities,
                spec.Privileges.AddedCapabilities,
                spec.Privileges.NoNewPrivileges));
        Assert.NotEqual(0, spec.Privileges.SeccompFilter.Length);
        Assert.Equal([new ResourceLimit(7, 512, ResourceLimit.Unlimited)], spec.Resources.Limits);
        Assert.Equal(100, spec.Resources.OomScoreAdjustment);
        Assert.Equal(
            (
                Usual | NsNamespaceKind.Net | NsNamespaceKind.User | NsNamespaceKind.Cgroup | NsNamespaceKind.Time,
                new NsIdMap(0, 100000, 65536),
                new NsIdMap(0, 200000, 65536)),
            (spec.Namespaces, spec.UidMap.Single(), spec.GidMap.Single()));
        Assert.Equal(new TimeOffsetSpec(TimeSpan.FromSeconds(10.5), TimeSpan.FromSeconds(20)), spec.TimeOffsets);
        Assert.Equal(
            [new KernelParameter("net/ipv4/ip_forward", "1"), new KernelParameter("kernel/shmmax", "4096")],
            spec.FileSystem.KernelParameters);
        Assert.Equal((true, NsMountPropagation.Slave), (spec.FileSystem.NoDevices, spec.FileSystem.RootPropagation));

        // The session's init is one of its processes, and none of the bundle's.
        Assert.Equal(
            new CgroupSpec
            {
                Memory = 512 << 20,
                Cpus = 1.5,
                Processes = 101,
                IOWeight = 10000,
                CpuShares = 512,
                Processors = "0-1,3",
                MemoryNodes = "0",
            },
            spec.Limits);
        Assert.Equal("/my/group", spec.CgroupPath);
        Assert.Equivalent(
            new HookSpec
            {
                Bundle = _bundle.Path,
                Version = "1.2.0",
                Annotations = new Dictionary<string, string> { ["org.example.key"] = "value" },
                CreateRuntime =
                [
                    new Hook("/bin/one", ["one", "x"], ["A=1"], TimeSpan.FromSeconds(5)),
                    new Hook("/bin/two", ["/bin/two"], [], TimeSpan.Zero),
                ],
                CreateContainer = [new Hook("/bin/two.five", ["/bin/two.five"], [], TimeSpan.Zero)],
                StartContainer = [new Hook("/bin/inside", ["/bin/inside"], ["B=2"], TimeSpan.Zero)],
                Poststart = [new Hook("/bin/three", ["/bin/three"], [], TimeSpan.Zero)],
                Poststop = [new Hook("/bin/four", ["/bin/four"], [], TimeSpan.Zero)],
            },
            spec.Hooks,
            strict: true);
        Assert.Equal(
            [
                new NsMount { Target = "/proc", Type = NsMountType.Proc, Options = ["hidepid=2"] },
                new NsMount
                {
                    Target = "/dev",
                    Type = NsMountType.Tmpfs,
                    NoSuid = true,
                    NoDev = false,
                    NoExec = false,
                    Attributes = 0x20,
                    Mode = 0x1ed,
                    Options = ["size=65536k"],
                },
                new NsMount
                {
                    Target = "/data",
                    Type = NsMountType.Bind,
                    Source = _bundle["rootfs"],
                    Recurse = true,
                    ReadOnly = true,
                    Attributes = 0x200000,
                    Propagation = NsMountPropagation.Slave,
                },
                new NsMount { Target = "/sys/fs/cgroup", Type = NsMountType.Cgroup, NoSuid = true },
            ],
            spec.FileSystem.Mounts);
    }

    [Fact]
    public void A_namespace_that_exists_is_one_that_is_not_made()
    {
        JsonNode config = Recorded("runc.json");
        At(config, "linux.namespaces[1]")["path"] = "/proc/self/ns/net";

        LaunchSpec spec = Read(config).ToSpec(0, 0);
        LaunchSpecValidator.Validate(spec);
        Assert.Equal(Usual, spec.Namespaces);
        Assert.Equal(
            [new NamespaceReference(NsNamespaceKind.Net, FileIdentity.Inode("/proc/self/ns/net")!.Value, "/proc/self/ns/net")],
            spec.SharedNamespaces);
    }

    [Theory]
    [InlineData("\"rbind\"", true)]
    [InlineData("\"rbind\", \"idmap\"", true)]
    [InlineData("\"rbind\", \"ridmap\"", false)]
    public void A_mount_has_ids_of_its_own(string options, bool shallow)
    {
        JsonNode config = Recorded("runc.json");
        config["mounts"]!.AsArray().Add(JsonNode.Parse($$"""
            {
              "destination": "/data", "source": "rootfs", "options": [{{options}}],
              "uidMappings": [{ "containerID": 0, "hostID": 7, "size": 2 }],
              "gidMappings": [{ "containerID": 0, "hostID": 8, "size": 1 }]
            }
            """));

        LaunchSpec spec = Read(config).ToSpec(0, 0);
        LaunchSpecValidator.Validate(spec);
        Assert.Equal(
            new NsMount
            {
                Target = "/data",
                Type = NsMountType.Bind,
                Source = _bundle["rootfs"],
                Recurse = true,
                Shallow = true,
                IdMap = true,
                IdMapShallow = shallow,
                UidMap = [new NsIdMap(0, 7, 2)],
                GidMap = [new NsIdMap(0, 8, 1)],
            },
            spec.FileSystem.Mounts[^1]);
    }

    [Fact]
    public void An_unknown_property_is_an_error_wherever_it_stands()
    {
        List<string> paths = [.. ObjectsIn(Recorded("full.json"), "")];
        Assert.True(paths.Count > 40, $"{paths.Count} objects");
        foreach (string path in paths)
        {
            JsonNode config = Recorded("full.json");
            At(config, path)["unheardOf"] = 1;
            NsException error = Assert.Throws<NsException>(() => Read(config));
            Assert.Contains("unheardOf", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("linux", "intelRdt", "{\"closID\": \"x\"}")]
    [InlineData("linux", "personality", "{\"domain\": \"LINUX32\"}")]
    [InlineData("linux", "mountLabel", "\"x\"")]
    [InlineData("linux", "cgroupsPath", "\"system.slice:crun:x\"")]
    [InlineData("linux", "netDevices", "{\"eth0\": {}}")]
    [InlineData("linux", "memoryPolicy", "{\"mode\": \"MPOL_BIND\"}")]
    [InlineData("linux", "rootfsPropagation", "\"sideways\"")]
    [InlineData("linux.namespaces[4]", "path", "\"/proc/self/ns/mnt\"")]
    [InlineData("linux.namespaces[5]", "path", "\"/proc/self/ns/user\"")]
    [InlineData("linux.namespaces[7]", "path", "\"/proc/self/ns/time\"")]
    [InlineData("linux.namespaces[0]", "type", "\"dream\"")]
    [InlineData("linux.resources", "hugepageLimits", "[{}]")]
    [InlineData("linux.resources", "unified", "{\"memory.high\": \"1\"}")]
    [InlineData("linux.resources.cpu", "burst", "1")]
    [InlineData("linux.resources.cpu", "idle", "1")]
    [InlineData("linux.resources.memory", "reservation", "1")]
    [InlineData("linux.resources.memory", "swap", "1073741824")]
    [InlineData("linux.resources.memory", "disableOOMKiller", "true")]
    [InlineData("linux.resources.blockIO", "leafWeight", "10")]
    [InlineData("linux.sysctl", "kernel.hostname", "\"x\"")]
    [InlineData("linux.sysctl", "kernel.sysrq", "\"1\"")]
    [InlineData("process", "apparmorProfile", "\"x\"")]
    [InlineData("process", "selinuxLabel", "\"x\"")]
    [InlineData("process", "ioPriority", "{\"class\": \"IOPRIO_CLASS_IDLE\"}")]
    [InlineData("process", "scheduler", "{\"policy\": \"SCHED_OTHER\"}")]
    [InlineData("process", "execCPUAffinity", "{\"initial\": \"0\"}")]
    [InlineData("process.capabilities", "effective", "[]")]
    [InlineData("process.capabilities", "inheritable", "[\"CAP_CHOWN\"]")]
    [InlineData("mounts[0]", "type", "\"ext4\"")]
    [InlineData("", "windows", "{\"x\": 1}")]
    [InlineData("", "vm", "{\"x\": 1}")]
    [InlineData("", "ociVersion", "\"2.0.0\"")]
    public void What_is_not_supported_is_named(string path, string name, string value)
    {
        JsonNode config = Recorded("full.json");
        At(config, path)[name] = JsonNode.Parse(value);

        NsException error = Errors.Thrown(NsErrorId.BundleFieldNotSupported, NsErrorKind.NotSupported, () => Read(config));
        Assert.Equal(path.Length == 0 ? name : path + "." + name, error.Target);
    }

    [Theory]
    [InlineData("linux.devices[0]", "minor", "9")]
    [InlineData("linux.resources.devices[0]", "allow", "true")]
    [InlineData("linux.resources.devices[1]", "minor", "1")]
    public void Devices_other_than_the_usual_ones_are_named(string path, string name, string value)
    {
        JsonNode config = Recorded("full.json");
        At(config, path)[name] = JsonNode.Parse(value);

        Assert.Equal(path, Errors.Thrown(NsErrorId.BundleFieldNotSupported, NsErrorKind.NotSupported, () => Read(config)).Target);
    }

    [Theory]
    [InlineData("remount")]
    [InlineData("size=1")]
    [InlineData("shared")]
    public void An_option_of_a_mount_that_is_not_kept_is_named(string option)
    {
        JsonNode config = Recorded("full.json");
        At(config, "mounts[2]")["options"] = new JsonArray("rbind", option);

        Assert.Equal(
            "mounts[2].options[1]",
            Errors.Thrown(NsErrorId.BundleFieldNotSupported, NsErrorKind.NotSupported, () => Read(config)).Target);
    }

    [Fact]
    public void Rules_for_devices_that_a_capability_would_get_around_are_refused()
    {
        JsonNode config = Recorded("runc.json");
        foreach (string set in (string[])["bounding", "permitted", "effective"])
        {
            At(config, "process.capabilities." + set).AsArray().Add("CAP_MKNOD");
        }

        Assert.Equal(
            "linux.resources.devices",
            Errors.Thrown(NsErrorId.BundleFieldNotSupported, NsErrorKind.NotSupported, () => Read(config)).Target);
    }

    [Fact]
    public void An_ordinary_user_needs_a_user_namespace() =>
        Assert.Equal(
            "linux.namespaces",
            Errors.Thrown(NsErrorId.BundleFieldNotSupported, NsErrorKind.NotSupported, () => Read(Recorded("runc.json"), 1000)).Target);

    [Theory]
    [InlineData("process", "args", "[]", "process.args")]
    [InlineData("process", "args", "[1]", "process.args[0]")]
    [InlineData("process", "cwd", "\"srv\"", "process.cwd")]
    [InlineData("process", "env", "[\"A\"]", "process.env[0]")]
    [InlineData("process.user", "uid", "-1", "process.user.uid")]
    [InlineData("process.user", "uid", "4294967295", "process.user.uid")]
    [InlineData("process.rlimits[0]", "type", "\"RLIMIT_NONE\"", "process.rlimits[0].type")]
    [InlineData("process.rlimits[0]", "soft", "-1", "process.rlimits[0].soft")]
    [InlineData("process.capabilities", "bounding", "[\"CAP_NONE\"]", "process.capabilities.bounding[0]")]
    [InlineData("linux", "uidMappings", "[]", "linux.uidMappings")]
    [InlineData("linux", "cgroupsPath", "\"/\"", "linux.cgroupsPath")]
    [InlineData("linux", "cgroupsPath", "\"/a/../../b\"", "linux.cgroupsPath")]
    [InlineData("linux.resources.cpu", "cpus", "\"0 1\"", "linux.resources.cpu.cpus")]
    [InlineData("linux.resources.cpu", "shares", "-1", "linux.resources.cpu.shares")]
    [InlineData("linux", "namespaces", "[{\"type\":\"mount\"},{\"type\":\"mount\"}]", "linux.namespaces[1]")]
    [InlineData("linux.sysctl", "net.ipv4.../x", "\"1\"", "linux.sysctl.net.ipv4.../x")]
    [InlineData("mounts[0]", "destination", "\"proc\"", "mounts[0].destination")]
    [InlineData("mounts[0]", "uidMappings", "[{}]", "mounts[0].uidMappings[0].containerID")]
    [InlineData("mounts[2]", "uidMappings", "[{\"containerID\": 0, \"hostID\": 1, \"size\": 1}]", "mounts[2].uidMappings")]
    [InlineData("linux.namespaces[1]", "path", "\"/proc/self/ns/nowhere\"", "linux.namespaces[1].path")]
    [InlineData("linux.namespaces[3]", "path", "\"/proc/self/ns/uts\"", "hostname")]
    [InlineData("hooks.prestart[0]", "path", "\"one\"", "hooks.prestart[0].path")]
    [InlineData("hooks.prestart[0]", "timeout", "0", "hooks.prestart[0].timeout")]
    public void What_makes_no_sense_is_named(string path, string name, string value, string target)
    {
        JsonNode config = Recorded("full.json");
        At(config, path)[name] = JsonNode.Parse(value);

        Assert.Equal(target, Errors.Thrown(NsErrorId.BundleInvalid, NsErrorKind.Argument, () => Read(config)).Target);
    }

    [Fact]
    public void What_is_no_JSON_is_an_error_with_its_line()
    {
        File.WriteAllText(_bundle["config.json"], "{\n  \"ociVersion\": \"1.0.0\",\n  oops\n}");
        Assert.Contains(
            "line 3",
            Errors.Thrown(NsErrorId.BundleInvalid, NsErrorKind.Argument, () => Read()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_property_that_stands_twice_is_an_error()
    {
        File.WriteAllText(_bundle["config.json"], "{ \"ociVersion\": \"1.0.0\", \"ociVersion\": \"1.0.1\" }");
        Assert.Equal("ociVersion", Errors.Thrown(NsErrorId.BundleInvalid, NsErrorKind.Argument, () => Read()).Target);
    }

    [Fact]
    public void A_bundle_and_its_root_must_be_there()
    {
        _ = Errors.Thrown(NsErrorId.BundleNotFound, NsErrorKind.NotFound, () => Read());
        Directory.Delete(_bundle["rootfs"]);
        Assert.Equal(
            _bundle["rootfs"],
            Errors.Thrown(NsErrorId.RootNotFound, NsErrorKind.NotFound, () => Read(Recorded("runc.json"))).Target);
    }

    [Fact]
    public void The_command_and_further_variables_are_the_users()
    {
        LaunchOptions given = Given() with
        {
            FilePath = "ls",
            Arguments = ["-l"],
            Environment = new Dictionary<string, string?> { ["TERM"] = "vt100", ["PATH"] = null },
        };
        LaunchSpec spec = Read(Recorded("runc.json"), 0, given).ToSpec(0, 0);

        Assert.Equal("ls", spec.FilePath);
        Assert.Equal(["-l"], spec.Arguments);
        Assert.Equal(["TERM=vt100"], spec.Environment);
    }

    private static LaunchOptions Given() => new() { WorkingDirectory = "/", OwnCapabilities = Capabilities.Everything, SubIds = null };

    private LaunchOptions Read(JsonNode config, uint uid = 0, LaunchOptions? given = null)
    {
        File.WriteAllText(_bundle["config.json"], config.ToJsonString());
        return Read(uid, given);
    }

    private LaunchOptions Read(uint uid = 0, LaunchOptions? given = null) => BundleReader.Read(_bundle.Path, uid, given ?? Given());

    private static JsonNode Recorded(string name)
    {
        using Stream stream = typeof(BundleReaderTests).Assembly.GetManifestResourceStream("Bundles/" + name)!;
        return JsonNode.Parse(stream)!;
    }

    /// <summary>The node at <c>linux.devices[0]</c>.</summary>
    private static JsonNode At(JsonNode root, string path) =>
        path
            .Split(['.', '['], StringSplitOptions.RemoveEmptyEntries)
            .Aggregate(
                root,
                (node, step) => step.EndsWith(']')
                    ? node[int.Parse(step[..^1], System.Globalization.CultureInfo.InvariantCulture)]!
                    : node[step]!);

    private static IEnumerable<string> ObjectsIn(JsonNode node, string path) => node switch
    {
        JsonObject map => [
            path,
            .. map.Where(p => p.Value is not null).SelectMany(p => ObjectsIn(p.Value!, path.Length == 0 ? p.Key : $"{path}.{p.Key}")),
        ],
        JsonArray list => list.SelectMany((item, i) => ObjectsIn(item!, FormattableString.Invariant($"{path}[{i}]"))),
        _ => [],
    };
}

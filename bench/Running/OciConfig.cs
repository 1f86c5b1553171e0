using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using NsModule.Seccomp;
using NsModule.Specs;

namespace NsModule.Bench.Running;

/// <summary>config.json of an OCI bundle (the OCI runtime specification) that runs /bin/true in the four usual namespaces.</summary>
internal static class OciConfig
{
    /// <summary>With nothing but a fresh /proc.</summary>
    public static JsonObject Plain(string rootfs) => Create(rootfs, terminal: false, Mount("/proc", "proc"));

    /// <summary>The same with a terminal, for which the runtimes need a devpts.</summary>
    public static JsonObject Terminal(string rootfs) => Create(rootfs, terminal: true, Mount("/proc", "proc"), Pts());

    /// <summary>Confined as our -RootPath with -SeccompProfile Default and limits confines it.</summary>
    public static JsonObject Confined(string rootfs, CgroupSpec limits)
    {
        JsonObject config = Create(
            rootfs,
            terminal: true,
            Mount("/proc", "proc", "nosuid", "nodev", "noexec"),
            Mount("/sys", "sysfs", "nosuid", "nodev", "noexec", "ro"),
            Mount("/dev", "tmpfs", "nosuid", "mode=755", "size=65536k"),
            Pts(),
            Mount("/dev/shm", "tmpfs", "nosuid", "nodev", "noexec", "mode=1777", "size=65536k"),
            Mount("/dev/mqueue", "mqueue", "nosuid", "nodev", "noexec"));
        string[] capabilities = [.. Capabilities.NamesOf(Capabilities.DefaultInRoot).Select(n => "CAP_" + n)];
        JsonObject process = config["process"]!.AsObject();
        process["noNewPrivileges"] = true;
        process["capabilities"] = new JsonObject
        {
            ["bounding"] = Strings(capabilities),
            ["effective"] = Strings(capabilities),
            ["permitted"] = Strings(capabilities),
        };
        JsonObject linux = config["linux"]!.AsObject();
        linux["maskedPaths"] = Strings(SessionFiles.MaskedPaths);
        linux["readonlyPaths"] = Strings(SessionFiles.ReadOnlyPaths);
        linux["seccomp"] = Filter(DefaultSeccompProfile.Create(new SeccompContext(
            Capabilities.DefaultInRoot,
            InUserNamespace: false,
            Environment.OSVersion.Version)));
        linux["resources"] = new JsonObject
        {
            ["memory"] = new JsonObject { ["limit"] = limits.Memory, ["swap"] = limits.Memory },
            ["cpu"] = new JsonObject
            {
                ["quota"] = (long)(limits.Cpus!.Value * CgroupSpec.CpuPeriod),
                ["period"] = CgroupSpec.CpuPeriod,
            },
            ["pids"] = new JsonObject { ["limit"] = limits.Processes },
        };
        return config;
    }

    private static JsonObject Create(string rootfs, bool terminal, params JsonNode[] mounts) => new()
    {
        ["ociVersion"] = "1.0.2",
        ["process"] = new JsonObject
        {
            ["terminal"] = terminal,
            ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
            ["args"] = Strings(["/bin/true"]),
            ["env"] = Strings(["PATH=/bin", "TERM=xterm"]),
            ["cwd"] = "/",
        },
        ["root"] = new JsonObject { ["path"] = rootfs },
        ["mounts"] = new JsonArray(mounts),
        ["linux"] = new JsonObject
        {
            ["namespaces"] = new JsonArray([
                .. ((string[])["pid", "mount", "uts", "ipc"]).Select(kind => new JsonObject { ["type"] = kind }),
            ]),
        },
    };

    private static JsonObject Pts() => Mount("/dev/pts", "devpts", "newinstance", "ptmxmode=0666", "mode=0620");

    private static JsonObject Mount(string destination, string type, params string[] options) => new()
    {
        ["destination"] = destination,
        ["type"] = type,
        ["source"] = type,
        ["options"] = Strings(options),
    };

    private static JsonObject Filter(SeccompProfile profile) => new()
    {
        ["defaultAction"] = "SCMP_ACT_ALLOW",
        ["architectures"] = Strings(["SCMP_ARCH_X86_64", .. profile.Architectures.Select(a => "SCMP_ARCH_" + a.ToUpperInvariant())]),
        ["syscalls"] = new JsonArray([.. profile.Rules.Select(rule => new JsonObject
        {
            ["names"] = Strings(rule.Names),
            ["action"] = "SCMP_ACT_ERRNO",
            ["errnoRet"] = rule.Action & ushort.MaxValue,
            ["args"] = new JsonArray([.. rule.Arguments.Select(a => new JsonObject
            {
                ["index"] = a.Index,
                ["value"] = a.Value,
                ["valueTwo"] = a.ValueTwo,
                ["op"] = a.Operator == SeccompValue.MaskedEqual
                    ? "SCMP_CMP_MASKED_EQ"
                    : throw new BenchmarkException($"The default filter has a comparison {a.Operator}, which this cannot write."),
            })]),
        })]),
    };

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(v => (JsonNode)v)]);
}

using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Isolation;

/// <summary>What a hostile bundle asks for is refused with its cause, and what is within the limits runs.</summary>
public sealed class BundleLimitTests
{
    [Theory, ForEachPerson]
    public void A_config_without_an_end_is_refused(Person person)
    {
        using var workspace = new Workspace(person);
        _ = File.CreateSymbolicLink(workspace.PathOf("config.json"), "/dev/zero");
        Assert.StartsWith("[BundleConfigNotAFile] ", Launch(workspace, "Start-NsProcess"), StringComparison.Ordinal);
    }

    [Theory, ForEachPerson]
    public void A_filter_of_20000_rules_is_refused(Person person)
    {
        using var workspace = new Workspace(person);
        JsonNode config = Config(workspace);
        config["linux"]!["seccomp"] = new JsonObject
        {
            ["defaultAction"] = "SCMP_ACT_ALLOW",
            ["syscalls"] = new JsonArray([.. Enumerable.Range(0, 20_000).Select(i => JsonNode.Parse($$"""
                { "names": ["socket"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 0, "value": {{i}}, "op": "SCMP_CMP_EQ" }] }
                """))]),
        };
        _ = workspace.Write("config.json", config.ToJsonString());
        Assert.StartsWith("[SeccompProfileTooLarge] ", Launch(workspace, "Start-NsProcess"), StringComparison.Ordinal);
    }

    [Theory, ForEachPerson]
    public void A_bundle_at_the_limits_runs(Person person)
    {
        using var workspace = new Workspace(person);
        JsonNode config = Config(workspace);
        JsonArray mounts = config["mounts"]!.AsArray();
        int more = 1024 - mounts.Count;
        foreach (int i in Enumerable.Range(0, more))
        {
            mounts.Add(JsonNode.Parse($$"""{ "destination": "/dev/shm/{{i}}", "type": "tmpfs" }"""));
        }

        config["process"]!["env"] = new JsonArray([.. Enumerable.Range(0, 32_767).Select(i => JsonValue.Create($"V{i}=1")),
            JsonValue.Create("PATH=/bin")]);
        config["process"]!["args"] = new JsonArray("sh", "-c", "grep -c \" /dev/shm/\" /proc/mounts; echo $V32766");
        _ = workspace.Write("config.json", config.ToJsonString());

        Assert.Equal($"{more}\n1\n", Launch(workspace, "Invoke-NsCommand").Replace("\r\n", "\n", StringComparison.Ordinal));
    }

    private static JsonNode Config(Workspace workspace)
    {
        _ = new RootDirectory(workspace);
        using Stream stream = typeof(BundleLimitTests).Assembly.GetManifestResourceStream(workspace.Uid == 0 ? "Bundles/runc.json"
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

    private static string Launch(Workspace workspace, string cmdlet)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(workspace,
            $"try {{ {cmdlet} -Bundle {workspace.Directory} }} catch {{ \"[$($_.FullyQualifiedErrorId.Split(',')[0])] $_\" }}");
        pwsh.Terminal.ExpectExit(0);
        return pwsh.Terminal.OutputText;
    }
}

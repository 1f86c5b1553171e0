using System;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using NsModule.Bundles;
using NsModule.Native;
using NsModule.Specs;
using NsModule.Testing;
using Tmds.Linux;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Bundles;

/// <summary>A config.json may come from anybody: none takes memory without end, or keeps its reader busy.</summary>
public sealed class BundleLimitsTests : IDisposable
{
    private readonly ScratchDirectory _bundle = new();

    public BundleLimitsTests() => Directory.CreateDirectory(_bundle["rootfs"]);

    private string ConfigPath => _bundle["config.json"];

    public void Dispose() => _bundle.Dispose();

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    [InlineData("/tmp")]
    public void What_a_link_leads_to_is_no_config_unless_it_is_a_file(string target)
    {
        _ = File.CreateSymbolicLink(ConfigPath, target);
        Assert.Equal(ConfigPath, Errors.Thrown(NsErrorId.BundleConfigNotAFile, NsErrorKind.Argument, () => Read()).Target);
    }

    [Fact]
    public unsafe void A_pipe_is_no_config_and_is_not_waited_for()
    {
        fixed (byte* path = CString.From(ConfigPath))
        {
            _ = NativeException.Check(mknod(path, S_IFIFO | (mode_t)0x180, (dev_t)0), "mknod");
        }

        _ = Errors.Thrown(NsErrorId.BundleConfigNotAFile, NsErrorKind.Argument, () => Read());
    }

    [Fact]
    public void A_socket_is_no_config()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(ConfigPath));
        _ = Errors.Thrown(NsErrorId.BundleConfigNotAFile, NsErrorKind.Argument, () => Read());
    }

    [Fact]
    public void A_config_of_more_than_4_MiB_is_refused_unread()
    {
        string config = Recorded().ToJsonString();
        File.WriteAllText(ConfigPath, config.PadRight(4 << 20));
        _ = Read();
        File.WriteAllText(ConfigPath, config.PadRight((4 << 20) + 1));
        Assert.Equal(ConfigPath, Errors.Thrown(NsErrorId.BundleConfigTooLarge, NsErrorKind.Argument, () => Read()).Target);
    }

    [Fact]
    public void A_byte_order_mark_may_stand_before_it()
    {
        File.WriteAllText(ConfigPath, Recorded().ToJsonString(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        _ = Read();
    }

    [Theory]
    [InlineData("mounts", 1024, """{ "destination": "/m", "type": "tmpfs" }""")]
    [InlineData("hooks.prestart", 256, """{ "path": "/bin/true" }""")]
    [InlineData("hooks.startContainer", 256, """{ "path": "/bin/true" }""")]
    [InlineData("process.args", 32768, "\"x\"")]
    [InlineData("process.env", 32768, "\"A=b\"")]
    [InlineData("linux.maskedPaths", 1024, "\"/x\"")]
    [InlineData("linux.readonlyPaths", 1024, "\"/x\"")]
    [InlineData("process.user.additionalGids", 4096, "7")]
    [InlineData("process.capabilities.permitted", 4096, "\"CAP_KILL\"")]
    [InlineData("linux.devices", 4096, """{ "path": "/dev/null", "type": "c", "major": 1, "minor": 3 }""")]
    public void A_list_has_so_many_entries_and_no_more(string path, int most, string entry)
    {
        JsonNode config = Recorded();
        config["process"]!["capabilities"] = JsonNode.Parse("""
            { "bounding": ["CAP_KILL"], "permitted": ["CAP_KILL"], "effective": ["CAP_KILL"] }
            """);
        JsonArray list = [.. Enumerable.Range(0, most).Select(_ => JsonNode.Parse(entry))];
        Set(config, path, list);
        _ = Read(config);

        list.Add(JsonNode.Parse(entry));
        NsException error = Errors.Thrown(NsErrorId.BundleLimitExceeded, NsErrorKind.Argument, () => Read(config));
        Assert.Equal(path, error.Target);
        Assert.Contains($"{most + 1} entries, and may have {most}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("process.rlimits")]
    [InlineData("linux.namespaces")]
    [InlineData("linux.resources.devices")]
    [InlineData("linux.uidMappings")]
    public void Lists_without_a_limit_of_their_own_have_one_too(string path)
    {
        JsonNode config = Recorded();
        Set(config, path, new JsonArray([.. Enumerable.Range(0, 4097).Select(_ => new JsonObject())]));
        Assert.Equal(path, Errors.Thrown(NsErrorId.BundleLimitExceeded, NsErrorKind.Argument, () => Read(config)).Target);
    }

    [Theory]
    [InlineData("annotations")]
    [InlineData("linux.sysctl")]
    public void So_have_names_with_values(string path)
    {
        JsonNode config = Recorded();
        Set(config, path, new JsonObject(Enumerable.Range(0, 4097).Select(i => KeyValuePairOf($"kernel.shm{i}"))));
        Assert.Equal(path, Errors.Thrown(NsErrorId.BundleLimitExceeded, NsErrorKind.Argument, () => Read(config)).Target);
    }

    [Fact]
    public void A_cgroup_is_so_many_levels_deep()
    {
        JsonNode config = Recorded();
        Set(config, "linux.cgroupsPath", string.Concat(Enumerable.Repeat("/a", 64)));
        _ = Read(config);
        Set(config, "linux.cgroupsPath", string.Concat(Enumerable.Repeat("/a", 65)));
        Assert.Equal("linux.cgroupsPath", Errors.Thrown(NsErrorId.BundleInvalid, NsErrorKind.Argument, () => Read(config)).Target);
    }

    /// <summary>Of a path of n directories, n paths are made.</summary>
    [Theory]
    [InlineData("mounts")]
    [InlineData("linux.maskedPaths")]
    [InlineData("linux.readonlyPaths")]
    public void A_path_in_the_root_is_one_that_there_can_be(string list)
    {
        foreach (string path in (string[])[string.Concat(Enumerable.Repeat("/a", 129)), "/" + new string('a', 4095)])
        {
            JsonNode config = Recorded();
            Set(config, list,
                new JsonArray(list == "mounts" ? new JsonObject { ["destination"] = path, ["type"] = "tmpfs" } : JsonValue.Create(path)));
            _ = Errors.Thrown(NsErrorId.InvalidMount, NsErrorKind.Argument, () => LaunchSpecValidator.Validate(Read(config).ToSpec(0, 0)));
        }
    }

    private static System.Collections.Generic.KeyValuePair<string, JsonNode?> KeyValuePairOf(string name) => new(name, "1");

    private static void Set(JsonNode config, string path, JsonNode value)
    {
        string[] names = path.Split('.');
        JsonNode node = config;
        foreach (string name in names[..^1])
        {
            node = node[name] ??= new JsonObject();
        }

        node[names[^1]] = value;
    }

    private static JsonNode Recorded()
    {
        using Stream stream = typeof(BundleLimitsTests).Assembly.GetManifestResourceStream("Bundles/runc.json")!;
        return JsonNode.Parse(stream)!;
    }

    private LaunchOptions Read(JsonNode config)
    {
        File.WriteAllText(ConfigPath, config.ToJsonString());
        return Read();
    }

    private LaunchOptions Read() =>
        BundleReader.Read(_bundle.Path, 0,
            new LaunchOptions { WorkingDirectory = "/", OwnCapabilities = Capabilities.Everything, SubIds = null });
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.Json.Nodes;
using NsModule.Native;
using NsModule.Sessions;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Sessions;

public sealed class SessionRecordTests
{
    private static readonly SessionRecord s_record = new()
    {
        Id = "0123456789ab",
        Name = "web",
        Hostname = "demo",
        FilePath = "/bin/sh",
        Arguments = ["-c", "echo \"ü\"\n\u0001", ""],
        Supervisor = new ProcessIdentity(4194304, long.MaxValue, "boot"),
        InitPid = 2,
        InitStartTicks = 12345,
        CommandPid = 3,
        State = NsSessionState.Exited,
        ExitCode = 137,
        StartTime = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123),
        ExitTime = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_001_456),
        TimedOut = true,
        Namespaces = new Dictionary<string, ulong> { ["pid"] = 4026531836, ["mnt"] = ulong.MaxValue },
        UidMap = ["0:1000:1"],
        GidMap = ["0:1001:1", "1:100000:65535"],
        RootPath = "/srv",
        TerminalSize = new NsTerminalSize(65535, 1),
        AttachedClients = 2,
        JoinedSession = "ba9876543210",
        SeparateError = true,
        OutputLog = "/var/log/session",
        OutputLogError = "write: ENOSPC",
        Network = NsNetworkMode.Private,
        IPAddress = "10.219.0.2",
        PublishedPorts = ["8080:80/tcp"],
    };

    [Fact]
    public void A_record_survives_its_file()
    {
        SessionRecord read = SessionRecord.FromJson(s_record.ToJson());
        Assert.Equivalent(s_record, read, strict: true);
    }

    [Fact]
    public void What_is_not_known_yet_stays_unknown()
    {
        SessionRecord running = s_record with
        {
            ExitCode = null,
            ExitTime = null,
            RootPath = null,
            JoinedSession = null,
            OutputLog = null,
            OutputLogError = null,
            Network = null,
            IPAddress = null,
            State = NsSessionState.Running,
        };
        SessionRecord read = SessionRecord.FromJson(running.ToJson());
        Assert.Null(read.ExitCode);
        Assert.Null(read.ExitTime);
        Assert.Null(read.RootPath);
        Assert.Null(read.JoinedSession);
        Assert.Equal((null, null), (read.OutputLog, read.OutputLogError));
        Assert.Null(read.Network);
        Assert.Null(read.IPAddress);
        Assert.False(read.IsFinal);
    }

    [Theory]
    [InlineData(NsSessionState.Running, false)]
    [InlineData(NsSessionState.Exited, true)]
    [InlineData(NsSessionState.Lost, true)]
    [InlineData(NsSessionState.Suspended, false)]
    public void The_last_states_are_final(NsSessionState state, bool final) =>
        Assert.Equal(final, (s_record with { State = state }).IsFinal);

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"version\":1}")]
    [InlineData("{\"version\":\"1\"}")]
    public void Garbage_is_no_record(string text) => Refused(Encoding.UTF8.GetBytes(text));

    [Fact]
    public void A_record_of_a_newer_version_is_read_as_far_as_it_is_known()
    {
        JsonNode json = JsonNode.Parse(s_record.ToJson())!;
        json["version"] = 2;
        json["future"] = new JsonObject { ["a"] = 1 };
        Assert.Equivalent(s_record with { Version = 2 }, SessionRecord.FromJson(Encoding.UTF8.GetBytes(json.ToJsonString())), strict: true);
    }

    [Theory]
    [InlineData("state", "Running")]
    [InlineData("state", 1.5)]
    [InlineData("supervisorPid", 99999999999L)]
    [InlineData("columns", 65536)]
    [InlineData("columns", -1)]
    [InlineData("startTime", long.MaxValue)]
    [InlineData("exitTime", long.MinValue)]
    [InlineData("timedOut", 1)]
    [InlineData("namespaces", "none")]
    [InlineData("arguments", "none")]
    [InlineData("id", 5)]
    public void A_field_that_cannot_be_is_refused(string field, object value) => Refused(Changed(field, value));

    [Fact]
    public void A_namespace_that_stands_twice_is_refused()
    {
        string json = Encoding.UTF8.GetString(s_record.ToJson()).Replace("\"namespaces\":{", "\"namespaces\":{\"pid\":1,");
        Refused(Encoding.UTF8.GetBytes(json));
    }

    [Fact]
    public void A_record_cut_short_anywhere_is_refused()
    {
        byte[] json = s_record.ToJson();
        for (int length = 0; length < json.Length; length++)
        {
            Refused(json[..length]);
        }
    }

    [Fact]
    public void A_damaged_record_is_read_or_refused_and_nothing_else() => Property.Holds(2000, random =>
    {
        byte[] json = s_record.ToJson();
        for (int i = 0; i < random.Next(1, 4); i++)
        {
            json[random.Next(json.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)"0\"{}[],:"[random.Next(8)];
        }

        try
        {
            _ = SessionRecord.FromJson(json);
        }
        catch (InvalidDataException)
        {
        }
    });

    private static void Refused(byte[] json) => Assert.Throws<InvalidDataException>(() => SessionRecord.FromJson(json));

    private static byte[] Changed(string field, object value)
    {
        JsonNode json = JsonNode.Parse(s_record.ToJson())!;
        Assert.NotNull(json[field]);
        json[field] = JsonValue.Create(value);
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }
}

using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using NsModule.Native;
using NsModule.Protocol;

namespace NsModule.Sessions;

/// <summary>What is known of a session, as its file <c>record.json</c> keeps it. Written by its supervisor alone.</summary>
/// <remarks>All versions of the module read all others' records: fields are only added, and may be missing or unknown.</remarks>
internal sealed record SessionRecord
{
    /// <summary>The version of the protocol that its supervisor speaks (<see cref="Hello.Version"/>).</summary>
    public int Version { get; init; } = Hello.Version;

    public required string Id { get; init; }

    public required string Name { get; init; }

    public string Hostname { get; init; } = "";

    public string FilePath { get; init; } = "";

    public IReadOnlyList<string> Arguments { get; init; } = [];

    public ProcessIdentity Supervisor { get; init; }

    public int InitPid { get; init; }

    /// <summary>When init was started, as in <see cref="ProcessIdentity"/>.</summary>
    public long InitStartTicks { get; init; }

    public int CommandPid { get; init; }

    public NsSessionState State { get; init; }

    public int? ExitCode { get; init; }

    public DateTimeOffset StartTime { get; init; }

    public DateTimeOffset? ExitTime { get; init; }

    public bool TimedOut { get; init; }

    public IReadOnlyDictionary<string, ulong> Namespaces { get; init; } = new Dictionary<string, ulong>();

    public IReadOnlyList<string> UidMap { get; init; } = [];

    public IReadOnlyList<string> GidMap { get; init; } = [];

    public string? RootPath { get; init; }

    /// <summary>The supervisor's descriptors of the session's root (<c>root</c>) and namespaces, for those who join it.</summary>
    public IReadOnlyDictionary<string, int> Anchors { get; init; } = new Dictionary<string, int>();

    public NsTerminalSize TerminalSize { get; init; }

    public int AttachedClients { get; init; }

    /// <summary>The id of the session whose namespaces it shares; null where it has its own.</summary>
    public string? JoinedSession { get; init; }

    /// <summary>Whether its standard error is a pipe of its own beside the terminal.</summary>
    public bool SeparateError { get; init; }

    /// <summary>Where all output is kept on disk; null where it is not.</summary>
    public string? OutputLog { get; init; }

    /// <summary>Why nothing more is written there; null while all is well.</summary>
    public string? OutputLogError { get; init; }

    /// <summary>What of its output could not be kept at its end, and why; null while all was.</summary>
    public string? OutputError { get; init; }

    /// <summary>The most memory it used, in bytes; null while it runs, and where nobody counted.</summary>
    public long? PeakMemory { get; init; }

    /// <summary>The CPU time that it used; while it runs, what it used before it had a cgroup that counts.</summary>
    public TimeSpan? CpuTime { get; init; }

    /// <summary>Whether one of its processes was killed because memory was at its limit; false while it runs.</summary>
    public bool OomKilled { get; init; }

    /// <summary>What it has of the network; null in a network namespace that it joined and nobody knows about.</summary>
    public NsNetworkMode? Network { get; init; }

    /// <summary>Its address in a private network; null where it has none, or has it no more.</summary>
    public string? IPAddress { get; init; }

    /// <summary>The host's ports that lead into it.</summary>
    public IReadOnlyList<string> PublishedPorts { get; init; } = [];

    /// <summary>How a hook failed that the session does not depend on; null when none did.</summary>
    public string? HookError { get; init; }

    /// <summary>Whether it goes when the session has ended (<c>-RemoveOnExit</c>).</summary>
    public bool RemoveOnExit { get; init; }

    /// <summary>Init, told from a later process with its number.</summary>
    public ProcessIdentity Init => new(InitPid, InitStartTicks, Supervisor.BootId);

    /// <summary>Whether the supervisor has said its last word.</summary>
    public bool IsFinal => State is NsSessionState.Exited or NsSessionState.Failed or NsSessionState.Lost;

    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteString("id", Id);
            json.WriteString("name", Name);
            json.WriteString("hostname", Hostname);
            json.WriteString("filePath", FilePath);
            WriteStrings(json, "arguments", Arguments);
            json.WriteNumber("supervisorPid", Supervisor.Pid);
            json.WriteNumber("supervisorStartTicks", Supervisor.StartTicks);
            json.WriteString("bootId", Supervisor.BootId);
            json.WriteNumber("initPid", InitPid);
            json.WriteNumber("initStartTicks", InitStartTicks);
            json.WriteNumber("commandPid", CommandPid);
            json.WriteNumber("state", (int)State);
            if (ExitCode is int code)
            {
                json.WriteNumber("exitCode", code);
            }

            json.WriteNumber("startTime", StartTime.ToUnixTimeMilliseconds());
            if (ExitTime is DateTimeOffset time)
            {
                json.WriteNumber("exitTime", time.ToUnixTimeMilliseconds());
            }

            json.WriteBoolean("timedOut", TimedOut);
            json.WriteStartObject("namespaces");
            foreach ((string kind, ulong inode) in Namespaces)
            {
                json.WriteNumber(kind, inode);
            }

            json.WriteEndObject();
            json.WriteStartObject("anchors");
            foreach ((string name, int descriptor) in Anchors)
            {
                json.WriteNumber(name, descriptor);
            }

            json.WriteEndObject();
            WriteStrings(json, "uidMap", UidMap);
            WriteStrings(json, "gidMap", GidMap);
            json.WriteString("rootPath", RootPath);
            json.WriteNumber("columns", TerminalSize.Columns);
            json.WriteNumber("rows", TerminalSize.Rows);
            json.WriteNumber("attachedClients", AttachedClients);
            if (JoinedSession is not null)
            {
                json.WriteString("joinedSession", JoinedSession);
            }

            if (RemoveOnExit)
            {
                json.WriteBoolean("removeOnExit", true);
            }

            if (SeparateError)
            {
                json.WriteBoolean("separateError", true);
            }

            if (OutputLog is not null)
            {
                json.WriteString("outputLog", OutputLog);
            }

            if (HookError is not null)
            {
                json.WriteString("hookError", HookError);
            }

            if (OutputLogError is not null)
            {
                json.WriteString("outputLogError", OutputLogError);
            }

            if (OutputError is not null)
            {
                json.WriteString("outputError", OutputError);
            }

            if (PeakMemory is long peak)
            {
                json.WriteNumber("peakMemory", peak);
            }

            if (CpuTime is TimeSpan cpu)
            {
                json.WriteNumber("cpuTicks", cpu.Ticks);
            }

            if (OomKilled)
            {
                json.WriteBoolean("oomKilled", true);
            }

            if (Network is NsNetworkMode network)
            {
                json.WriteNumber("network", (int)network);
            }

            json.WriteString("ipAddress", IPAddress);
            WriteStrings(json, "publishedPorts", PublishedPorts);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="InvalidDataException">The file is not a record.</exception>
    public static SessionRecord FromJson(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            JsonElement json = document.RootElement;
            return new SessionRecord
            {
                Version = json.GetProperty("version").GetInt32(),
                Id = Text(json, "id"),
                Name = Text(json, "name"),
                Hostname = Text(json, "hostname"),
                FilePath = Text(json, "filePath"),
                Arguments = Strings(json, "arguments"),
                Supervisor = new ProcessIdentity(
                    json.GetProperty("supervisorPid").GetInt32(),
                    json.GetProperty("supervisorStartTicks").GetInt64(),
                    Text(json, "bootId")),
                InitPid = json.GetProperty("initPid").GetInt32(),
                InitStartTicks = json.TryGetProperty("initStartTicks", out JsonElement ticks) ? ticks.GetInt64() : 0,
                CommandPid = json.GetProperty("commandPid").GetInt32(),
                State = (NsSessionState)json.GetProperty("state").GetInt32(),
                ExitCode = json.TryGetProperty("exitCode", out JsonElement code) ? code.GetInt32() : null,
                StartTime = Time(json.GetProperty("startTime")),
                ExitTime = json.TryGetProperty("exitTime", out JsonElement time) ? Time(time) : null,
                TimedOut = json.GetProperty("timedOut").GetBoolean(),
                Namespaces = json.GetProperty("namespaces").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetUInt64()),
                Anchors = json.TryGetProperty("anchors", out JsonElement anchors) ? anchors.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetInt32()) : [],
                UidMap = Strings(json, "uidMap"),
                GidMap = Strings(json, "gidMap"),
                RootPath = json.GetProperty("rootPath").GetString(),
                TerminalSize = new NsTerminalSize(json.GetProperty("columns").GetUInt16(), json.GetProperty("rows").GetUInt16()),
                AttachedClients = json.GetProperty("attachedClients").GetInt32(),
                JoinedSession = json.TryGetProperty("joinedSession", out JsonElement joined) ? joined.GetString() : null,
                RemoveOnExit = json.TryGetProperty("removeOnExit", out JsonElement remove) && remove.GetBoolean(),
                SeparateError = json.TryGetProperty("separateError", out JsonElement separate) && separate.GetBoolean(),
                OutputLog = json.TryGetProperty("outputLog", out JsonElement log) ? log.GetString() : null,
                HookError = json.TryGetProperty("hookError", out JsonElement hook) ? hook.GetString() : null,
                OutputLogError = json.TryGetProperty("outputLogError", out JsonElement error) ? error.GetString() : null,
                OutputError = json.TryGetProperty("outputError", out JsonElement lost) ? lost.GetString() : null,
                PeakMemory = json.TryGetProperty("peakMemory", out JsonElement peak) ? peak.GetInt64() : null,
                CpuTime = json.TryGetProperty("cpuTicks", out JsonElement cpu) ? TimeSpan.FromTicks(cpu.GetInt64()) : null,
                OomKilled = json.TryGetProperty("oomKilled", out JsonElement killed) && killed.GetBoolean(),
                Network = json.TryGetProperty("network", out JsonElement network) ? (NsNetworkMode)network.GetInt32() : null,
                IPAddress = json.TryGetProperty("ipAddress", out JsonElement address) ? address.GetString() : null,
                PublishedPorts = json.TryGetProperty("publishedPorts", out _) ? Strings(json, "publishedPorts") : [],
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException("not a session record", e);
        }
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString() ?? "";

    private static string[] Strings(JsonElement json, string name) =>
        json.GetProperty(name).EnumerateArray().Select(e => e.GetString() ?? "").ToArray();

    private static DateTimeOffset Time(JsonElement json) => DateTimeOffset.FromUnixTimeMilliseconds(json.GetInt64());
}

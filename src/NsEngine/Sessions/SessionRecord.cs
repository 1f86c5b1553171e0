using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using NsModule.Native;
using NsModule.Protocol;

namespace NsModule.Sessions;

/// <summary>What is known of a session, as its file <c>record.json</c> keeps it. Written by its supervisor alone.</summary>
/// <remarks>All versions of the module read all others' records: fields are only added, and may be missing or unknown.</remarks>
internal sealed record SessionRecord
{
    private static readonly SessionRecord s_blank = new() { Id = "", Name = "" };

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

    /// <summary>Whom the command runs as, as it was asked for; empty for root, or for the user who launched it.</summary>
    public string User { get; init; } = "";

    /// <summary>The command's first working directory.</summary>
    public string WorkingDirectory { get; init; } = "";

    /// <summary>What was mounted besides what every session has, for reading.</summary>
    public IReadOnlyList<string> Mounts { get; init; } = [];

    /// <summary>Whether it goes when the session has ended (<c>-RemoveOnExit</c>).</summary>
    public bool RemoveOnExit { get; init; }

    /// <summary>Init, told from a later process with its number.</summary>
    public ProcessIdentity Init => new(InitPid, InitStartTicks, Supervisor.BootId);

    /// <summary>Whether the supervisor has said its last word.</summary>
    public bool IsFinal => State is NsSessionState.Exited or NsSessionState.Lost;

    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            _ = Transfer(new RecordFields(json), this);
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
            return Transfer(new RecordFields(document.RootElement), s_blank);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
            or ArgumentException)
        {
            throw new InvalidDataException("not a session record", e);
        }
    }

    /// <summary>The fields, for writing and for reading.</summary>
    private static SessionRecord Transfer(RecordFields fields, SessionRecord record) => new()
    {
        Version = fields.Int32("version", record.Version),
        Id = fields.Text("id", record.Id),
        Name = fields.Text("name", record.Name),
        Hostname = fields.Text("hostname", record.Hostname),
        FilePath = fields.Text("filePath", record.FilePath),
        Arguments = fields.Strings("arguments", record.Arguments),
        Supervisor = new ProcessIdentity(
            fields.Int32("supervisorPid", record.Supervisor.Pid),
            fields.Int64("supervisorStartTicks", record.Supervisor.StartTicks),
            fields.Text("bootId", record.Supervisor.BootId ?? "")),
        InitPid = fields.Int32("initPid", record.InitPid),
        InitStartTicks = fields.Optional("initStartTicks", (long?)record.InitStartTicks) ?? 0,
        CommandPid = fields.Int32("commandPid", record.CommandPid),
        State = (NsSessionState)fields.Int32("state", (int)record.State),
        ExitCode = fields.Optional("exitCode", record.ExitCode),
        StartTime = fields.Time("startTime", record.StartTime),
        ExitTime = fields.Optional("exitTime", record.ExitTime),
        TimedOut = fields.Boolean("timedOut", record.TimedOut),
        Namespaces = fields.Inodes("namespaces", record.Namespaces),
        Anchors = fields.Descriptors("anchors", record.Anchors),
        UidMap = fields.Strings("uidMap", record.UidMap),
        GidMap = fields.Strings("gidMap", record.GidMap),
        RootPath = fields.TextOrNull("rootPath", record.RootPath),
        TerminalSize = new NsTerminalSize(
            fields.UInt16("columns", record.TerminalSize.Columns), fields.UInt16("rows", record.TerminalSize.Rows)),
        AttachedClients = fields.Int32("attachedClients", record.AttachedClients),
        JoinedSession = fields.Optional("joinedSession", record.JoinedSession),
        User = fields.Optional("user", record.User.Length > 0 ? record.User : null) ?? "",
        WorkingDirectory = fields.Optional("workingDirectory", record.WorkingDirectory.Length > 0 ? record.WorkingDirectory : null) ?? "",
        Mounts = fields.Strings("mounts", record.Mounts),
        RemoveOnExit = fields.Flag("removeOnExit", record.RemoveOnExit),
        SeparateError = fields.Flag("separateError", record.SeparateError),
        OutputLog = fields.Optional("outputLog", record.OutputLog),
        HookError = fields.Optional("hookError", record.HookError),
        OutputLogError = fields.Optional("outputLogError", record.OutputLogError),
        OutputError = fields.Optional("outputError", record.OutputError),
        PeakMemory = fields.Optional("peakMemory", record.PeakMemory),
        CpuTime = fields.Optional("cpuTicks", record.CpuTime),
        OomKilled = fields.Flag("oomKilled", record.OomKilled),
        Network = (NsNetworkMode?)fields.Optional("network", (int?)record.Network),
        IPAddress = fields.Optional("ipAddress", record.IPAddress),
        PublishedPorts = fields.Strings("publishedPorts", record.PublishedPorts),
    };
}

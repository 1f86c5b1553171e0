using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using NsModule.Namespaces;

namespace NsModule.Specs;

/// <summary>A launch as a user asks for it; <see cref="ToSpec"/> fills in what was left open.</summary>
internal sealed record LaunchOptions
{
    private const NsNamespaceKind DefaultNamespaces = NsNamespaceKind.Pid | NsNamespaceKind.Mount | NsNamespaceKind.Uts | NsNamespaceKind.Ipc;

    public string? FilePath { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    public string? Name { get; init; }

    public string? Hostname { get; init; }

    public string? DomainName { get; init; }

    public NsNamespaceKind? Namespaces { get; init; }

    public IReadOnlyList<NsIdMap>? UidMap { get; init; }

    public IReadOnlyList<NsIdMap>? GidMap { get; init; }

    public required string WorkingDirectory { get; init; }

    /// <summary>Variables to add, to change, or (null) to remove.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Start from nothing instead of this process's environment.</summary>
    public bool ClearEnvironment { get; init; }

    public TimeSpan Timeout { get; init; }

    public bool NoInit { get; init; }

    public NsTerminalSize TerminalSize { get; init; }

    public bool AttachFirst { get; init; }

    public ulong? OpenFilesLimit { get; init; }

    /// <summary>The id of the session to join; null to make new namespaces.</summary>
    public string? Join { get; init; }

    /// <summary>Namespaces to join; null to make new ones.</summary>
    public IReadOnlyList<NamespaceReference>? JoinNamespaces { get; init; }

    private bool JoinsNothing => Join is null && JoinNamespaces is null;

    public OutputLogSpec OutputLog { get; init; } = OutputLogSpec.None;

    /// <summary>The complete launch for a user with these ids.</summary>
    public LaunchSpec ToSpec(uint uid, uint gid)
    {
        if (Hostname is not null)
        {
            LaunchSpecValidator.ValidateHostname(NsErrorId.InvalidHostname, "-Hostname", Hostname);
        }

        if (DomainName is not null)
        {
            LaunchSpecValidator.ValidateHostname(NsErrorId.InvalidDomainName, "-DomainName", DomainName);
        }

        string id = RandomNumberGenerator.GetHexString(12, lowercase: true);
        NsNamespaceKind namespaces = !JoinsNothing ? NsNamespaceKind.None : Namespaces ?? DefaultNamespaces;
        if (JoinsNothing && (uid != 0 || UidMap is not null || GidMap is not null))
        {
            namespaces |= NsNamespaceKind.User;
        }

        bool user = namespaces.HasFlag(NsNamespaceKind.User);
        return new LaunchSpec
        {
            Id = id,
            Name = Name ?? $"{DefaultName()}-{id[..4]}",
            NameIsReserved = Name is not null,
            Hostname = Hostname ?? "",
            DomainName = DomainName ?? "",
            FilePath = FilePath ?? "",
            Arguments = Arguments,
            Namespaces = namespaces,
            UidMap = user ? UidMap ?? [new NsIdMap(0, uid, 1)] : [],
            GidMap = user ? GidMap ?? [new NsIdMap(0, gid, 1)] : [],
            DenySetgroups = user && uid != 0,
            WorkingDirectory = WorkingDirectory,
            Environment = BuildEnvironment(),
            Timeout = Timeout,
            NoInit = NoInit,
            TerminalSize = TerminalSize == default ? NsTerminalSize.Default : TerminalSize,
            AttachFirst = AttachFirst,
            OpenFilesLimit = OpenFilesLimit ?? 0,
            Join = Join ?? "",
            JoinNamespaces = JoinNamespaces ?? [],
            OutputLog = OutputLog,
        };
    }

    /// <summary>The command's file name, as far as a name can hold it.</summary>
    private string DefaultName()
    {
        string name = string.Concat((Path.GetFileName(FilePath) ?? "").Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_').Take(32)).TrimStart('-', '_');
        return name.Length > 0 ? name : "shell";
    }

    private List<string> BuildEnvironment()
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (!ClearEnvironment)
        {
            foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
            {
                variables[(string)variable.Key] = (string?)variable.Value ?? "";
            }

            // The session has a terminal even where pwsh has none.
            _ = variables.TryAdd("TERM", "xterm-256color");
            if (!variables.TryGetValue("HOME", out string? home) || home.Length == 0)
            {
                string profile = System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile);
                variables["HOME"] = profile.Length > 0 ? profile : "/";
            }
        }

        foreach ((string name, string? value) in Environment)
        {
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal))
            {
                throw new NsException(NsErrorId.InvalidEnvironment, NsErrorKind.Argument, LaunchSpecValidator.Printable(name), $"'{LaunchSpecValidator.Printable(name)}' cannot be a variable's name in -Environment: it takes at least one character and no equals sign.");
            }

            if (value is null)
            {
                _ = variables.Remove(name);
            }
            else
            {
                variables[name] = value;
            }
        }

        return [.. variables.Select(v => $"{v.Key}={v.Value}")];
    }
}

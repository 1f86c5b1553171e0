using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using NsModule.Native;
using NsModule.Text;

namespace NsModule.Specs;

/// <summary>A launch as a user asks for it; <see cref="ToSpec"/> fills in what was left open.</summary>
internal sealed record LaunchOptions
{
    private const NsNamespaceKind DefaultNamespaces =
        NsNamespaceKind.Pid | NsNamespaceKind.Mount | NsNamespaceKind.Uts | NsNamespaceKind.Ipc;

    private const string Home = "HOME";

    /// <summary>What su(1) sets for the user it becomes.</summary>
    private static readonly string[] s_userVariables = [Home, "USER", "LOGNAME", "SHELL"];

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

    /// <summary>Start from nothing but HOME.</summary>
    public bool ClearEnvironment { get; init; }

    /// <summary>Start from this process's environment, whole, also where a session has a root of its own.</summary>
    public bool InheritEnvironment { get; init; }

    /// <summary>What the command of the session to join was given, <c>NAME=value</c>; null where that is not what to start from.</summary>
    public IReadOnlyList<string>? JoinedEnvironment { get; init; }

    public TimeSpan Timeout { get; init; }

    public bool NoInit { get; init; }

    public NsTerminalSize TerminalSize { get; init; }

    /// <inheritdoc cref="LaunchSpec.TerminalSettings"/>
    public ReadOnlyMemory<byte> TerminalSettings { get; init; }

    public bool AttachFirst { get; init; }

    /// <inheritdoc cref="LaunchSpec.RemoveOnExit"/>
    public bool RemoveOnExit { get; init; }

    /// <inheritdoc cref="LaunchSpec.KillOnExit"/>
    public bool KillOnExit { get; init; }

    /// <summary>How much of the output is kept for readers, in bytes; rounded up to a power of two.</summary>
    public long OutputBufferSize { get; init; } = OutputBuffer.DefaultSize;

    public ulong? OpenFilesLimit { get; init; }

    /// <summary>The file system that the session sees.</summary>
    public FileSystemOptions FileSystem { get; init; } = new();

    /// <summary>A root needs no Pid namespace.</summary>
    public bool ShareHostProcess { get; init; }

    /// <summary>The id of the session to join; null to make new namespaces.</summary>
    public string? Join { get; init; }

    /// <summary>Namespaces to join; null to make new ones.</summary>
    public IReadOnlyList<NamespaceReference>? JoinNamespaces { get; init; }

    /// <summary>The session's network; null for the one that goes with <see cref="Namespaces"/>.</summary>
    public NsNetworkMode? Network { get; init; }

    /// <summary>The host's ports that lead into the session.</summary>
    public IReadOnlyList<NsPublishedPort> PublishedPorts { get; init; } = [];

    private bool TakesJoinedEnvironment => JoinedEnvironment is not null && !InheritEnvironment && !ClearEnvironment;

    /// <summary>Whether the caller's home means nothing to the session: its own user's is in its /etc/passwd.</summary>
    private bool HasHomesOfItsOwn => JoinedEnvironment is not null || FileSystem.RootPath is not (null or "/");

    private bool JoinsNothing => Join is null && JoinNamespaces is null;

    /// <summary>Make the maps of the user's sub-ids (subuid(5)).</summary>
    public bool AutoSubIds { get; init; }

    /// <summary>The user's sub-ids; those of the host by default.</summary>
    public SubIds? SubIds { get; init; }

    /// <summary>
    /// Whether root is the host's, and no user's who made a namespace: <see cref="IdMapping.IsInitial"/> of this process by default.
    /// </summary>
    public bool? IsHostsRoot { get; init; }

    /// <summary>See <see cref="ProcessPrivilege.IsAdministrator"/>; whether the user is root by default.</summary>
    public bool? IsAdministrator { get; init; }

    /// <summary>The user inside; null for root.</summary>
    public string? User { get; init; }

    public IReadOnlyList<string> SupplementaryGroups { get; init; } = [];

    /// <summary>An octal number.</summary>
    public string? Umask { get; init; }

    public IReadOnlyList<string> AddCapabilities { get; init; } = [];

    /// <summary>The capabilities of the caller, which it can give; those of this process by default.</summary>
    public ulong? OwnCapabilities { get; init; }

    public IReadOnlyList<string> DropCapabilities { get; init; } = [];

    /// <summary>Programs that are setuid, or have capabilities of their own, work as such also where no_new_privs is the default.</summary>
    public bool AllowNewPrivileges { get; init; }

    /// <summary>Privileges that take the place of the names above and of what is usual; null for those.</summary>
    public PrivilegeSpec? ExactPrivileges { get; init; }

    public HookSpec Hooks { get; init; } = HookSpec.None;

    public ResourceSpec Resources { get; init; } = new();

    public TimeOffsetSpec TimeOffsets { get; init; } = new(TimeSpan.Zero, TimeSpan.Zero);

    public OutputLogSpec OutputLog { get; init; } = OutputLogSpec.None;

    public StandardStreams Streams { get; init; }

    /// <summary>How much of the machine the session may use.</summary>
    public CgroupSpec Limits { get; init; } = CgroupSpec.None;

    /// <summary>See <see cref="LaunchSpec.SharedNamespaces"/>.</summary>
    public IReadOnlyList<NamespaceReference> SharedNamespaces { get; init; } = [];

    /// <summary>See <see cref="LaunchSpec.CgroupPath"/>.</summary>
    public string CgroupPath { get; init; } = "";

    /// <summary>Whether this user may make namespaces without one of a user around them.</summary>
    public bool Administers(uint uid) => IsAdministrator ?? uid == 0;

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

        bool isAdministrator = Administers(uid);
        string id = RandomNumberGenerator.GetHexString(12, lowercase: true);
        NsNamespaceKind namespaces = !JoinsNothing ? NsNamespaceKind.None : Namespaces ?? DefaultNamespaces;
        if (JoinsNothing && (!isAdministrator || UidMap is not null || GidMap is not null || AutoSubIds))
        {
            namespaces |= NsNamespaceKind.User;
        }

        if (TimeOffsets.IsSet)
        {
            namespaces |= NsNamespaceKind.Time;
        }

        // A bundle says what it wants; there it is a warning.
        bool sharesProcesses = JoinsNothing && !namespaces.HasFlag(NsNamespaceKind.Pid);
        if (FileSystem is { RootPath: not null, Exact: false } && sharesProcesses && !ShareHostProcess)
        {
            throw new NsException(
                NsErrorId.NamespaceRequired,
                NsErrorKind.Argument,
                namespaces,
                "-RootPath needs a Pid namespace of the session's own: in /proc it would see the host's processes, by whose root it may"
                    + " leave its own. Add Pid to -Namespace, or allow that with -ShareHostProcess.");
        }

        NetworkSpec network = NetworkSpec.From(Network, namespaces.HasFlag(NsNamespaceKind.Net), PublishedPorts);
        namespaces |= network.Mode == NsNetworkMode.Host ? NsNamespaceKind.None : NsNamespaceKind.Net;
        bool user = namespaces.HasFlag(NsNamespaceKind.User);
        bool unmapped = UidMap is null && GidMap is null && !AutoSubIds;
        bool isHostsRoot = isAdministrator && (IsHostsRoot ?? IdMapping.IsInitial);
        bool privateIds = user && isHostsRoot && FileSystem.RootPath is not null && unmapped;
        (IReadOnlyList<NsIdMap> uids, IReadOnlyList<NsIdMap> gids) =
            privateIds ? PrivateIds.For(id, SubIds ?? SubIds.OfHost(uid)) : user ? Maps(uid, gid) : ([], []);
        IdentitySpec identity = Identity(uid, gid, uids, gids);
        var spec = new LaunchSpec
        {
            Id = id,
            Name = Name ?? $"{DefaultName()}-{id[..4]}",
            NameIsReserved = Name is not null,
            Hostname = Hostname ?? "",
            DomainName = DomainName ?? "",
            FilePath = FilePath ?? "",
            Arguments = Arguments,
            Namespaces = namespaces,
            UidMap = uids,
            GidMap = gids,
            DenySetgroups = user && !isAdministrator && !identity.GidMapByHelper,
            WorkingDirectory = WorkingDirectory,
            Environment = BuildEnvironment(),
            Timeout = Timeout,
            // Without a PID namespace no command is PID 1, and only init ends what is left of the session when the supervisor dies.
            NoInit = NoInit && namespaces.HasFlag(NsNamespaceKind.Pid),
            TerminalSize = TerminalSize == default ? NsTerminalSize.Default : TerminalSize,
            TerminalSettings = TerminalSettings,
            AttachFirst = AttachFirst,
            RemoveOnExit = RemoveOnExit,
            KillOnExit = KillOnExit,
            OutputBufferSize = OutputBuffer.Size(OutputBufferSize),
            OpenFilesLimit = Resources.Limits.Any(l => l.Resource == Sys.RLIMIT_NOFILE) ? 0 : OpenFilesLimit ?? 0,
            Join = Join ?? "",
            JoinNamespaces = JoinNamespaces ?? [],
            OutputLog = OutputLog,
            Identity = identity,
            Privileges = (ExactPrivileges ?? Privileges(user)) with { ClosedNetwork = network.Mode != NsNetworkMode.Host },
            Hooks = Hooks,
            Resources = Resources,
            TimeOffsets = TimeOffsets,
            Streams = Streams,
            Limits = Limits,
            CgroupPath = CgroupPath,
            SharedNamespaces = SharedNamespaces,
            Network = network,
        };
        FileSystemSpec files = FileSystem.ToSpec(spec, NameServers.For(network.Mode, isAdministrator), NameServers.OfHost);
        return spec with { FileSystem = files with { IdMapRoot = privateIds } };
    }

    private (IReadOnlyList<NsIdMap> Uids, IReadOnlyList<NsIdMap> Gids) Maps(uint uid, uint gid)
    {
        if (!AutoSubIds)
        {
            // In a root of its own the host's ids 0 are there only where they are named: not because the other kind was.
            return Administers(uid) && FileSystem.RootPath is not null && (UidMap ?? GidMap) is IReadOnlyList<NsIdMap> named
                ? (UidMap ?? named, GidMap ?? named)
                : (UidMap ?? [new NsIdMap(0, uid, 1)], GidMap ?? [new NsIdMap(0, gid, 1)]);
        }

        return UidMap is null && GidMap is null
            ? (SubIds ?? SubIds.OfHost(uid)).Auto(gid)
            : throw new NsException(
                NsErrorId.InvalidIdMap,
                NsErrorKind.Argument,
                "-SubId",
                "-SubId Auto makes both maps by itself. Leave -UidMap and -GidMap out, or -SubId.");
    }

    private IdentitySpec Identity(uint uid, uint gid, IReadOnlyList<NsIdMap> uids, IReadOnlyList<NsIdMap> gids)
    {
        if (User is not null)
        {
            _ = UserName.Parse("-User", User);
        }

        foreach (string group in SupplementaryGroups.Where(g => !UserName.IsNameOrId(g)))
        {
            string shown = PrintableText.Of(group);
            throw new NsException(
                NsErrorId.InvalidUser,
                NsErrorKind.Argument,
                shown,
                $"'{shown}' cannot be used for -SupplementaryGroup. Write names of groups, or decimal numbers from 0 to"
                    + $" {uint.MaxValue - 1}.");
        }

        bool uidsByHelper = !Administers(uid) && !IsOwn(uids, uid);
        bool gidsByHelper = !Administers(uid) && !IsOwn(gids, gid);
        if (uidsByHelper || gidsByHelper)
        {
            // What makes no sense for anybody is said as that, and not as a matter of whose ids they are.
            LaunchSpecValidator.ValidateMap("-UidMap", uids, ownIdOnly: false);
            LaunchSpecValidator.ValidateMap("-GidMap", gids, ownIdOnly: false);
            SubIds allowed = SubIds ?? SubIds.OfHost(uid);
            allowed.RequireAllowed("-UidMap", uids, uid, groups: false);
            allowed.RequireAllowed("-GidMap", gids, gid, groups: true);
        }

        return new IdentitySpec
        {
            User = User ?? "",
            SupplementaryGroups = SupplementaryGroups,
            Umask = ReadUmask(),
            UserVariables = [.. UserVariables()],
            UidMapByHelper = uidsByHelper,
            GidMapByHelper = gidsByHelper,
        };
    }

    /// <summary>
    /// What the kernel lets an ordinary user write itself: one id, its own. Nothing at all is for the validator to refuse.
    /// </summary>
    private static bool IsOwn(IReadOnlyList<NsIdMap> map, uint own) =>
        map.Count == 0 || (map.Count == 1 && map[0].Count <= 1 && map[0].Outside == own);

    private PrivilegeSpec Privileges(bool user)
    {
        // A user namespace confines its root by itself, and takes all capabilities to be set up by its own programs.
        (ulong keep, ulong added) = Capabilities.Apply(
            FileSystem.RootPath is not null && !user ? Capabilities.DefaultInRoot : Capabilities.Everything,
            AddCapabilities,
            DropCapabilities);
        if (!user && added != 0 && AddCapabilities.Any(n => !n.Equals(Capabilities.All, StringComparison.OrdinalIgnoreCase)))
        {
            Capabilities.RequireOwn(added, OwnCapabilities ?? Capabilities.ReadOwn());
        }

        return new PrivilegeSpec
        {
            Capabilities = keep,
            AddedCapabilities = added,
            NoNewPrivileges = (user || FileSystem.RootPath is not null) && !AllowNewPrivileges,
        };
    }

    private int ReadUmask()
    {
        if (Umask is null)
        {
            return -1;
        }

        return OctalNumber.TryParse(Umask, OctalNumber.MaxUmask, out int umask)
            ? umask
            : throw new NsException(
                NsErrorId.InvalidUmask,
                NsErrorKind.Argument,
                PrintableText.Of(Umask),
                $"'{PrintableText.Of(Umask)}' cannot be used for -Umask. Write an octal number from 0 to 0777, such as 022.");
    }

    /// <summary>The command's file name, as far as a name can hold it.</summary>
    private string DefaultName()
    {
        string name = string.Concat(
            (Path.GetFileName(FilePath) ?? "").Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_').Take(32)).TrimStart('-', '_');
        return name.Length > 0 ? name : "shell";
    }

    /// <summary>The variables that follow from the user. HOME is always there, and never empty, unless it is removed by name.</summary>
    private IEnumerable<string> UserVariables()
    {
        IEnumerable<string> names = ClearEnvironment ? [Home] : s_userVariables;
        if (TakesJoinedEnvironment && User is null)
        {
            // They are that session's already.
            string? home = Environment.TryGetValue(Home, out string? given) ? given : InitialEnvironment().GetValueOrDefault(Home);
            names = string.IsNullOrEmpty(home) ? [Home] : [];
        }

        return names.Where(n => !Environment.TryGetValue(n, out string? value) || (n == Home && value?.Length == 0));
    }

    private List<string> BuildEnvironment()
    {
        if (ClearEnvironment && InheritEnvironment)
        {
            throw new NsException(
                NsErrorId.EnvironmentConflict,
                NsErrorKind.Argument,
                "-InheritEnvironment",
                "-ClearEnvironment and -InheritEnvironment contradict each other. Leave one of them out.");
        }

        SortedDictionary<string, string> variables = InitialEnvironment();
        foreach ((string name, string? value) in Environment)
        {
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal))
            {
                throw new NsException(
                    NsErrorId.InvalidEnvironment,
                    NsErrorKind.Argument,
                    PrintableText.Of(name),
                    $"'{PrintableText.Of(name)}' cannot be a variable's name in -Environment: it takes at least one character and"
                        + " no equals sign.");
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

        bool removed = Environment.TryGetValue(Home, out string? home) && home is null;
        if (!removed && (!variables.TryGetValue(Home, out home) || home.Length == 0))
        {
            // Where the session has homes of its own, the supervisor looks it up.
            _ = variables.Remove(Home);
            if (!HasHomesOfItsOwn)
            {
                variables[Home] = CallersHome();
            }
        }

        return [.. variables.Select(v => $"{v.Key}={v.Value}")];
    }

    /// <summary>What the variables of -Environment are added to.</summary>
    private SortedDictionary<string, string> InitialEnvironment()
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (ClearEnvironment)
        {
            return variables;
        }

        if (TakesJoinedEnvironment)
        {
            foreach (string variable in JoinedEnvironment!)
            {
                int equals = variable.IndexOf('=', StringComparison.Ordinal);
                variables[variable[..equals]] = variable[(equals + 1)..];
            }
        }
        else
        {
            bool all = FileSystem.RootPath is null || InheritEnvironment;
            foreach (DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
            {
                if (all || EntersRoots((string)variable.Key))
                {
                    variables[(string)variable.Key] = (string?)variable.Value ?? "";
                }
            }
        }

        if (Streams != StandardStreams.Pipes)
        {
            // The session has a terminal even where pwsh has none.
            _ = variables.TryAdd("TERM", "xterm-256color");
        }

        return variables;
    }

    /// <summary>
    /// Whether a root's programs are told a variable of the caller's: what says how to find programs, and how to talk to the person.
    /// </summary>
    private static bool EntersRoots(string name) =>
        name is "PATH" or "TERM" or "LANG" or "TZ" || name.StartsWith("LC_", StringComparison.Ordinal);

    private static string CallersHome()
    {
        string? home = System.Environment.GetEnvironmentVariable(Home);
        string profile = System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile);
        return !string.IsNullOrEmpty(home) ? home : profile.Length > 0 ? profile : "/";
    }
}

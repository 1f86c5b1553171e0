using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Reflection;
using NsModule.Arguments;
using NsModule.Completers;
using NsModule.Launching;
using NsModule.Native;
using NsModule.Seccomp;
using NsModule.Sessions;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Cmdlets;

/// <summary>The launch parameters, once for every cmdlet that launches.</summary>
public abstract partial class LaunchCmdlet : NsCmdlet
{
    /// <summary>The parameter set that launches.</summary>
    protected const string LaunchSet = "Launch";

    private const BindingFlags OwnParameters = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Public;

    private TypedWords? _typed;
    private (ScriptBlock Block, IReadOnlyList<string> Words)? _block;

    /// <summary>
    /// The command: a path, or a name looked for in the session's PATH. Without it, an interactive bash, or sh where there is none. Or a
    /// script block of one command with its arguments, <c>{ tail -f $log }</c>, in which no word can be a parameter of the cmdlet's.
    /// </summary>
    [Parameter(Position = 0, ParameterSetName = LaunchSet)]
    // Besides being what pwsh calls it, this makes -c ambiguous: bash -c must be an error, not -ClearEnvironment.
    [Alias("Command")]
    [CommandTransformation]
    [ArgumentCompleter(typeof(CommandCompleter))]
    [ValidateNotNullOrEmpty]
    public virtual object? FilePath { get; set; }

    /// <summary>
    /// The command's arguments, each passed as it is: lists are flattened and $null is left out, as for native commands. Takes all
    /// remaining arguments, too, where a list with commas, such as pid,args, is one word as it was typed.
    /// </summary>
    [Parameter(Position = 1, ValueFromRemainingArguments = true, ParameterSetName = LaunchSet)]
    [Alias("Args")]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [AllowNull]
    public virtual object?[]? ArgumentList { get; set; }

    /// <summary>A name for the session, unique among those that run.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [AllowEmptyString]
    public virtual string? Name { get; set; }

    /// <summary>The host name inside, 1 to 64 characters.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [AllowEmptyString]
    public virtual string? Hostname { get; set; }

    /// <summary>The NIS domain name inside, 1 to 64 characters.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [AllowEmptyString]
    public string? DomainName { get; set; }

    /// <summary>The namespaces to make; Pid, Mount, Uts and Ipc by default. An ordinary user always gets User as well.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public NsNamespaceKind Namespace { get; set; }

    /// <summary>
    /// User ids: <c>inside:outside:count</c>, or a hashtable <c>@{ inside = outside }</c>. Implies a User namespace; the default
    /// maps root inside to the caller.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public object[]? UidMap { get; set; }

    /// <summary>Group ids, likewise.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public object[]? GidMap { get; set; }

    /// <summary>The command's working directory; PowerShell's file-system location by default.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ValidateNotNullOrEmpty]
    public virtual string? WorkingDirectory { get; set; }

    /// <summary>Variables to set, or to remove (a value of $null).</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ValidateNotNull]
    public virtual Hashtable? Environment { get; set; }

    /// <summary>Give the command only HOME and the variables of -Environment.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public SwitchParameter ClearEnvironment { get; set; }

    /// <summary>Give the command all of PowerShell's environment, also in a root of its own.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public SwitchParameter InheritEnvironment { get; set; }

    /// <summary>Seconds after which the session is ended as by Stop-NsProcess; 0 for never.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [Alias("Timeout", "TimeoutSeconds")]
    public double TimeoutSec { get; set; }

    /// <summary>Run the command itself as PID 1, without an init that reaps orphans and passes signals on.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public SwitchParameter NoInit { get; set; }

    /// <summary>
    /// A running session to join: the command gets its namespaces, root and user, and ends with it. It is a session of its own, with a
    /// terminal of its own. Or namespaces of Get-NsNamespace.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ArgumentCompleter(typeof(SessionCompleter))]
    [ValidateNotNull]
    public object? Join { get; set; }

    /// <summary>What is launched, for ShouldProcess.</summary>
    private protected string Target =>
        Bundle is not null && FilePath is null ? Bundle : string.Join(' ', Arguments.Prepend(CommandName ?? "bash"));

    private TypedWords Typed => _typed ??= TypedWords.Of(MyInvocation);

    /// <summary>The words of the script block that the command is; null where it is none.</summary>
    private IReadOnlyList<string>? BlockWords
    {
        get
        {
            if (FilePath is not ScriptBlock block)
            {
                return null;
            }

            // What is in it is computed once for each launch.
            _block = _block is { } read && read.Block == block ? read : (block, CommandBlock.Words(block, SessionState));
            return _block.Value.Words;
        }
    }

    /// <summary>The command without its arguments; null where none was given.</summary>
    private string? CommandName => BlockWords?[0] ?? (string?)FilePath;

    /// <summary>The command's arguments as it gets them.</summary>
    private IReadOnlyList<string> Arguments => BlockWords?.Skip(1).ToArray() ?? Typed.Arguments(ArgumentList ?? []);

    /// <summary>What is done, for ShouldProcess.</summary>
    private protected string Action =>
        (Join is null ? "Start in new namespaces"
            : NamespaceArgument.TryRead(Join, out _) ? $"Start in the namespaces {string.Join(' ', Join as object[] ?? [Join])}"
            : $"Start in the namespaces of session {Join}")
            + NetworkAction;

    /// <summary>What the command's standard streams are.</summary>
    private protected virtual StandardStreams Streams => StandardStreams.Terminal;

    /// <summary>Whether nothing is kept of the session after its end.</summary>
    private protected virtual bool RemovesOnExit => false;

    /// <summary>Whether the session ends with this process.</summary>
    private protected virtual bool KillsOnExit => false;

    /// <summary>How much of the output is kept for readers, in bytes.</summary>
    private protected virtual long KeptOutput => OutputBuffer.DefaultSize;

    /// <summary>Where the output is kept on disk.</summary>
    private protected virtual OutputLogSpec ReadOutputLog() => OutputLogSpec.None;

    /// <summary>
    /// What a command in namespaces that are there already still has for itself. All other parameters of this class, later ones too, are
    /// refused beside -Join: one that confines must not be ignored in silence.
    /// </summary>
    private static readonly string[] s_forJoin =
    [
        nameof(Join), nameof(FilePath), nameof(ArgumentList), nameof(Name), nameof(WorkingDirectory), nameof(TimeoutSec),
        nameof(Environment), nameof(ClearEnvironment), nameof(InheritEnvironment), nameof(User), nameof(SupplementaryGroup), nameof(Umask),
        nameof(ResourceLimit), nameof(OomScoreAdjustment), nameof(Nice), nameof(SchedulingPolicy), nameof(CpuAffinity),

        // Beside namespaces only: RefuseLimits says so.
        nameof(MemoryLimit), nameof(CpuLimit), nameof(ProcessLimit), nameof(IOWeight),
    ];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Guard(RefuseAbbreviation);
        Guard(RefuseWordsBesideBlock);
    }

    /// <summary>Whether to launch. With -WhatIf it says all that would be set up.</summary>
    private protected bool ShouldLaunch()
    {
        string description = $"Performing the operation \"{Action}\" on target \"{Target}\".";
        bool isGiven = MyInvocation.BoundParameters.TryGetValue("WhatIf", out object? given);
        if (LanguagePrimitives.IsTrue(isGiven ? given : GetVariableValue("WhatIfPreference")))
        {
            string[] lines = [description, .. LaunchDescription.Of(Compile(attachFirst: false, default, default)).Select(l => "  " + l)];
            description = string.Join('\n', lines);
        }

        return ShouldProcess(description, $"{Action}: {Target}?", MyInvocation.MyCommand.Name);
    }

    private LaunchSpec Compile(bool attachFirst, NsTerminalSize size, ReadOnlyMemory<byte> settings) =>
        SeccompFilter.AddTo(Options(attachFirst, size, settings).ToSpec(geteuid(), getegid()), ResolveSeccompProfile());

    /// <summary>Launches what the parameters say.</summary>
    /// <param name="attachFirst">A terminal is about to attach; see <see cref="LaunchSpec.AttachFirst"/>.</param>
    /// <param name="size">The size of that terminal.</param>
    /// <param name="settings">Its settings; see <see cref="LaunchSpec.TerminalSettings"/>.</param>
    /// <returns>The session; to be committed to, or attached to, or disposed of.</returns>
    private protected LaunchedSession Launch(
        bool attachFirst, NsTerminalSize size = default, ReadOnlyMemory<byte> settings = default)
    {
        LaunchSpec spec = Compile(attachFirst, size, settings);
        if (spec.Namespaces.HasFlag(NsNamespaceKind.Pid) && !spec.Namespaces.HasFlag(NsNamespaceKind.Mount))
        {
            WriteWarning("Without a Mount namespace /proc cannot be mounted anew: in it, the session sees the host's processes.");
        }

        bool mapsZero = spec.UidMap.Concat(spec.GidMap).Any(l => l.Outside == 0);
        if (spec.FileSystem.HasRoot && mapsZero && geteuid() == 0 && IdMapping.IsInitial)
        {
            WriteWarning("The maps give the session the host's id 0: inside, it is the owner of what belongs to the host's root. "
                + (ProcessPrivilege.IsAdministrator
                    ? "Leave -UidMap and -GidMap out for ids that nobody has, or name such: 0:100000:65536."
                    : "Root without CAP_SYS_ADMIN has no other to give; -SubId Auto gives those of /etc/subuid."));
        }

        bool hasPid = spec.Namespaces.HasFlag(NsNamespaceKind.Pid) || spec.SharedNamespaces.Any(n => n.Kind == NsNamespaceKind.Pid);
        if (Bundle is not null && !hasPid)
        {
            WriteWarning("The bundle has no pid namespace: in /proc the session sees the host's processes, by whose root it may leave"
                + " its own. Add one to linux.namespaces.");
        }

        ApplyRetention();
        LaunchedSession launched = Spawn(spec);
        return spec.Hooks.IsEmpty ? launched : launched.Then(WarnOfHook);
    }

    private LaunchedSession Spawn(LaunchSpec spec)
    {
        try
        {
            return Launcher.Create(new AgentSpawner(Store), WriteVerbose)(spec, StopToken);
        }
        catch (NsException e) when (e.ErrorId == NsErrorId.CommandNotFound && WhatWasMeant() is string meant)
        {
            throw new NsException(e.ErrorId, e.Kind, e.Target, $"{e.Message} {meant}", e);
        }
    }

    /// <summary>What somebody may have meant who gave a command that is not there; null where nothing suggests itself.</summary>
    private string? WhatWasMeant()
    {
        string command = CommandName ?? "";
        if (Store.List().Any(r => !r.IsFinal && r.Name.Equals(command, StringComparison.OrdinalIgnoreCase)))
        {
            return $"A session of that name runs: Enter-NsTerminal -Session {command}";
        }

        return command.Any(char.IsWhiteSpace)
            ? $"It is one word here; for a command with arguments write them apart: {MyInvocation.MyCommand.Name} {command}"
            : null;
    }

    /// <summary>
    /// Makes room for the new session among those that have ended. What cannot be removed now is no reason not to launch.
    /// </summary>
    private void ApplyRetention()
    {
        RetentionPolicy policy = RetentionArgument.Read(SessionState.PSVariable.GetValue("NsRetention"));
        try
        {
            Retention.BeforeLaunch(Store, policy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NativeException
            or NsException { ErrorId: NsErrorId.StateDirectoryUnusable })
        {
            WriteVerbose($"Sessions that have ended could not be removed: {e.Message}");
        }
    }

    /// <summary>
    /// After the command's name, -f is its own word to whoever types it, and to PowerShell the beginning of -FilePath. What was meant
    /// cannot be told, and to guess could execute a log.
    /// </summary>
    private void RefuseAbbreviation()
    {
        if (Typed.Abbreviation is var (typed, parameter))
        {
            throw new NsException(
                NsErrorId.ParameterAbbreviated,
                NsErrorKind.Argument,
                typed,
                $"{typed} after the command was taken for {parameter}. For the command's own words write -- before them: "
                    + $"{MyInvocation.MyCommand.Name} COMMAND -- {typed} ... For the parameter write {parameter} in full.");
        }
    }

    private void RefuseWordsBesideBlock()
    {
        if (FilePath is ScriptBlock block && ArgumentList is { Length: > 0 })
        {
            throw new NsException(
                NsErrorId.InvalidCommandBlock,
                NsErrorKind.Argument,
                nameof(ArgumentList),
                $"Beside the script block {block.Ast.Extent.Text} no arguments can be given: write them in it.");
        }
    }

    /// <summary>The parameters as the engine takes them.</summary>
    private protected LaunchOptions Options(bool attachFirst, NsTerminalSize size, ReadOnlyMemory<byte> settings)
    {
        (NsSession? joined, IReadOnlyList<NamespaceReference>? namespaces) = ResolveJoin();
        LaunchOptions options = new()
        {
            FilePath = ResolveFilePath(),
            Arguments = Arguments,
            Name = Name,
            Hostname = Hostname,
            DomainName = DomainName,
            Namespaces = MyInvocation.BoundParameters.ContainsKey(nameof(Namespace)) ? Namespace : null,
            UidMap = IdMapArgument.Read("-UidMap", UidMap),
            GidMap = IdMapArgument.Read("-GidMap", GidMap),
            WorkingDirectory = RootPath is not null
                || joined?.RootPath is not null
                || namespaces?.Any(n => n.Kind == NsNamespaceKind.Mount) == true
                ? WorkingDirectoryInRoot()
                : ResolveWorkingDirectory(),
            FileSystem = ReadFileSystem(),
            ShareHostProcess = ShareHostProcess,
            Environment = ReadEnvironment(),
            ClearEnvironment = ClearEnvironment,
            InheritEnvironment = InheritEnvironment,
            JoinedEnvironment = joined?.RootPath is null ? null : Store.ReadJoinSpec(joined.JoinedSession ?? joined.Id)?.Environment,
            Timeout = ReadTimeout(),
            NoInit = NoInit,
            IsAdministrator = ProcessPrivilege.IsAdministrator,
            TerminalSize = size,
            TerminalSettings = settings,
            AttachFirst = attachFirst,
            RemoveOnExit = RemovesOnExit,
            KillOnExit = KillsOnExit,
            OutputBufferSize = KeptOutput,
            OpenFilesLimit = OpenFilesLimit.BeforeRuntime(),
            Join = joined?.Id,
            Network = MyInvocation.BoundParameters.ContainsKey(nameof(Network)) ? Network : null,
            PublishedPorts = PublishedPortArgument.Read("-PublishPort", PublishPort),
            JoinNamespaces = namespaces,
            OutputLog = ReadOutputLog(),
            AutoSubIds = SubId == NsSubIds.Auto,
            User = User,
            SupplementaryGroups = SupplementaryGroup ?? [],
            Umask = Umask,
            AddCapabilities = AddCapability ?? [],
            DropCapabilities = DropCapability ?? [],
            AllowNewPrivileges = AllowNewPrivileges,
            Resources = Resources(),
            TimeOffsets = new(MonotonicOffset, BoottimeOffset),
            Streams = Streams,
            Limits = ReadLimits(),
        };
        return Bundle is null ? options : ReadBundle(options);
    }

    /// <summary>What -Join means: a session, or namespaces.</summary>
    private (NsSession? Session, IReadOnlyList<NamespaceReference>? Namespaces) ResolveJoin()
    {
        if (Join is null)
        {
            return default;
        }

        string[] given = GivenBeside(s_forJoin);
        if (given.Length > 0)
        {
            throw new NsException(
                NsErrorId.ParameterNotForJoin,
                NsErrorKind.Argument,
                given[0],
                $"{string.Join(", ", given)} cannot go with -Join: the namespaces, names and ids are those of the session that is joined."
                    + " Leave one or the other out.");
        }

        if (!NamespaceArgument.TryRead(Join, out IReadOnlyList<NamespaceReference> namespaces))
        {
            RefuseLimits();
            return (new SessionResolver(Store).One(Join), null);
        }

        NamespaceArgument.RefuseTwoOfAKind(namespaces);
        return (null, namespaces);
    }

    /// <summary>The launch parameters that were given and are not among <paramref name="allowed"/>, as they are written.</summary>
    private string[] GivenBeside(string[] allowed) =>
    [
        .. MyInvocation.BoundParameters.Keys
            .Where(p => typeof(LaunchCmdlet).GetProperty(p, OwnParameters) is not null && !allowed.Contains(p))
            .Order(StringComparer.Ordinal)
            .Select(p => "-" + p),
    ];

    /// <summary>
    /// A relative path means PowerShell's location, as everywhere in PowerShell; a bare name is left to the search in PATH.
    /// </summary>
    private string? ResolveFilePath()
    {
        string? command = CommandName;
        bool isHostPath = command is not null && RootPath is null && Bundle is null && command.Contains('/', StringComparison.Ordinal);
        return !isHostPath || Path.IsPathRooted(command) || command!.Contains('\0', StringComparison.Ordinal)
            ? command
            : ResolvePath(command);
    }

    private string ResolveWorkingDirectory() =>
        WorkingDirectory is null ? HostPath.Location(SessionState)
        : WorkingDirectory.Contains('\0', StringComparison.Ordinal) ? WorkingDirectory
        : ResolvePath(WorkingDirectory);

    /// <inheritdoc cref="HostPath.Resolve"/>
    private protected string ResolvePath(string path) => HostPath.Resolve(SessionState, path);

    private Dictionary<string, string?> ReadEnvironment()
    {
        var variables = new Dictionary<string, string?>();
        foreach (DictionaryEntry variable in Environment ?? [])
        {
            variables[LanguagePrimitives.ConvertTo<string>(variable.Key)] = variable.Value is null
                ? null
                : LanguagePrimitives.ConvertTo<string>(variable.Value);
        }

        return variables;
    }

    private TimeSpan ReadTimeout() => TimeSpan.FromSeconds(SecondsArgument.Read("timeout", TimeoutSec, int.MaxValue, "0 (no limit)"));
}

using System;
using NsModule.Specs;

namespace NsModule.Protocol;

/// <summary>What of each spec goes over the wire, in this order: each property once, for writing and for reading.</summary>
/// <remarks>Nothing has a name there, so any change of it takes a new version of what it stands in.</remarks>
internal static class SpecCodec
{
    /// <summary>The version of a launch; the first had no number.</summary>
    public const int LaunchVersion = 6;

    /// <summary>
    /// The version of what is kept for those who join. Another one may tell of a restraint that this module cannot apply: half of it is not
    /// read either.
    /// </summary>
    public const int JoinVersion = 2;

    private static readonly NsIdMap s_noLine = new(0, 0, 0);
    private static readonly NsMount s_noMount = new() { Target = "" };
    private static readonly NsPublishedPort s_noPort = new("", 0, 0);
    private static readonly Hook s_noHook = new("", [], [], TimeSpan.Zero);
    private static readonly NamespaceReference s_noNamespace = new(default, 0, "");
    private static readonly KernelParameter s_noParameter = new("", "");

    public static LaunchSpec Launch(ref SpecWire wire, LaunchSpec spec) => new()
    {
        Id = wire.String(spec.Id),
        Name = wire.String(spec.Name),
        NameIsReserved = wire.Boolean(spec.NameIsReserved),
        Hostname = wire.String(spec.Hostname),
        DomainName = wire.String(spec.DomainName),
        FilePath = wire.String(spec.FilePath),
        Arguments = wire.Strings(spec.Arguments),
        Namespaces = (NsNamespaceKind)wire.Int64((long)spec.Namespaces),
        UidMap = wire.List(spec.UidMap, s_noLine, Line),
        GidMap = wire.List(spec.GidMap, s_noLine, Line),
        DenySetgroups = wire.Boolean(spec.DenySetgroups),
        WorkingDirectory = wire.String(spec.WorkingDirectory),
        Environment = wire.Strings(spec.Environment),
        Timeout = wire.TimeSpan(spec.Timeout),
        NoInit = wire.Boolean(spec.NoInit),
        TerminalSize = new NsTerminalSize(wire.UInt16(spec.TerminalSize.Columns), wire.UInt16(spec.TerminalSize.Rows)),
        TerminalSettings = wire.Bytes(spec.TerminalSettings),
        AttachFirst = wire.Boolean(spec.AttachFirst),
        RemoveOnExit = wire.Boolean(spec.RemoveOnExit),
        KillOnExit = wire.Boolean(spec.KillOnExit),
        OutputBufferSize = wire.Int32(spec.OutputBufferSize),
        OpenFilesLimit = wire.UInt64(spec.OpenFilesLimit),
        Join = wire.String(spec.Join),
        JoinNamespaces = wire.List(spec.JoinNamespaces, s_noNamespace, Namespace),
        OutputLog = OutputLog(ref wire, spec.OutputLog),
        Identity = Identity(ref wire, spec.Identity),
        Privileges = Privileges(ref wire, spec.Privileges),
        Resources = Resources(ref wire, spec.Resources),
        TimeOffsets = new TimeOffsetSpec(wire.TimeSpan(spec.TimeOffsets.Monotonic), wire.TimeSpan(spec.TimeOffsets.Boottime)),
        Streams = (StandardStreams)wire.Int32((int)spec.Streams),
        Limits = Limits(ref wire, spec.Limits),
        CgroupPath = wire.String(spec.CgroupPath),
        SharedNamespaces = wire.List(spec.SharedNamespaces, s_noNamespace, Namespace),
        Network = Network(ref wire, spec.Network),
        FileSystem = FileSystem(ref wire, spec.FileSystem),
        Hooks = Hooks(ref wire, spec.Hooks),
    };

    public static JoinSpec Join(ref SpecWire wire, JoinSpec spec) => new()
    {
        DenySetgroups = wire.Boolean(spec.DenySetgroups),
        Identity = Identity(ref wire, spec.Identity),
        Privileges = Privileges(ref wire, spec.Privileges),
        Resources = Resources(ref wire, spec.Resources),
        Environment = wire.Strings(spec.Environment),
    };

    /// <summary>The limits of a request to a session's supervisor (<see cref="FrameKind.SetLimits"/>).</summary>
    public static WireWriter Limits(this WireWriter writer, CgroupSpec limits)
    {
        var wire = new SpecWire(writer);
        _ = Limits(ref wire, limits);
        return writer;
    }

    /// <remarks>Part of the protocol with a session's supervisor, too, which may be older: what is left open is -1, or empty.</remarks>
    public static CgroupSpec Limits(ref SpecWire wire, CgroupSpec limits) => new()
    {
        Memory = NotNegative(wire.Int64(limits.Memory ?? -1)),
        Cpus = wire.Double(limits.Cpus ?? -1) is var cpus && cpus < 0 ? null : cpus,
        Processes = NotNegative(wire.Int64(limits.Processes ?? -1)),
        IOWeight = (int?)NotNegative(wire.Int32(limits.IOWeight ?? -1)),
        CpuShares = (int?)NotNegative(wire.Int32(limits.CpuShares ?? -1)),
        Processors = wire.String(limits.Processors ?? "") is { Length: > 0 } processors ? processors : null,
        MemoryNodes = wire.String(limits.MemoryNodes ?? "") is { Length: > 0 } nodes ? nodes : null,
    };

    private static OutputLogSpec OutputLog(ref SpecWire wire, OutputLogSpec spec) =>
        new(wire.String(spec.Path), (NsLogFormat)wire.Int32((int)spec.Format), wire.Int64(spec.SizeLimit));

    private static IdentitySpec Identity(ref SpecWire wire, IdentitySpec spec) => new()
    {
        User = wire.String(spec.User),
        SupplementaryGroups = wire.Strings(spec.SupplementaryGroups),
        Umask = wire.Int32(spec.Umask),
        UserVariables = wire.Strings(spec.UserVariables),
        UidMapByHelper = wire.Boolean(spec.UidMapByHelper),
        GidMapByHelper = wire.Boolean(spec.GidMapByHelper),
    };

    private static PrivilegeSpec Privileges(ref SpecWire wire, PrivilegeSpec spec) => new()
    {
        Capabilities = wire.UInt64(spec.Capabilities),
        PermittedCapabilities = wire.UInt64(spec.PermittedCapabilities),
        AddedCapabilities = wire.UInt64(spec.AddedCapabilities),
        NoNewPrivileges = wire.Boolean(spec.NoNewPrivileges),
        ClosedNetwork = wire.Boolean(spec.ClosedNetwork),
        SeccompFilter = wire.Bytes(spec.SeccompFilter),
        SeccompFlags = wire.UInt32(spec.SeccompFlags),
    };

    private static ResourceSpec Resources(ref SpecWire wire, ResourceSpec spec) => new()
    {
        Limits = wire.List(
            spec.Limits,
            default,
            static (ref w, l) => new ResourceLimit(w.Below(ResourceLimit.Names.Count, l.Resource), w.UInt64(l.Soft), w.UInt64(l.Hard))),
        OomScoreAdjustment = wire.Optional(spec.OomScoreAdjustment),
        Nice = wire.Optional(spec.Nice),
        SchedulingPolicy = (NsSchedulingPolicy?)wire.Optional((int?)spec.SchedulingPolicy),
        CpuAffinity = wire.List(spec.CpuAffinity, 0, static (ref w, n) => w.Int32(n)),
    };

    private static NetworkSpec Network(ref SpecWire wire, NetworkSpec spec) => new()
    {
        Mode = (NsNetworkMode)wire.Int32((int)spec.Mode),
        Ports = wire.List(
            spec.Ports,
            s_noPort,
            static (ref w, p) => new NsPublishedPort(
                w.String(p.HostAddress), w.UInt16(p.HostPort), w.UInt16(p.Port), (NsPortProtocol)w.Int32((int)p.Protocol))),
    };

    private static FileSystemSpec FileSystem(ref SpecWire wire, FileSystemSpec spec) => new()
    {
        RootPath = wire.String(spec.RootPath),
        ReadOnlyRoot = wire.Boolean(spec.ReadOnlyRoot),
        Overlay = wire.Boolean(spec.Overlay),
        OverlayPath = wire.String(spec.OverlayPath),
        NoDevices = wire.Boolean(spec.NoDevices),
        IdMapRoot = wire.Boolean(spec.IdMapRoot),
        RootPropagation = (NsMountPropagation)wire.Int32((int)spec.RootPropagation),
        Mounts = wire.List(spec.Mounts, s_noMount, Mount),
        UsualMounts = wire.Int32(spec.UsualMounts),
        Devices = wire.Boolean(spec.Devices),
        MaskedPaths = wire.Strings(spec.MaskedPaths),
        ReadOnlyPaths = wire.Strings(spec.ReadOnlyPaths),
        KernelParameters = wire.List(
            spec.KernelParameters, s_noParameter, static (ref w, p) => new KernelParameter(w.String(p.Path), w.String(p.Value))),
    };

    private static NsMount Mount(ref SpecWire wire, NsMount mount) => new()
    {
        Target = wire.String(mount.Target),
        Type = (NsMountType)wire.Int32((int)mount.Type),
        Source = wire.Optional(mount.Source),
        ReadOnly = wire.Boolean(mount.ReadOnly),
        Recurse = wire.Boolean(mount.Recurse),
        NoExec = wire.Optional(mount.NoExec),
        NoSuid = wire.Optional(mount.NoSuid),
        NoDev = wire.Optional(mount.NoDev),
        Size = wire.Int64(mount.Size),
        Mode = wire.Optional(mount.Mode),
        Content = wire.Bytes((byte[])[.. mount.Content]).ToArray(),
        LowerPath = wire.Strings(mount.LowerPath),
        UpperPath = wire.Optional(mount.UpperPath),
        WorkPath = wire.Optional(mount.WorkPath),
        Propagation = (NsMountPropagation)wire.Int32((int)mount.Propagation),
        IdMap = wire.Boolean(mount.IdMap),
        Options = wire.Strings(mount.Options),
        Attributes = wire.UInt32(mount.Attributes),
        Shallow = wire.Boolean(mount.Shallow),
        Optional = wire.Boolean(mount.Optional),
        IdMapShallow = wire.Boolean(mount.IdMapShallow),
        UidMap = wire.List(mount.UidMap, s_noLine, Line),
        GidMap = wire.List(mount.GidMap, s_noLine, Line),
    };

    private static HookSpec Hooks(ref SpecWire wire, HookSpec spec) => new()
    {
        Bundle = wire.String(spec.Bundle),
        Version = wire.String(spec.Version),
        Annotations = wire.Dictionary(spec.Annotations),
        CreateRuntime = wire.List(spec.CreateRuntime, s_noHook, Hook),
        CreateContainer = wire.List(spec.CreateContainer, s_noHook, Hook),
        StartContainer = wire.List(spec.StartContainer, s_noHook, Hook),
        Poststart = wire.List(spec.Poststart, s_noHook, Hook),
        Poststop = wire.List(spec.Poststop, s_noHook, Hook),
    };

    private static Hook Hook(ref SpecWire wire, Hook hook) =>
        new(wire.String(hook.Path), wire.Strings(hook.Arguments), wire.Strings(hook.Environment), wire.TimeSpan(hook.Timeout));

    private static NsIdMap Line(ref SpecWire wire, NsIdMap line) =>
        new(wire.UInt32(line.Inside), wire.UInt32(line.Outside), wire.UInt32(line.Count));

    private static NamespaceReference Namespace(ref SpecWire wire, NamespaceReference reference) =>
        new((NsNamespaceKind)wire.Int64((long)reference.Kind), wire.UInt64(reference.Inode), wire.String(reference.Path));

    private static long? NotNegative(long value) => value < 0 ? null : value;
}

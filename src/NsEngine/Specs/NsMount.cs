using System;
using System.Collections.Generic;
using System.Linq;

namespace NsModule;

/// <summary>What a mount is made of (mount(8)).</summary>
public enum NsMountType
{
    /// <summary>A directory or file of the host.</summary>
    Bind,

    /// <summary>An empty file system in memory (tmpfs(5)).</summary>
    Tmpfs,

    /// <summary>Directories in layers, with the changes in the uppermost one.</summary>
    Overlay,

    /// <summary>A file with given content.</summary>
    File,

    /// <summary>The processes of the session's PID namespace (proc(5)).</summary>
    Proc,

    /// <summary>The kernel's devices, read-only (sysfs(5)).</summary>
    Sysfs,

    /// <summary>Pseudo-terminals of the session's own (pts(4)).</summary>
    Devpts,

    /// <summary>The message queues of the session's IPC namespace (mq_overview(7)).</summary>
    Mqueue,

    /// <summary>The control groups, as the session's cgroup namespace shows them; without one the host's, read-only (cgroups(7)).</summary>
    Cgroup,
}

/// <summary>Whether later mounts and unmounts below a mount are seen elsewhere (mount_namespaces(7)).</summary>
public enum NsMountPropagation
{
    /// <summary>Neither way.</summary>
    Private,

    /// <summary>From the host into the session.</summary>
    Slave,

    /// <summary>Both ways.</summary>
    Shared,

    /// <summary>Neither way, and it cannot be bound elsewhere.</summary>
    Unbindable,
}

/// <summary>One mount in a session, as New-NsMount makes it and -Mount takes it.</summary>
public sealed record NsMount
{
    /// <summary>Where it goes: an absolute path, in the session's root.</summary>
    public required string Target { get; init; }

    /// <summary>What it is made of.</summary>
    public NsMountType Type { get; init; }

    /// <summary>The path on the host, for <see cref="NsMountType.Bind"/>.</summary>
    public string? Source { get; init; }

    /// <summary>Nothing below it can be written.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Whether what is mounted below the source comes along.</summary>
    public bool Recurse { get; init; }

    /// <summary>Nothing below it can be executed; null for what is usual for the type.</summary>
    public bool? NoExec { get; init; }

    /// <summary>Set-user-id bits mean nothing below it; null for what is usual for the type.</summary>
    public bool? NoSuid { get; init; }

    /// <summary>Device files mean nothing below it; null for what is usual for the type.</summary>
    public bool? NoDev { get; init; }

    /// <summary>The most it may hold, in bytes, for <see cref="NsMountType.Tmpfs"/>; 0 for half of the memory.</summary>
    public long Size { get; init; }

    /// <summary>The permissions of a <see cref="NsMountType.Tmpfs"/> or <see cref="NsMountType.File"/>; null for 1777 and 0644.</summary>
    public int? Mode { get; init; }

    /// <summary>What is in a <see cref="NsMountType.File"/>.</summary>
    public IReadOnlyList<byte> Content { get; init; } = [];

    /// <summary>The directories of an <see cref="NsMountType.Overlay"/> that stay as they are, the uppermost first.</summary>
    public IReadOnlyList<string> LowerPath { get; init; } = [];

    /// <summary>The directory that the changes go to; null to throw them away with the session.</summary>
    public string? UpperPath { get; init; }

    /// <summary>An empty directory on the same file system as <see cref="UpperPath"/>.</summary>
    public string? WorkPath { get; init; }

    /// <summary>Whether later mounts pass between host and session.</summary>
    public NsMountPropagation Propagation { get; init; }

    /// <summary>Ids of the files are those inside: what belongs to user 0 on the disk belongs to user 0 of the session.</summary>
    public bool IdMap { get; init; }

    /// <summary>Further options of the file system, <c>name=value</c> or <c>name</c>.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Further MOUNT_ATTR_* flags of mount_setattr(2).</summary>
    internal uint Attributes { get; init; }

    /// <summary>The read-only and no-something flags are for this mount alone, not for what is mounted below it.</summary>
    internal bool Shallow { get; init; }

    /// <summary>
    /// What <see cref="IdMap"/> maps by: ids of the files and, outside, those that they get in the mount; empty for the session's own maps.
    /// </summary>
    internal IReadOnlyList<NsIdMap> UidMap { get; init; } = [];

    /// <summary>The same for groups.</summary>
    internal IReadOnlyList<NsIdMap> GidMap { get; init; } = [];

    /// <summary><see cref="IdMap"/> is for this mount alone.</summary>
    internal bool IdMapShallow { get; init; }

    /// <summary>Left out where the root has no place for it and none can be made.</summary>
    internal bool Optional { get; init; }

    /// <summary>Equal by content, lists included.</summary>
    public bool Equals(NsMount? other) =>
        other is not null
        && (Target, Type, Source, ReadOnly, Recurse) == (other.Target, other.Type, other.Source, other.ReadOnly, other.Recurse)
        && (NoExec, NoSuid, NoDev, Size, Mode) == (other.NoExec, other.NoSuid, other.NoDev, other.Size, other.Mode)
        && (UpperPath, WorkPath, Propagation, IdMap) == (other.UpperPath, other.WorkPath, other.Propagation, other.IdMap)
        && (Attributes, Shallow, Optional, IdMapShallow) == (other.Attributes, other.Shallow, other.Optional, other.IdMapShallow)
        && UidMap.SequenceEqual(other.UidMap)
        && GidMap.SequenceEqual(other.GidMap)
        && Content.SequenceEqual(other.Content)
        && LowerPath.SequenceEqual(other.LowerPath)
        && Options.SequenceEqual(other.Options);

    /// <inheritdoc/>
    public override int GetHashCode() => Target.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Type} {Source ?? string.Join(':', LowerPath)} -> {Target}".Replace("  ", " ", StringComparison.Ordinal);
}

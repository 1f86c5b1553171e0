using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.Agent.Init;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Specs;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Joining;

/// <summary>Single namespaces that a new session joins, as nsenter(1) does; for the rest it has those of its launcher.</summary>
internal sealed class JoinedNamespaces : JoinTarget
{
    private readonly IReadOnlyList<NsIdMap> _uidMap;
    private readonly IReadOnlyList<NsIdMap> _gidMap;

    private JoinedNamespaces(
        IReadOnlyList<(FileDescriptor File, NsNamespaceKind Kinds)> entrances,
        IReadOnlyList<NsIdMap> uidMap,
        IReadOnlyList<NsIdMap> gidMap,
        IReadOnlyDictionary<string, ulong> namespaces,
        string? hostname)
    {
        Namespaces = namespaces;
        Entrances = entrances;
        _uidMap = uidMap;
        _gidMap = gidMap;
        Hostname = hostname;
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, ulong> Namespaces { get; }

    /// <inheritdoc/>
    public override string? Hostname { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<(FileDescriptor File, NsNamespaceKind Kinds)> Entrances { get; }

    /// <summary>Takes hold of the namespaces, without those that we are in anyhow (setns(2) refuses our own user namespace).</summary>
    /// <exception cref="LaunchException">One is gone, or not open to this user.</exception>
    public static JoinedNamespaces Open(SessionStore store, IReadOnlyList<NamespaceReference> references)
    {
        Dictionary<string, ulong> own = ProcessNamespaces.Read(getpid());
        NamespaceReference[] foreign = [.. references.Where(r => !own.ContainsValue(r.Inode))];

        // An ordinary user may enter the others once in the user namespace that owns them; root must do so before it has become less.
        bool root = ProcessPrivilege.IsAdministrator;
        foreign = [.. foreign.OrderBy(r => (r.Kind == NsNamespaceKind.User) == root)];
        var entrances = new List<(FileDescriptor File, NsNamespaceKind Kinds)>();
        try
        {
            foreach (NamespaceReference reference in foreign)
            {
                entrances.Add((OpenSame(reference), reference.Kind));
            }

            string? userFile = foreign.Where(r => r.Kind == NsNamespaceKind.User).Select(r => r.Path).FirstOrDefault();
            foreach (NamespaceReference reference in foreign)
            {
                own[NamespaceFiles.All.First(n => n.Kind == reference.Kind).File] = reference.Inode;
            }

            return new JoinedNamespaces(
                entrances,
                ReadMap(userFile, "uid_map"),
                ReadMap(userFile, "gid_map"),
                own,
                FindHostname(store, foreign));
        }
        catch
        {
            entrances.ForEach(e => e.File.Dispose());
            throw;
        }
    }

    /// <inheritdoc/>
    public override LaunchSpec Complete(LaunchSpec spec) => spec with { UidMap = _uidMap, GidMap = _gidMap };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach ((FileDescriptor file, _) in Entrances)
        {
            file.Dispose();
        }
    }

    /// <summary>Opens a namespace that is to be the one that was looked at.</summary>
    /// <exception cref="LaunchException">It is gone, or not open to this user.</exception>
    public static FileDescriptor OpenSame(NamespaceReference reference)
    {
        FileDescriptor file;
        try
        {
            file = FileDescriptor.Open(reference.Path, O_RDONLY);
        }
        catch (NativeException e)
        {
            throw new LaunchException(LaunchStep.JoinFile, e.Errno, reference.Path);
        }

        // The process may have ended since it was listed, and another have got its number.
        if (FileIdentity.Inode(file) == reference.Inode)
        {
            return file;
        }

        file.Dispose();
        throw new LaunchException(LaunchStep.JoinFile, ESTALE, reference.Path);
    }

    /// <summary>
    /// The map of the user namespace, by way of a process in it. Of one that only a mount keeps, nothing is known: its root is assumed.
    /// </summary>
    private static List<NsIdMap> ReadMap(string? namespaceFile, string map)
    {
        if (namespaceFile is null)
        {
            return [];
        }

        string path = Path.GetFullPath(Path.Combine(namespaceFile, "../..", map));
        try
        {
            return path.StartsWith("/proc/", StringComparison.Ordinal)
                ? [
                    .. File.ReadLines(path)
                        .Select(l => NsIdMap.Parse(string.Join(':', l.Split(' ', StringSplitOptions.RemoveEmptyEntries)))),
                ]
                : [new NsIdMap(0, 0, 1)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new LaunchException(LaunchStep.JoinFile, ESRCH, path);
        }
    }

    /// <summary>The host name, where it is known: a UTS namespace of another's would have to be entered for it.</summary>
    private static string? FindHostname(SessionStore store, NamespaceReference[] foreign)
    {
        ulong inode = foreign.FirstOrDefault(r => r.Kind == NsNamespaceKind.Uts).Inode;
        return inode == 0
            ? null
            : store.List().FirstOrDefault(r => !r.IsFinal && r.Namespaces.GetValueOrDefault("uts") == inode)?.Hostname ?? "";
    }
}

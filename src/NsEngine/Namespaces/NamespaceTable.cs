using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using NsModule.Native;
using NsModule.Sessions;
using NsModule.Specs;
using NsModule.Text;
using static Tmds.Linux.LibC;

namespace NsModule.Namespaces;

/// <summary>
/// The namespaces of this machine that this user may see: those with a process in them, and those that are mounted somewhere.
/// </summary>
internal sealed class NamespaceTable
{
    private const uint NS_GET_USERNS = 0xb701;
    private const uint NS_GET_PARENT = 0xb702;

    /// <summary>How much of a command line is shown.</summary>
    private const int MaxCommand = 32 << 10;

    private readonly Dictionary<ulong, (NamespaceReference Reference, List<int> Processes)> _byInode = [];

    private NamespaceTable()
    {
    }

    /// <summary>The inodes of what was found.</summary>
    public IEnumerable<ulong> Inodes => _byInode.Keys;

    /// <summary>Looks at all processes, or at these; and at the mounts, where it is all.</summary>
    /// <param name="processes">Process ids; null for all there are.</param>
    public static NamespaceTable Read(IEnumerable<int>? processes = null)
    {
        var table = new NamespaceTable();
        foreach (int pid in processes ?? ProcFiles.ProcessIds().Order())
        {
            table.AddProcess(pid);
        }

        if (processes is null)
        {
            table.AddMounts(MountInfo.OfThisProcess());
        }

        return table;
    }

    /// <summary>Adds the namespaces that are kept by a bind mount of their file, as <c>ip netns add</c> makes them.</summary>
    internal void AddMounts(IEnumerable<MountInfo> mounts)
    {
        foreach (MountInfo mount in mounts.Where(m => m.Type == "nsfs"))
        {
            if (Parse(mount.Root) is (NsNamespaceKind kind, ulong inode))
            {
                _ = _byInode.TryAdd(inode, (new NamespaceReference(kind, inode, mount.MountPoint), []));
            }
        }
    }

    /// <summary>What was found, with the sessions in it.</summary>
    /// <param name="sessions">The user's sessions.</param>
    public IEnumerable<NsNamespace> Describe(IEnumerable<SessionRecord> sessions)
    {
        ILookup<ulong, string> sessionsByInode = sessions
            .Where(s => !s.IsFinal)
            .SelectMany(s => s.Namespaces.Values, (s, inode) => (s.Id, Inode: inode))
            .ToLookup(s => s.Inode, s => s.Id);
        return NsNamespace.Sort(_byInode.Values.Select(e => Describe(e.Reference, e.Processes, [.. sessionsByInode[e.Reference.Inode]])));
    }

    /// <summary>Kind and inode of a text such as <c>net:[4026531840]</c>; null for any other.</summary>
    internal static (NsNamespaceKind Kind, ulong Inode)? Parse(string text)
    {
        foreach ((NsNamespaceKind kind, string file) in NamespaceFiles.All)
        {
            if (text.StartsWith(file + ":[", StringComparison.Ordinal)
                && text.EndsWith(']')
                && ulong.TryParse(text.AsSpan()[(file.Length + 2)..^1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode))
            {
                return (kind, inode);
            }
        }

        return null;
    }

    private static NsNamespace Describe(NamespaceReference reference, List<int> processes, string[] sessions)
    {
        (ulong? parent, ulong? owner) = Relatives(reference);
        return new NsNamespace(reference)
        {
            ProcessIds = [.. processes],
            UserName = processes.Count > 0 ? UserName(processes[0]) : null,
            Command = processes.Count > 0 ? Command(processes[0]) : null,
            Session = sessions,
            Parent = parent,
            Owner = owner,
        };
    }

    private static (ulong? Parent, ulong? Owner) Relatives(NamespaceReference reference)
    {
        try
        {
            using FileDescriptor file = FileDescriptor.Open(reference.Path, O_RDONLY);
            bool nests = reference.Kind is NsNamespaceKind.Pid or NsNamespaceKind.User;
            return (nests ? Relative(file, NS_GET_PARENT) : null, Relative(file, NS_GET_USERNS));
        }
        catch (NativeException)
        {
            // Its last process has ended meanwhile.
            return (null, null);
        }
    }

    private static ulong? Relative(FileDescriptor file, uint request)
    {
        int fd = ioctl(file.Value, (int)request, 0);
        if (fd < 0)
        {
            return null;
        }

        using var relative = new FileDescriptor(fd);
        return FileIdentity.Inode(relative);
    }

    private static string? UserName(int pid) => FileIdentity.Owner(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}")) is uint uid
        ? Users.Name(uid) ?? uid.ToString(CultureInfo.InvariantCulture)
        : null;

    private static string? Command(int pid)
    {
        try
        {
            // A process may take any of its memory for its command line (prctl(2), PR_SET_MM).
            string line = Start("cmdline").TrimEnd('\0').Replace('\0', ' ');
            return PrintableText.Of(line.Length > 0 ? line : $"[{Start("comm").TrimEnd()}]");
        }
        catch (NativeException)
        {
            return null;
        }

        string Start(string file)
        {
            byte[] text = RegularFile.ReadStart(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{file}"), MaxCommand);
            return Encoding.UTF8.GetString(text) + (text.Length == MaxCommand ? "…" : "");
        }
    }

    private void AddProcess(int pid)
    {
        foreach ((NsNamespaceKind kind, string file) in NamespaceFiles.All)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/{file}");
            if (FileIdentity.Inode(path) is not ulong inode)
            {
                continue;
            }

            if (!_byInode.TryGetValue(inode, out (NamespaceReference Reference, List<int> Processes) entry))
            {
                entry = (new NamespaceReference(kind, inode, path), []);
                _byInode[inode] = entry;
            }

            entry.Processes.Add(pid);
        }
    }
}

using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NsModule.Specs;

namespace NsModule;

/// <summary>A namespace on this machine (namespaces(7)), as it was when it was listed.</summary>
public sealed class NsNamespace
{
    internal NsNamespace(NamespaceReference reference)
    {
        Reference = reference;
    }

    /// <summary>Its kind.</summary>
    public NsNamespaceKind Kind => Reference.Kind;

    /// <summary>Its inode number, which it is known by: <c>readlink /proc/PID/ns/net</c> shows it.</summary>
    public ulong Inode => Reference.Inode;

    /// <summary>How many processes are in it, as far as this user may see; 0 for one that only a mount keeps.</summary>
    public int ProcessCount => ProcessIds.Length;

    /// <summary>The lowest process id in it, as this PID namespace numbers them; null where there is no process.</summary>
    public int? ProcessId => ProcessIds.Length > 0 ? ProcessIds[0] : null;

    /// <summary>All of them, in order.</summary>
    public int[] ProcessIds { get; internal init; } = [];

    /// <summary>
    /// The user whom the process with the lowest id runs as; its number where it has no name. Null where there is no process.
    /// </summary>
    public string? UserName { get; internal init; }

    /// <summary>The command line of that process, or its name in brackets; control characters are replaced.</summary>
    public string? Command { get; internal init; }

    /// <summary>The ids of this user's running sessions in it.</summary>
    public string[] Session { get; internal init; } = [];

    /// <summary>A file that stands for it: <c>/proc/PID/ns/KIND</c>, or where it is mounted.</summary>
    public string Path => Reference.Path;

    /// <summary>
    /// The inode of the namespace that this one is below (NS_GET_PARENT, ioctl_ns(2)); null for kinds that do
    /// not nest, and above this process.
    /// </summary>
    public ulong? Parent { get; internal init; }

    /// <summary>The inode of the user namespace that owns it (NS_GET_USERNS, ioctl_ns(2)); null where that is not ours to see.</summary>
    public ulong? Owner { get; internal init; }

    internal NamespaceReference Reference { get; }

    /// <summary>As the links under /proc/PID/ns read: <c>net:[4026531840]</c>.</summary>
    public override string ToString() => Reference.ToString();

    /// <summary>Compares by what is listed first: kind by kind, oldest first.</summary>
    internal static IOrderedEnumerable<NsNamespace> Sort(IEnumerable<NsNamespace> namespaces) =>
        namespaces.OrderBy(n => n.Kind.ToString()).ThenBy(n => n.Inode);
}

using System.Globalization;
using System.Linq;

namespace NsModule.Specs;

/// <summary>One namespace, and a file to take hold of it by.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Inode">Its inode: what the file stood for when it was looked at.</param>
/// <param name="Path">The file.</param>
internal readonly record struct NamespaceReference(NsNamespaceKind Kind, ulong Inode, string Path)
{
    public override string ToString()
    {
        NsNamespaceKind kind = Kind;
        return string.Create(CultureInfo.InvariantCulture, $"{NamespaceFiles.All.First(n => n.Kind == kind).File}:[{Inode}]");
    }
}

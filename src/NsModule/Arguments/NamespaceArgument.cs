using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using NsModule.Specs;

namespace NsModule.Arguments;

/// <summary>Reads what Get-NsNamespace gives, deserialized or not.</summary>
internal static class NamespaceArgument
{
    private const string Deserialized = "Deserialized.NsModule.NsNamespace";

    /// <summary>The namespaces that an argument means.</summary>
    /// <returns>Whether it is namespaces, and not a session.</returns>
    public static bool TryRead(object argument, out IReadOnlyList<NamespaceReference> namespaces)
    {
        object[] several = Unwrap(argument) as object[] ?? [argument];
        NamespaceReference?[] read = [.. several.Select(One)];
        namespaces = [.. read.OfType<NamespaceReference>().Distinct()];
        return read.Length > 0 && !read.Contains(null);
    }

    /// <exception cref="NsException">Two are of one kind.</exception>
    public static void RefuseTwoOfAKind(IReadOnlyList<NamespaceReference> namespaces)
    {
        if (namespaces.GroupBy(n => n.Kind).Select(g => g.ToArray()).FirstOrDefault(g => g.Length > 1) is { } twice)
        {
            throw new NsException(
                NsErrorId.NamespaceAmbiguous,
                NsErrorKind.Argument,
                twice[0].Kind,
                $"{string.Join(" and ", twice)} are all of the kind {twice[0].Kind}: a process is in one of each."
                    + " Choose one, such as those of one process: Get-NsNamespace -ProcessId");
        }
    }

    private static NamespaceReference? One(object argument) =>
        Unwrap(argument) is NsNamespace known ? known.Reference
        : argument is PSObject wrapped && wrapped.TypeNames.Contains(Deserialized)
            && wrapped.Properties["Kind"]?.Value is object kind
            && wrapped.Properties["Inode"]?.Value is object inode
            && wrapped.Properties["Path"]?.Value is string path
            ? new NamespaceReference(
                LanguagePrimitives.ConvertTo<NsNamespaceKind>(kind.ToString()),
                LanguagePrimitives.ConvertTo<ulong>(inode),
                path)
            : null;

    private static object Unwrap(object argument) =>
        argument is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : argument;
}

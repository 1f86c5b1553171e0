using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace NsModule.UnitTests.Layers;

/// <summary>A type that is no part of another, and where its source lies.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name in it.</param>
/// <param name="IsPublic">Whether users of the assembly see it.</param>
/// <param name="Folder">The folder of its source in the project; empty for the project's own.</param>
internal sealed record SourceType(string Namespace, string Name, bool IsPublic, string Folder)
{
    /// <summary>What metadata calls it.</summary>
    public string FullName => $"{Namespace}.{Name}";
}

/// <summary>Finds the folders of types in a program database: public types are in one namespace, wherever their source lies.</summary>
internal static class SourceFolders
{
    /// <summary>Lists the documents of a type without code, such as an enumeration (PortablePdb-Metadata.md of dotnet/runtime).</summary>
    private static readonly Guid s_typeDefinitionDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    /// <summary>The types of an assembly; not those that the compiler has added.</summary>
    /// <param name="assembly">The assembly, with its program database beside it.</param>
    /// <param name="project">The project's folder below src.</param>
    public static SourceType[] Read(Assembly assembly, string project)
    {
        using var image = new PEReader(File.OpenRead(assembly.Location));
        using var database = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(assembly.Location, ".pdb")));
        return [.. Read(image.GetMetadataReader(), database.GetMetadataReader(), $"/src/{project}/")];
    }

    private static IEnumerable<SourceType> Read(MetadataReader metadata, MetadataReader symbols, string root)
    {
        foreach (TypeDefinitionHandle handle in metadata.TypeDefinitions)
        {
            TypeDefinition type = metadata.GetTypeDefinition(handle);
            if (!type.IsNested && Documents(handle, metadata, symbols).FirstOrDefault() is { IsNil: false } document)
            {
                string path = symbols.GetString(symbols.GetDocument(document).Name);
                string relative = path[(path.LastIndexOf(root, StringComparison.Ordinal) + root.Length)..];
                yield return new SourceType(
                    metadata.GetString(type.Namespace),
                    metadata.GetString(type.Name),
                    type.Attributes.HasFlag(TypeAttributes.Public),
                    Path.GetDirectoryName(relative)!);
            }
        }
    }

    /// <summary>The documents of a type and of those in it: the code of an iterator is in one that the compiler has made.</summary>
    private static IEnumerable<DocumentHandle> Documents(TypeDefinitionHandle handle, MetadataReader metadata, MetadataReader symbols)
    {
        TypeDefinition type = metadata.GetTypeDefinition(handle);
        foreach (MethodDefinitionHandle method in type.GetMethods())
        {
            MethodDebugInformation information = symbols.GetMethodDebugInformation(method);
            if (!information.Document.IsNil)
            {
                yield return information.Document;
            }
        }

        foreach (CustomDebugInformationHandle each in symbols.GetCustomDebugInformation(handle))
        {
            CustomDebugInformation information = symbols.GetCustomDebugInformation(each);
            if (symbols.GetGuid(information.Kind) == s_typeDefinitionDocuments)
            {
                yield return MetadataTokens.DocumentHandle(symbols.GetBlobReader(information.Value).ReadCompressedInteger());
            }
        }

        foreach (DocumentHandle document in type.GetNestedTypes().SelectMany(n => Documents(n, metadata, symbols)))
        {
            yield return document;
        }
    }
}

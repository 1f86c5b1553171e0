using System;
using System.Collections.Generic;
using System.Linq;
using ArchUnitNET.Domain;
using ArchUnitNET.Fluent.Syntax.Elements.Types;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using Xunit;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace NsModule.UnitTests.Layers;

/// <summary>Folders that use those of the layers below, and not one another.</summary>
/// <param name="Reason">Why they stand there.</param>
/// <param name="Folders">The folders; an empty name for the project's own.</param>
internal sealed record Layer(string Reason, params string[] Folders);

/// <summary>A project, as far as its types depend on each other.</summary>
/// <param name="assembly">What is built of it.</param>
/// <param name="name">Its folder below src.</param>
/// <param name="rootNamespace">The namespace of its own folder.</param>
internal sealed class Project(System.Reflection.Assembly assembly, string name, string rootNamespace)
{
    private readonly SourceType[] _types = SourceFolders.Read(assembly, name);
    private readonly Lazy<Architecture> _architecture = new(() => new ArchLoader().LoadAssembly(assembly).Build());

    /// <summary>Each folder has a layer, and uses lower ones only; so there can be no circle.</summary>
    /// <param name="layers">The layers, the uppermost first.</param>
    public void Check(IReadOnlyList<Layer> layers)
    {
        Assert.Equal(
            layers.SelectMany(l => l.Folders).Order(StringComparer.Ordinal),
            _types.Select(t => t.Folder).Distinct().Order(StringComparer.Ordinal));
        for (int i = 0; i < layers.Count; i++)
        {
            foreach (string folder in layers[i].Folders)
            {
                string[] closed = [.. layers.Take(i + 1).SelectMany(l => l.Folders).Where(f => f != folder)];
                if (closed.Length > 0)
                {
                    Types().That().Are(In(folder)).Should().NotDependOnAny(In(closed))
                        .Because(layers[i].Reason)
                        .Check(_architecture.Value);
                }
            }
        }
    }

    /// <summary>The namespace of a type is its folder's. Public ones may be in that of the project, where users look for them.</summary>
    public void CheckNamespaces() => Assert.All(_types, t =>
    {
        string own = t.Folder.Length == 0 ? rootNamespace : $"{rootNamespace}.{t.Folder}";
        Assert.True(t.Namespace == own || (t.IsPublic && t.Namespace == rootNamespace), $"{t.FullName} is in the folder '{t.Folder}'.");
    });

    private GivenTypesConjunctionWithDescription In(params string[] folders)
    {
        HashSet<string> names = [.. _types.Where(t => folders.Contains(t.Folder)).Select(t => t.FullName)];
        string description = string.Join(", ", folders.Select(f => $"{name}/{f}"));
        return Types().That().FollowCustomPredicate(t => names.Contains(t.FullName.Split('+')[0]), $"are in {description}").As(description);
    }
}

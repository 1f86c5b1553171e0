using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;

namespace NsModule.Agent.Joining;

/// <summary>
/// Namespaces that exist, which a session has besides those that are made for it: this thread is in them while it makes init.
/// </summary>
/// <remarks>
/// None of these kinds belongs to the whole process (setns(2)), and a user namespace that is made in the same step owns none of them.
/// </remarks>
internal sealed class SharedNamespaces : IDisposable
{
    private readonly List<(FileDescriptor Theirs, FileDescriptor Own, NsNamespaceKind Kind)> _files = [];

    /// <summary>Takes hold of those of a launch, and of our own.</summary>
    /// <exception cref="LaunchException">One is gone, or not open to this user.</exception>
    public SharedNamespaces(IReadOnlyList<NamespaceReference> references)
    {
        foreach (NamespaceReference reference in references)
        {
            string file = NamespaceFiles.All.First(n => n.Kind == reference.Kind).File;
            _files.Add((
                JoinedNamespaces.OpenSame(reference),
                FileDescriptor.Open("/proc/thread-self/ns/" + file, Tmds.Linux.LibC.O_RDONLY),
                reference.Kind));
        }
    }

    /// <summary>Enters them.</summary>
    /// <exception cref="LaunchException">One may not be entered.</exception>
    public void Enter() => Set(_files.Select(f => (f.Theirs, f.Kind)));

    /// <summary>Goes back.</summary>
    /// <exception cref="LaunchException">There is no way back; the session cannot be.</exception>
    public void Leave() => Set(_files.Select(f => (f.Own, f.Kind)));

    public void Dispose()
    {
        foreach ((FileDescriptor theirs, FileDescriptor own, _) in _files)
        {
            theirs.Dispose();
            own.Dispose();
        }
    }

    private static void Set(IEnumerable<(FileDescriptor File, NsNamespaceKind Kind)> namespaces)
    {
        foreach ((FileDescriptor file, NsNamespaceKind kind) in namespaces)
        {
            if (Sys.setns(file.Value, (int)kind) < 0)
            {
                throw new LaunchException(LaunchStep.JoinNamespaces, Tmds.Linux.LibC.errno);
            }
        }
    }
}

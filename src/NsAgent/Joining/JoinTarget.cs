using System;
using System.Collections.Generic;
using NsModule.Agent.Init;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Sessions;
using NsModule.Specs;

namespace NsModule.Agent.Joining;

/// <summary>What a new session joins, held by descriptors so that it is the same to the end.</summary>
internal abstract class JoinTarget : IDisposable
{
    /// <summary>
    /// The namespaces that a process will be in, as <see cref="ProcessNamespaces.Read"/> gives them. Of the process itself they could not
    /// be read: it is closed to other processes of its user.
    /// </summary>
    public abstract IReadOnlyDictionary<string, ulong> Namespaces { get; }

    /// <summary>The host name in it; null for the launcher's own.</summary>
    public abstract string? Hostname { get; }

    /// <summary>Takes hold of what the launch joins; null for nothing.</summary>
    /// <exception cref="LaunchException">It is not there, or may not be joined.</exception>
    public static JoinTarget? Open(SessionStore store, LaunchSpec spec) =>
        spec.Join.Length > 0 ? JoinedSession.Open(store, spec.Join)
        : spec.JoinNamespaces.Count > 0 ? JoinedNamespaces.Open(store, spec.JoinNamespaces)
        : null;

    /// <summary>The launch with what it takes over.</summary>
    public abstract LaunchSpec Complete(LaunchSpec spec);

    /// <summary>The namespaces that init enters, in order: each file, or a pidfd, with the CLONE_NEW* flags for setns(2).</summary>
    public abstract IReadOnlyList<(FileDescriptor File, NsNamespaceKind Kinds)> Entrances { get; }

    /// <summary>The root directory that it takes over; null for none.</summary>
    public virtual FileDescriptor? RootDirectory => null;

    /// <param name="milliseconds">How long to wait for that.</param>
    /// <exception cref="LaunchException">What is joined has ended, or ends within this time.</exception>
    public virtual void ThrowIfEnded(int milliseconds = 0)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of the descriptors.</summary>
    protected abstract void Dispose(bool disposing);
}

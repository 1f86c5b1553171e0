using System;
using System.Collections.Generic;
using System.Globalization;
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

/// <summary>A running session that a new one joins: its init, held by pidfd, its root, its namespaces.</summary>
internal sealed class JoinedSession : JoinTarget
{
    private JoinedSession(
        SessionRecord record,
        JoinSpec spec,
        FileDescriptor init,
        FileDescriptor root,
        IReadOnlyList<(FileDescriptor File, NsNamespaceKind Kinds)> entrances)
    {
        Record = record;
        Spec = spec;
        Init = init;
        Root = root;
        Entrances = entrances;
    }

    public SessionRecord Record { get; }

    /// <inheritdoc/>
    public override string? Hostname => Record.Hostname;

    /// <summary>What a joined command takes over.</summary>
    public JoinSpec Spec { get; }

    /// <summary>A pidfd of its init: all of the session is gone when that has ended.</summary>
    public FileDescriptor Init { get; }

    /// <summary>Its root directory (O_PATH).</summary>
    public FileDescriptor Root { get; }

    /// <inheritdoc/>
    public override FileDescriptor? RootDirectory => Root;

    /// <inheritdoc/>
    public override IReadOnlyList<(FileDescriptor File, NsNamespaceKind Kinds)> Entrances { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, ulong> Namespaces => Record.Namespaces;

    /// <summary>Takes hold of a running session.</summary>
    /// <exception cref="LaunchException">It is not there, does not run, or may not be joined.</exception>
    public static JoinedSession Open(SessionStore store, string id)
    {
        SessionRecord record = Find(store, id);
        if (record.JoinedSession is string original)
        {
            // It has nothing of its own: what it is in, and ends with, is the session that it joined.
            record = Find(store, original);
        }

        if (store.SupervisorPid(record) is int supervisor && supervisor != record.Supervisor.Pid)
        {
            // It was started in another PID namespace: the numbers in its record are of that one.
            throw new LaunchException(LaunchStep.JoinAccess, EACCES, id);
        }

        FileDescriptor? init = null;
        FileDescriptor? root = null;
        var entrances = new List<(FileDescriptor File, NsNamespaceKind Kinds)>();
        try
        {
            init = record.Init.OpenPidfd() ?? throw Ended(id);
            JoinSpec spec = store.ReadJoinSpec(record.Id) ?? throw new LaunchException(LaunchStep.JoinSpec, ENOENT, record.Id);
            root = OpenAnchor(record, SessionAnchors.Root, O_PATH | O_DIRECTORY);

            // The user namespace first, which owns the others; without those that we are in ourselves.
            Dictionary<string, ulong> own = ProcessNamespaces.Read(getpid());
            foreach ((NsNamespaceKind kind, string file) in NamespaceFiles.All.OrderByDescending(n => n.Kind == NsNamespaceKind.User))
            {
                if (record.Namespaces.TryGetValue(file, out ulong inode) && inode != own.GetValueOrDefault(file))
                {
                    entrances.Add((OpenAnchor(record, file, O_RDONLY), kind));
                }
            }

            var target = new JoinedSession(record, spec, init, root, entrances);

            // What was found by number is the session's if its init and its supervisor were there all the time.
            target.ThrowIfEnded();
            if (store.SupervisorPid(record) is null)
            {
                throw Ended(id);
            }

            return target;
        }
        catch (Exception e) when (e is NativeException or LaunchException)
        {
            bool gone = !record.Init.IsAlive;
            init?.Dispose();
            root?.Dispose();
            entrances.ForEach(e => e.File.Dispose());
            throw gone ? Ended(id) : e is NativeException native ? new LaunchException(LaunchStep.JoinAccess, native.Errno, id) : e;
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A joined command has no more rights than what is in the session already: its user, capabilities, seccomp filter and limits.
    /// </remarks>
    public override LaunchSpec Complete(LaunchSpec spec) => spec with
    {
        UidMap = [.. Record.UidMap.Select(NsIdMap.Parse)],
        GidMap = [.. Record.GidMap.Select(NsIdMap.Parse)],
        DenySetgroups = Spec.DenySetgroups,
        Identity = spec.Identity with
        {
            User = spec.Identity.User.Length > 0 ? spec.Identity.User : Spec.Identity.User,
            SupplementaryGroups = spec.Identity.User.Length > 0
                ? spec.Identity.SupplementaryGroups
                : [.. Spec.Identity.SupplementaryGroups, .. spec.Identity.SupplementaryGroups],
            Umask = spec.Identity.Umask >= 0 ? spec.Identity.Umask : Spec.Identity.Umask,
            UidMapByHelper = Spec.Identity.UidMapByHelper,
            GidMapByHelper = Spec.Identity.GidMapByHelper,
        },
        Privileges = Spec.Privileges,
        Resources = spec.Resources.Or(Spec.Resources),
        OpenFilesLimit = Spec.Resources.Limits.Any(l => l.Resource == Sys.RLIMIT_NOFILE) ? 0 : spec.OpenFilesLimit,
    };

    /// <inheritdoc/>
    public override void ThrowIfEnded()
    {
        if (!Record.Init.IsAlive)
        {
            throw Ended(Record.Id);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Init.Dispose();
        Root.Dispose();
        foreach ((FileDescriptor file, _) in Entrances)
        {
            file.Dispose();
        }
    }

    /// <summary>A descriptor that the session's supervisor holds.</summary>
    private static FileDescriptor OpenAnchor(SessionRecord record, string name, int flags) =>
        record.Anchors.TryGetValue(name, out int descriptor)
            ? FileDescriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{record.Supervisor.Pid}/fd/{descriptor}"), flags)
            : throw new NativeException("open", ENOENT);

    private static SessionRecord Find(SessionStore store, string id)
    {
        SessionRecord record = store.Read(id) ?? throw new LaunchException(LaunchStep.JoinTarget, ENOENT, id);
        return record.IsFinal ? throw Ended(id)
            : record.State == NsSessionState.Suspended ? throw new LaunchException(LaunchStep.JoinTarget, EBUSY, id)
            : record;
    }

    /// <summary>
    /// What was killed while it joined, or could not be made, may have been so by the end of the session: a PID namespace that ends takes
    /// in no more processes (ENOMEM, pid_namespaces(7)), and the kernel kills all that it has, and waits for them, before its init is gone.
    /// So the init may live a moment longer.
    /// </summary>
    /// <exception cref="LaunchException">The session ends.</exception>
    public unsafe void ThrowIfEnding()
    {
        const int MomentMilliseconds = 1000;
        pollfd init = new() { fd = Init.Value, events = (short)POLLIN };
        if (Sys.poll(&init, 1, MomentMilliseconds) > 0)
        {
            throw Ended(Record.Id);
        }
    }

    private static LaunchException Ended(string id) => new(LaunchStep.JoinTarget, ESRCH, id);
}

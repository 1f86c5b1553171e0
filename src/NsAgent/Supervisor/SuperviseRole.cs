using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Linq;
using NsModule.Agent.Events;
using NsModule.Agent.Joining;
using NsModule.Agent.Launching;
using NsModule.Agent.Output;
using NsModule.Agent.Processes;
using NsModule.Cgroups;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Specs;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Supervisor;

/// <summary><c>ns-agent supervise DIRECTORY</c>: launches one session and stays with it to its end.</summary>
/// <remarks>The launch comes as a frame on standard input, its outcome goes as a frame to standard output.</remarks>
internal static unsafe class SuperviseRole
{
    public static int Run(string directory)
    {
        // Out of pwsh's process group: a ^C at its terminal is not for us.
        _ = setsid();
        _ = Sys.prctl(Sys.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        if (!TryReadSpec(out LaunchSpec? spec))
        {
            return 1;
        }

        if (spec is null)
        {
            SendToLauncher(new LaunchFailure(LaunchStep.Version, 0, "").ToFrame());
            return 1;
        }

        var store = new SessionStore(Path.GetDirectoryName(directory)!);
        bool created = false;
        OutputLog? log = null;
        try
        {
            using SessionName? name = TakeName(store, spec);
            using JoinTarget? target = JoinTarget.Open(store, spec);
            string user = spec.Identity.User;
            spec = Identity.Resolve(target?.Complete(spec) ?? spec, target);
            store.Create(spec.Id);
            created = true;
            store.HoldLock(spec.Id);
            store.WriteJoinSpec(spec.Id, JoinSpec.Of(spec));
            FileDescriptor listener = UnixSocket.Listen(store.SocketPath(spec.Id));
            log = OutputLog.Open(spec);
            using var surroundings = CommandSurroundings.Prepare(store, spec, target);
            SpawnedCommand spawned = Start(spec, surroundings);
            using Pty? pty = spawned.Pty;
            surroundings.Streams.CloseTheirs();
            SessionRecord record = Describe(spec, spawned, target) with
            {
                User = user,
                IPAddress = (target as JoinedSession)?.Record.IPAddress ?? surroundings.Network?.Address,
            };
            store.Write(record);
            if (SessionHooks.Started(spec, spawned.InitPid) is string failure)
            {
                record = record with { HookError = failure };
                store.Write(record);
            }

            using var supervisor = new SessionSupervisor(store, spec, record, name, spawned, surroundings, listener, log);
            SendToLauncher(new WireWriter(FrameKind.Started).Bytes(record.ToJson()).ToFrame());
            SignalMask.BlockInAllThreads();
            supervisor.WatchSignals();
            return Run(store, spec.Id, supervisor);
        }
        catch (Exception e) when (e is LaunchException or CgroupException or NativeException or IOException)
        {
            log?.Discard();
            if (created)
            {
                store.Delete(spec.Id);
            }

            LaunchFailure failure = e switch
            {
                LaunchException launch => launch.Failure,
                CgroupException cgroup => cgroup.Failure,
                NativeException native => new LaunchFailure(LaunchStep.State, native.Errno, native.Call),
                _ => new LaunchFailure(LaunchStep.State, EIO, e.Message),
            };
            SendToLauncher(failure.ToFrame());
            return 1;
        }
    }

    [SuppressMessage(
        "Design",
        "CA1031:Do not catch general exception types",
        Justification = "Whatever it is, the session ends with it, and its owner is to know why.")]
    private static int Run(SessionStore store, string id, SessionSupervisor supervisor)
    {
        try
        {
            supervisor.Run();
            Retention.ScanWhenDue(store, DateTimeOffset.UtcNow);
            return 0;
        }
        catch (Exception e)
        {
            // There may be no other descriptor left to write it with.
            _ = close(0);
            try
            {
                store.WriteLastWords(id, e.ToString());
            }
            catch (NativeException)
            {
            }

            return 1;
        }
    }

    private static SpawnedCommand Start(LaunchSpec spec, CommandSurroundings surroundings)
    {
        try
        {
            return SpawnedCommand.Start(spec, surroundings);
        }
        catch (LaunchException e) when (e.Failure.Step == LaunchStep.Died && surroundings.Cgroup?.Figures().OomKilled == true)
        {
            throw new CgroupException(LaunchStep.CgroupLimit, ENOMEM, CgroupController.Memory);
        }
        catch (LaunchException e) when (surroundings.Target is JoinedSession joined && MayBeItsEnd(e.Failure))
        {
            joined.ThrowIfEnding();
            throw;
        }
    }

    /// <summary>Whether this is what happens in a PID namespace that ends: it takes in no more processes, and kills those it has.</summary>
    private static bool MayBeItsEnd(LaunchFailure failure) =>
        failure.Step == LaunchStep.Died || (failure.Step is LaunchStep.Clone or LaunchStep.Fork && failure.Errno == ENOMEM);

    /// <summary>Reads what is to be launched.</summary>
    /// <param name="spec">The launch; null where the launcher is of another version.</param>
    /// <returns>Whether there was a launch.</returns>
    private static bool TryReadSpec(out LaunchSpec? spec)
    {
        spec = null;
        var decoder = new FrameDecoder(LaunchSpecCodec.MaxPayload);
        while (true)
        {
            if (decoder.TryRead(out FrameKind kind, out ReadOnlySpan<byte> payload))
            {
                spec = kind == FrameKind.Launch ? LaunchSpecCodec.Read(payload) : null;
                return kind == FrameKind.Launch;
            }

            int count;
            fixed (byte* p = decoder.Free)
            {
                count = (int)read(0, p, decoder.Free.Length);
            }

            if (count <= 0)
            {
                return false;
            }

            decoder.Advance(count);
        }
    }

    /// <summary>
    /// Takes the session's name: of two launches at once, one gets it. One that was made up goes by its id, too, and need not be the only
    /// one.
    /// </summary>
    private static SessionName? TakeName(SessionStore store, LaunchSpec spec)
    {
        SessionName? name = store.TakeName(spec.Name);
        return name is null && spec.NameIsReserved ? throw new LaunchException(LaunchStep.Name, EEXIST, spec.Name) : name;
    }

    private static SessionRecord Describe(LaunchSpec spec, SpawnedCommand spawned, JoinTarget? target) => new()
    {
        Id = spec.Id,
        Name = spec.Name,
        Hostname = target?.Hostname ?? (spec.Hostname.Length > 0 ? spec.Hostname : Environment.MachineName),
        FilePath = spawned.FilePath,
        Arguments = spec.Arguments,
        Supervisor = ProcessIdentity.Of(getpid()),
        InitPid = spawned.InitPid,
        InitStartTicks = ProcessIdentity.Of(spawned.InitPid).StartTicks,
        CommandPid = spawned.CommandPid,
        State = NsSessionState.Running,
        StartTime = DateTimeOffset.UtcNow,
        Namespaces = spawned.Namespaces,
        Anchors = spawned.Anchors?.Descriptors ?? new Dictionary<string, int>(),
        UidMap = [.. spec.UidMap.Select(l => l.ToString())],
        GidMap = [.. spec.GidMap.Select(l => l.ToString())],
        RootPath = (target as JoinedSession)?.Record.RootPath ?? (spec.FileSystem.HasRoot ? spec.FileSystem.RootPath : null),
        WorkingDirectory = spec.WorkingDirectory,
        Mounts = [.. spec.FileSystem.Mounts.Skip(spec.FileSystem.UsualMounts).Select(m => m.ReadOnly ? $"{m} (read-only)" : $"{m}")],
        RemoveOnExit = spec.RemoveOnExit,
        SeparateError = spec.Streams == StandardStreams.TerminalAndError,
        JoinedSession = (target as JoinedSession)?.Record.Id,
        OutputLog = spec.OutputLog.Path.Length > 0 ? spec.OutputLog.Path : null,
        Network = target switch
        {
            JoinedSession session => session.Record.Network,
            _ when spec.JoinNamespaces.Concat(spec.SharedNamespaces).Any(n => n.Kind == NsNamespaceKind.Net) => null,
            _ => spec.Network.Mode,
        },
        PublishedPorts = [.. spec.Network.Ports.Select(p => p.ToString())],
        TerminalSize = spec.Streams == StandardStreams.Pipes ? default
            : spec.TerminalSize == default ? NsTerminalSize.Default
            : spec.TerminalSize,
    };

    private static void SendToLauncher(byte[] frame)
    {
        try
        {
            FileDescriptor.WriteAll(1, frame);
        }
        catch (NativeException)
        {
            // A launcher that is gone shows as the end of standard input.
        }
    }
}

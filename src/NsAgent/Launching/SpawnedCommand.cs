using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Agent.Init;
using NsModule.Agent.Joining;
using NsModule.Agent.Mounts;
using NsModule.Agent.Processes;
using NsModule.Agent.Users;
using NsModule.Cgroups;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Launching;

/// <summary>The processes of a launch that has succeeded, held by pidfd.</summary>
internal sealed class SpawnedCommand
{
    /// <summary>What the end of a session's processes takes at most, until its init is gone, too.</summary>
    private const int MomentMilliseconds = 1000;

    private SpawnedCommand(
        Pty? pty,
        int initPid,
        FileDescriptor init,
        int commandPid,
        FileDescriptor command,
        string filePath,
        IReadOnlyDictionary<string, ulong> namespaces)
    {
        Pty = pty;
        InitPid = initPid;
        Init = init;
        CommandPid = commandPid;
        Command = command;
        FilePath = filePath;
        Namespaces = namespaces;
    }

    /// <summary>Its terminal; null for none.</summary>
    public Pty? Pty { get; }

    /// <summary>What those who join the session need; null for one that has itself joined.</summary>
    public SessionAnchors? Anchors { get; private init; }

    /// <summary>Pid of init, in the supervisor's PID namespace; without an init, of the command.</summary>
    public int InitPid { get; }

    /// <summary>Its pidfd.</summary>
    public FileDescriptor Init { get; }

    /// <summary>Pid of the command, in the supervisor's PID namespace.</summary>
    public int CommandPid { get; }

    /// <summary>Its pidfd, opened while the command could not yet end.</summary>
    public FileDescriptor Command { get; }

    /// <summary>The path that was executed.</summary>
    public string FilePath { get; }

    /// <summary>The namespaces it runs in: file name under /proc/PID/ns, and inode.</summary>
    public IReadOnlyDictionary<string, ulong> Namespaces { get; }

    /// <summary>Makes the namespaces and starts the command in them, on its streams.</summary>
    /// <exception cref="LaunchException">A step failed; no process is left.</exception>
    /// <param name="spec">The launch.</param>
    /// <param name="surroundings">What is ready for it.</param>
    public static unsafe SpawnedCommand Start(LaunchSpec spec, CommandSurroundings surroundings)
    {
        JoinTarget? target = surroundings.Target;
        using var entrance = CgroupEntrance.Open(surroundings.Cgroup);
        using var sources = new HostSources(surroundings.Cgroup);
        using var hooks = new InsideHooks(spec);
        using var channel = InitChannel.Open(hooks.Room);
        using var self = new FileDescriptor(Check(LaunchStep.Descriptors, Sys.pidfd_open(getpid())));
        using var memory = new InitPlanMemory();
        var steps = LaunchPlan.Compile(spec, Descriptors(surroundings, entrance, hooks, channel, self), sources);
        InitPlan* plan = steps.Write(memory);

        int pidfd = -1;
        Sys.clone_args args = default;
        // Those whose clocks differ, or whose root is to be the session's own cgroup, init makes itself.
        NsNamespaceKind later = NsNamespaceKind.Cgroup | (spec.TimeOffsets.IsSet ? NsNamespaceKind.Time : NsNamespaceKind.None);
        args.flags = (ulong)(long)(spec.Namespaces & ~later) | (uint)Sys.CLONE_PIDFD;
        args.pidfd = (ulong)&pidfd;
        args.exit_signal = (ulong)SIGCHLD;
        entrance.Prepare(&args);

        using var shared = new SharedNamespaces(spec.SharedNamespaces);
        string? oomScore = CommandResources.TakeOomScore(spec.Resources.OomScoreAdjustment);
        shared.Enter();
        int pid = Sys.clone3(&args);
        if (pid == 0)
        {
            InitProgram.Run(plan);
        }

        int cloneErrno = errno;
        shared.Leave();
        CommandResources.RestoreOomScore(oomScore);
        if (pid < 0)
        {
            entrance.ThrowIfRefused(cloneErrno);
            throw new LaunchException(LaunchStep.Clone, cloneErrno);
        }

        var init = new FileDescriptor(pidfd);
        SessionAnchors? anchors = null;
        Pty? inside = null;
        try
        {
            channel.Theirs.Dispose();
            if (spec.Namespaces.HasFlag(NsNamespaceKind.User))
            {
                IdMaps.Write(pid, spec);
            }

            steps.Mounts.MapIds(pid);

            // After the maps: a map that may not be written is to be the error, not what would follow from it.
            GiveStreamsToCommand(spec, surroundings.Streams);

            // While init is still open to us: it may shut itself off from its own user later.
            surroundings.Network?.Connect(pid);
            sources.Dispose();
            if (steps.Awaits(ReportKind.Waiting))
            {
                _ = Await(channel, ReportKind.Waiting, steps);
                hooks.Tell(pid);
                channel.SendWord();
            }

            inside = spec.HasOwnTerminal ? AwaitTerminal(channel, steps, spec) : null;
            if (steps.Awaits(ReportKind.RootReady))
            {
                _ = Await(channel, ReportKind.RootReady, steps);
                SessionHooks.Create(spec, pid);
                channel.SendWord();
            }

            (int commandPid, FileDescriptor command) = AwaitCommand(channel, steps);
            CommandResources.Apply(commandPid, spec.Resources);
            anchors = target is null ? new SessionAnchors(commandPid) : null;
            IReadOnlyDictionary<string, ulong> namespaces = target?.Namespaces ?? ProcessNamespaces.Read(commandPid);
            channel.SendWord();
            string path = AwaitExecution(channel, steps);
            return new SpawnedCommand(inside ?? surroundings.Terminal, pid, init, commandPid, command, path, namespaces)
            {
                Anchors = anchors,
            };
        }
        catch (Exception e)
        {
            _ = Sys.pidfd_send_signal(init.Value, SIGKILL);
            Sys.siginfo_t info;
            _ = Sys.waitid(Sys.P_PIDFD, (uint)init.Value, &info, Sys.WEXITED);
            init.Dispose();
            anchors?.Dispose();
            inside?.Dispose();

            SessionHooks.Stopped(spec);

            // Its end makes steps fail in many ways; it is the cause of all.
            target?.ThrowIfEnded(e is LaunchException launch && ComesBeforeItsEnd(launch.Failure) ? MomentMilliseconds : 0);
            throw;
        }
    }

    /// <summary>
    /// Whether this may be the end of a session that is joined, a moment before its init is gone: a PID namespace that ends takes in no
    /// more processes (ENOMEM, pid_namespaces(7)), and the kernel kills all that it has, and waits for them.
    /// </summary>
    private static bool ComesBeforeItsEnd(LaunchFailure failure) =>
        failure.Step == LaunchStep.Died || (failure.Step == LaunchStep.Fork && failure.Errno == ENOMEM);

    private static LaunchDescriptors Descriptors(
        CommandSurroundings surroundings,
        CgroupEntrance entrance,
        InsideHooks hooks,
        InitChannel channel,
        FileDescriptor self)
    {
        uint mask = Sys.umask(0);
        _ = Sys.umask(mask);
        return new LaunchDescriptors
        {
            Channel = channel.Theirs.Value,
            Supervisor = self.Value,
            Terminal = surroundings.Terminal?.Slave.Value ?? -1,
            TerminalPath = surroundings.Terminal?.Path,
            Input = surroundings.Streams.Input,
            Output = surroundings.Streams.Output,
            Error = surroundings.Streams.Error,
            Tasks = [.. entrance.Tasks.Select(t => (t.Path, t.File.Value))],
            Joined = surroundings.Target is null ? null : [.. surroundings.Target.Entrances.Select(e => (e.File.Value, e.Kinds))],
            JoinedRoot = surroundings.Target?.RootDirectory?.Value ?? -1,
            CreatingState = hooks.Creating,
            CreatedState = hooks.Created,
            Umask = mask,
        };
    }

    /// <summary>
    /// The owner of a terminal's slave side, and of a pipe, is who made it; it must be the user that the command runs as.
    /// </summary>
    private static void GiveStreamsToCommand(LaunchSpec spec, CommandStreams streams)
    {
        uint? inside = (ProcessIds.OfCommand(spec) ?? ProcessIds.OfInit(spec))?.Uid;
        uint owner = (spec.UidMap.Count == 0 || inside is not uint mapped ? inside : NsIdMap.ToOutside(spec.UidMap, mapped))
            ?? (uint)geteuid();
        if (owner != (uint)geteuid() && !streams.TryGiveTo(owner) && !spec.Identity.UidMapByHelper)
        {
            // Nobody but root may give a file away. The user of an ordinary user's sub-ids has its descriptors all the same.
            throw new LaunchException(LaunchStep.Streams, errno);
        }
    }

    /// <summary>The terminal that init has opened inside.</summary>
    private static Pty AwaitTerminal(InitChannel channel, LaunchPlan steps, LaunchSpec spec)
    {
        InitChannel.Message message = Await(channel, ReportKind.Terminal, steps);
        return message.Descriptor >= 0
            ? Pty.From(new FileDescriptor(message.Descriptor), spec.TerminalSize, spec.TerminalSettings)
            : throw new LaunchException(LaunchStep.Died, 0);
    }

    private static (int Pid, FileDescriptor Pidfd) AwaitCommand(InitChannel channel, LaunchPlan steps)
    {
        int sender = Await(channel, ReportKind.CommandReady, steps).Sender;
        return (sender, new FileDescriptor(Check(LaunchStep.Died, Sys.pidfd_open(sender))));
    }

    /// <summary>Waits for a report of that kind, or for the one that says why it does not come.</summary>
    private static InitChannel.Message Await(InitChannel channel, ReportKind kind, LaunchPlan steps)
    {
        InitChannel.Message message = channel.Receive() ?? throw new LaunchException(LaunchStep.Died, 0);
        return message.Report.Kind == kind ? message : throw steps.Explain(message);
    }

    private static string AwaitExecution(InitChannel channel, LaunchPlan steps)
    {
        int index = -1;
        while (channel.Receive() is InitChannel.Message message)
        {
            index = message.Report.Kind == ReportKind.Trying ? message.Report.Index : throw steps.Explain(message);
        }

        // The channel ended without a word: executed, unless nothing was tried.
        return steps.Candidates.ElementAtOrDefault(index).Path ?? throw new LaunchException(LaunchStep.Died, 0);
    }

    private static int Check(LaunchStep step, int result) => result >= 0 ? result : throw new LaunchException(step, errno);
}

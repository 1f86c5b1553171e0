using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.Agent.Init;
using NsModule.Agent.Joining;
using NsModule.Agent.Mounts;
using NsModule.Agent.Processes;
using NsModule.Agent.Users;
using NsModule.Cgroups;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Seccomp;
using NsModule.Specs;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Launching;

/// <summary>The processes of a launch that has succeeded, held by pidfd.</summary>
internal sealed class SpawnedCommand
{
    private SpawnedCommand(Pty? pty, int initPid, FileDescriptor init, int commandPid, FileDescriptor command, string filePath, IReadOnlyDictionary<string, ulong> namespaces)
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
        (CommandStreams streams, JoinTarget? target) = (surroundings.Streams, surroundings.Target);
        using var memory = new InitPlanMemory();
        IReadOnlyList<(string Path, string Name)> candidates = CommandPath.Candidates(spec.FilePath, spec.Environment);
        InitPlan* plan = Prepare(spec, candidates, memory);
        using var entrance = CgroupEntrance.Open(surroundings.Cgroup);
        entrance.Prepare(plan, memory);
        plan->Slave = surroundings.Terminal?.Slave.Value ?? -1;
        (plan->Input, plan->Output, plan->Error) = (streams.Input, streams.Output, streams.Error);
        using var sources = new HostSources(surroundings.Cgroup);
        MountPlan mounts = MountCompiler.Compile(spec, sources, surroundings.Terminal?.Path);
        mounts.Write(plan, memory);
        plan->AwaitSupervisor |= mounts.IdMapped.Count > 0;
        if (target is not null)
        {
            target.Prepare(plan, memory);
        }

        using var hooks = new InsideHooks(spec, plan, memory);
        using var channel = InitChannel.Open(hooks.Room);
        using var self = new FileDescriptor(Check(LaunchStep.Descriptors, Sys.pidfd_open(getpid())));
        plan->Channel = channel.Theirs.Value;
        plan->SupervisorPidfd = self.Value;

        int pidfd = -1;
        Sys.clone_args args = default;
        // Those whose clocks differ, or whose root is to be the session's own cgroup, init makes itself.
        NsNamespaceKind later = NsNamespaceKind.Cgroup | (plan->TimeOffsets == null ? NsNamespaceKind.None : NsNamespaceKind.Time);
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

            mounts.MapIds(pid);

            // After the maps: a map that may not be written is to be the error, not what would follow from it.
            GiveStreamsToCommand(spec, plan, streams);

            // While init is still open to us: it may shut itself off from its own user later.
            surroundings.Network?.Connect(pid);
            sources.Dispose();
            if (plan->AwaitSupervisor)
            {
                _ = Await(channel, ReportKind.Waiting, spec, mounts, entrance);
                hooks.Tell(pid);
                channel.SendWord();
            }

            inside = spec.HasOwnTerminal ? AwaitTerminal(channel, spec, mounts, entrance) : null;
            if (spec.FileSystem.HasRoot && spec.Hooks.SeesRoot)
            {
                _ = Await(channel, ReportKind.RootReady, spec, mounts, entrance);
                SessionHooks.Create(spec, pid);
                channel.SendWord();
            }

            (int commandPid, FileDescriptor command) = AwaitCommand(channel, spec, mounts, entrance);
            CommandResources.Apply(commandPid, spec.Resources);
            anchors = target is null ? new SessionAnchors(commandPid) : null;
            IReadOnlyDictionary<string, ulong> namespaces = target?.Namespaces ?? ProcessNamespaces.Read(commandPid);
            channel.SendWord();
            string path = AwaitExecution(channel, candidates, spec);
            return new SpawnedCommand(inside ?? surroundings.Terminal, pid, init, commandPid, command, path, namespaces) { Anchors = anchors };
        }
        catch
        {
            _ = Sys.pidfd_send_signal(init.Value, SIGKILL);
            Sys.siginfo_t info;
            _ = Sys.waitid(Sys.P_PIDFD, (uint)init.Value, &info, Sys.WEXITED);
            init.Dispose();
            anchors?.Dispose();
            inside?.Dispose();

            SessionHooks.Stopped(spec);

            // Its end makes steps fail in many ways; it is the cause of all.
            target?.ThrowIfEnded();
            throw;
        }
    }

    private static unsafe InitPlan* Prepare(LaunchSpec spec, IReadOnlyList<(string Path, string Name)> candidates, InitPlanMemory memory)
    {
        var plan = (InitPlan*)memory.Allocate(sizeof(InitPlan));
        bool user = spec.UidMap.Count > 0;
        plan->AwaitSupervisor = spec.Namespaces.HasFlag(NsNamespaceKind.User);
        plan->CgroupNamespace = spec.Namespaces.HasFlag(NsNamespaceKind.Cgroup);
        plan->NoInit = spec.NoInit;
        plan->EndsOrphans = !spec.Namespaces.HasFlag(NsNamespaceKind.Pid);
        plan->HasRoot = spec.FileSystem.HasRoot;
        plan->Loopback = spec.Namespaces.HasFlag(NsNamespaceKind.Net);
        plan->SetIds = user;
        plan->ClearGroups = user && !spec.DenySetgroups;
        plan->Uid = Identity.InsideId(spec.UidMap, geteuid());
        plan->Gid = Identity.InsideId(spec.GidMap, getegid());
        plan->Dumpable = spec.Identity.UidMapByHelper && spec.Join.Length == 0;
        PrepareCredentials(spec, plan, memory);
        if (spec.TimeOffsets.IsSet)
        {
            string offsets = TimeOffsets(spec.TimeOffsets);
            plan->TimeOffsets = memory.String(offsets);
            plan->TimeOffsetsLength = offsets.Length;
        }

        if (spec.Hostname.Length > 0)
        {
            plan->Hostname = memory.String(spec.Hostname);
            plan->HostnameLength = CString.From(spec.Hostname).Length - 1;
        }

        if (spec.DomainName.Length > 0)
        {
            plan->DomainName = memory.String(spec.DomainName);
            plan->DomainNameLength = CString.From(spec.DomainName).Length - 1;
        }

        plan->OpenFilesLimit = spec.OpenFilesLimit;
        plan->WorkingDirectory = memory.String(spec.WorkingDirectory);
        plan->Environment = memory.Vector(spec.Environment);
        plan->CandidateCount = candidates.Count;
        plan->Candidates = (InitPlan.Candidate*)memory.Allocate(candidates.Count * sizeof(InitPlan.Candidate));
        for (int i = 0; i < candidates.Count; i++)
        {
            // The vectors differ only where bash and sh are tried in turn.
            bool same = i > 0 && candidates[i].Name == candidates[i - 1].Name;
            plan->Candidates[i].Path = memory.String(candidates[i].Path);
            plan->Candidates[i].Arguments = same ? plan->Candidates[i - 1].Arguments : memory.Vector([candidates[i].Name, .. spec.Arguments]);
        }

        return plan;
    }

    private static unsafe void PrepareCredentials(LaunchSpec spec, InitPlan* plan, InitPlanMemory memory)
    {
        CredentialPlan* credentials = &plan->Credentials;
        uint uid = plan->Uid;
        if (spec.Identity.User.Length > 0)
        {
            // Resolved: numbers.
            uint[] ids = [.. spec.Identity.User.Split(':').Select(n => uint.Parse(n, CultureInfo.InvariantCulture))];
            uint[] groups = [.. spec.Identity.SupplementaryGroups.Select(n => uint.Parse(n, CultureInfo.InvariantCulture))];
            credentials->SetUser = true;
            credentials->Uid = uid = ids[0];
            credentials->Gid = ids[1];
            credentials->KeepGroups = spec.DenySetgroups;
            credentials->GroupCount = groups.Length;
            credentials->Groups = (uint*)memory.Allocate(groups.Length * sizeof(uint));
            groups.CopyTo(new Span<uint>(credentials->Groups, groups.Length));
        }

        credentials->Umask = spec.Identity.Umask;
        credentials->Capabilities = spec.Privileges.Capabilities;
        credentials->Permitted = spec.Privileges.PermittedCapabilities;
        credentials->Ambient = uid == 0 ? 0 : spec.Privileges.AddedCapabilities;
        credentials->LastCapability = Capabilities.Last;
        credentials->NoNewPrivileges = spec.Privileges.NoNewPrivileges;
        credentials->FilterFlags = spec.Privileges.SeccompFlags;
        credentials->Filter = Filter(spec.Privileges.SeccompFilter.Span, memory);
        credentials->NetworkFilter = Filter(spec.Privileges.ClosedNetwork ? NetworkFilter.Code : [], memory);
    }

    private static unsafe Sys.sock_fprog Filter(ReadOnlySpan<byte> code, InitPlanMemory memory)
    {
        var program = new Sys.sock_fprog { len = (ushort)(code.Length / 8), filter = (byte*)memory.Allocate(code.Length) };
        code.CopyTo(new Span<byte>(program.filter, code.Length));
        return program;
    }

    /// <summary>Lines of /proc/PID/timens_offsets: clock, seconds, nanoseconds; the latter never negative.</summary>
    private static string TimeOffsets(TimeOffsetSpec offsets) => string.Concat(
        new[] { ("monotonic", offsets.Monotonic), ("boottime", offsets.Boottime) }.Select(o =>
        {
            long seconds = (long)Math.Floor((decimal)o.Item2.Ticks / TimeSpan.TicksPerSecond);
            return string.Create(CultureInfo.InvariantCulture, $"{o.Item1} {seconds} {(o.Item2.Ticks - (seconds * TimeSpan.TicksPerSecond)) * 100}\n");
        }));

    /// <summary>The owner of a terminal's slave side, and of a pipe, is who made it; it must be the user that the command runs as.</summary>
    private static unsafe void GiveStreamsToCommand(LaunchSpec spec, InitPlan* plan, CommandStreams streams)
    {
        uint inside = plan->Credentials.SetUser ? plan->Credentials.Uid : plan->Uid;
        uint owner = spec.UidMap.Count == 0 ? (plan->Credentials.SetUser ? inside : (uint)geteuid()) : NsIdMap.ToOutside(spec.UidMap, inside) ?? (uint)geteuid();
        if (owner != (uint)geteuid() && !streams.TryGiveTo(owner) && !spec.Identity.UidMapByHelper)
        {
            // Nobody but root may give a file away. The user of an ordinary user's sub-ids has its descriptors all the same.
            throw new LaunchException(LaunchStep.Streams, errno);
        }
    }

    /// <summary>The terminal that init has opened inside.</summary>
    private static Pty AwaitTerminal(InitChannel channel, LaunchSpec spec, MountPlan mounts, CgroupEntrance entrance)
    {
        InitChannel.Message message = Await(channel, ReportKind.Terminal, spec, mounts, entrance);
        return message.Descriptor >= 0 ? Pty.From(new FileDescriptor(message.Descriptor), spec.TerminalSize) : throw new LaunchException(LaunchStep.Died, 0);
    }

    private static unsafe (int Pid, FileDescriptor Pidfd) AwaitCommand(InitChannel channel, LaunchSpec spec, MountPlan mounts, CgroupEntrance entrance)
    {
        int sender = Await(channel, ReportKind.CommandReady, spec, mounts, entrance).Sender;
        return (sender, new FileDescriptor(Check(LaunchStep.Died, Sys.pidfd_open(sender))));
    }

    /// <summary>Waits for a report of that kind, or for the one that says why it does not come.</summary>
    private static InitChannel.Message Await(InitChannel channel, ReportKind kind, LaunchSpec spec, MountPlan mounts, CgroupEntrance entrance)
    {
        InitChannel.Message message = channel.Receive() ?? throw new LaunchException(LaunchStep.Died, 0);
        Report report = message.Report;
        return report.Kind == kind ? message
            : throw (Exception?)InsideHooks.Explain(message, spec) ?? (LaunchStep)report.Step switch
            {
                LaunchStep.Mount => new LaunchException(mounts.Steps[report.Index].Step, report.Errno, mounts.Steps[report.Index].Detail),
                LaunchStep.CgroupEnter => entrance.Failure(report.Index, report.Errno),
                var step => new LaunchException(step, report.Errno),
            };
    }

    private static string AwaitExecution(InitChannel channel, IReadOnlyList<(string Path, string Name)> candidates, LaunchSpec spec)
    {
        int index = -1;
        while (channel.Receive() is InitChannel.Message message)
        {
            Report report = message.Report;
            if (report.Kind != ReportKind.Trying)
            {
                var step = (LaunchStep)report.Step;
                throw InsideHooks.Explain(message, spec) ?? new LaunchException(step, report.Errno, step switch
                {
                    LaunchStep.Exec => candidates[0].Name,
                    LaunchStep.WorkingDirectory => spec.WorkingDirectory,
                    _ => "",
                });
            }

            index = report.Index;
        }

        // The channel ended without a word: executed, unless nothing was tried.
        return candidates.ElementAtOrDefault(index).Path ?? throw new LaunchException(LaunchStep.Died, 0);
    }

    private static int Check(LaunchStep step, int result) => result >= 0 ? result : throw new LaunchException(step, errno);
}

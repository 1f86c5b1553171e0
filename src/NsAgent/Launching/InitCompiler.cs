using System;
using System.Collections.Generic;
using System.Globalization;
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

/// <summary>Makes a launch into what init does. The order is the point: <see cref="Compile"/> has it.</summary>
internal sealed class InitCompiler
{
    private readonly LaunchSpec _spec;
    private readonly LaunchDescriptors _descriptors;
    private readonly MountPlan _mounts;
    private readonly Slots _slots;
    private readonly ProcessIds? _ids;
    private readonly int _supervisor;
    private readonly int _children;

    /// <param name="spec">The launch.</param>
    /// <param name="descriptors">What is open.</param>
    /// <param name="mounts">What is done for the session's file system.</param>
    /// <param name="slots">Where descriptors are.</param>
    public InitCompiler(LaunchSpec spec, LaunchDescriptors descriptors, MountPlan mounts, Slots slots)
    {
        (_spec, _descriptors, _mounts, _slots) = (spec, descriptors, mounts, slots);
        _ids = ProcessIds.OfInit(spec);
        _supervisor = slots.Add(descriptors.Supervisor);
        _children = EndsOrphans ? slots.Add() : Slots.None;
    }

    /// <summary>No PID namespace ends with init: what the command leaves is init's to end, should the supervisor die.</summary>
    private bool EndsOrphans => !_spec.Namespaces.HasFlag(NsNamespaceKind.Pid);

    private bool Joins => _descriptors.Joined is not null;

    /// <summary>The steps, in order.</summary>
    public IReadOnlyList<InitStep> Compile() =>
    [
        .. OpenChildren(),
        .. EnterCgroups(),
        .. AwaitSupervisor(),
        DieWithSupervisor(),
        .. Join(),
        .. MakeCgroupNamespace(),
        .. Unmasked(_mounts.Early),
        .. TryWorkingDirectory(),
        .. BecomeMappedUser(),
        .. MakeTimeNamespace(),
        .. SetNames(),
        .. BringLoopbackUp(),
        .. Unmasked([.. _mounts.Made, .. AwaitRootHooks(), .. _mounts.Entered]),
        .. _spec.NoInit ? [] : StartCommand(),
    ];

    /// <summary>Before anything of the session exists that could stand in for the list.</summary>
    private IEnumerable<InitStep> OpenChildren() => !EndsOrphans ? [] :
    [
        Unfailing(InitOpKind.OpenFile) with { Slot = _children, Name = "/proc/thread-self/children", Flags = (ulong)O_RDONLY },
    ];

    /// <summary>A thread that moves itself, by 0, waits for nobody (<see cref="CgroupEntrance"/>).</summary>
    private IEnumerable<InitStep> EnterCgroups() => _descriptors.Tasks.Select(t =>
        new InitStep(InitOpKind.Write, LaunchStep.CgroupEnter, CgroupException.Describe("", t.Path))
        {
            Slot = _slots.Add(t.Descriptor),
            Text = "0",
        });

    /// <summary>For the supervisor to write the id maps, give mounts their ids, and tell hooks the session's state.</summary>
    private IEnumerable<InitStep> AwaitSupervisor() =>
        _spec.Namespaces.HasFlag(NsNamespaceKind.User)
        || _mounts.IdMapped.Count > 0
        || _descriptors.CreatingState >= 0
        || _descriptors.CreatedState >= 0
            ? [Await(ReportKind.Waiting)]
            : [];

    /// <summary>
    /// In a process, not a thread, so no race with the thread that forked; lost if the supervisor is dead already. Changing the ids clears
    /// it.
    /// </summary>
    private InitStep DieWithSupervisor() => new(InitOpKind.DeathSignal, LaunchStep.Died) { Slot = _supervisor, Number = SIGKILL };

    /// <summary>
    /// Enters namespaces whose processes may be hostile: until execve none of them can look into this one (ptrace(2), /proc/PID/fd). The
    /// PID namespace becomes that of our children.
    /// </summary>
    private IEnumerable<InitStep> Join()
    {
        if (!Joins)
        {
            yield break;
        }

        yield return Unfailing(InitOpKind.Dumpable);
        foreach ((int descriptor, NsNamespaceKind kind) in _descriptors.Joined!)
        {
            yield return new(InitOpKind.EnterNamespace, LaunchStep.JoinNamespaces) { Slot = _slots.Add(descriptor), Flags = (ulong)kind };
        }

        if (_descriptors.JoinedRoot >= 0)
        {
            yield return new(InitOpKind.ChangeRoot, LaunchStep.JoinRoot) { Slot = _slots.Add(_descriptors.JoinedRoot) };
        }
    }

    /// <summary>As what clone3 has made of us: in the new user namespace, with all capabilities.</summary>
    private IEnumerable<InitStep> MakeCgroupNamespace() => !_spec.Namespaces.HasFlag(NsNamespaceKind.Cgroup) ? [] :
    [
        new(InitOpKind.Unshare, LaunchStep.CgroupNamespace) { Flags = Sys.CLONE_NEWCGROUP },
    ];

    /// <summary>The modes of what is made are meant as they are.</summary>
    private IEnumerable<InitStep> Unmasked(IReadOnlyList<InitStep> steps) =>
        steps.Count == 0 ? [] : [Umask(0), .. steps, Umask(_descriptors.Umask)];

    /// <summary>While we may still go where the mapped user may not; tried again as that user before the command is executed.</summary>
    private IEnumerable<InitStep> TryWorkingDirectory() => Joins || _spec.FileSystem.HasRoot ? [] :
    [
        new(InitOpKind.TryDirectory, LaunchStep.WorkingDirectory) { Slot = Slots.WorkingDirectory, Name = _spec.WorkingDirectory },
    ];

    private IEnumerable<InitStep> BecomeMappedUser()
    {
        if (_ids is not ProcessIds ids)
        {
            yield break;
        }

        if (!_spec.DenySetgroups)
        {
            // EPERM: an outer user namespace denies it for good; then an ordinary user's groups stay, as they do for one.
            yield return new(InitOpKind.Groups, LaunchStep.Identity) { Tolerance = Tolerance.Refused };
        }

        yield return new(InitOpKind.Ids, LaunchStep.Identity) { Uid = ids.Uid, Gid = ids.Gid };
        yield return DieWithSupervisor();
        if (_spec.Identity.UidMapByHelper && _spec.Join.Length == 0)
        {
            // Changing the ids closes the process to its own user, who is to join it.
            yield return Unfailing(InitOpKind.Dumpable) with { Number = 1 };
        }
    }

    /// <summary>
    /// With other clocks (time_namespaces(7)): the offsets can be written only while nobody is in it, which clone3 does not allow for.
    /// </summary>
    private IEnumerable<InitStep> MakeTimeNamespace()
    {
        if (!_spec.TimeOffsets.IsSet)
        {
            return [];
        }

        (int offsets, int space) = (_slots.Add(), _slots.Add());
        return
        [
            new(InitOpKind.Unshare, LaunchStep.TimeOffsets) { Flags = Sys.CLONE_NEWTIME },
            Open("/proc/self/timens_offsets", offsets, O_WRONLY, LaunchStep.TimeOffsets),
            new(InitOpKind.Write, LaunchStep.TimeOffsets) { Slot = offsets, Text = TimeOffsets(_spec.TimeOffsets) },
            Open("/proc/self/ns/time_for_children", space, O_RDONLY, LaunchStep.TimeNamespace),
            new(InitOpKind.EnterNamespace, LaunchStep.TimeNamespace) { Slot = space, Flags = Sys.CLONE_NEWTIME },
            DieWithSupervisor(),
        ];

        static InitStep Open(string path, int slot, int flags, LaunchStep step) =>
            new(InitOpKind.OpenFile, step) { Slot = slot, Name = path, Flags = (ulong)flags };
    }

    private IEnumerable<InitStep> SetNames() =>
    [
        .. _spec.Hostname.Length == 0 ? (InitStep[])[] : [new(InitOpKind.Hostname, LaunchStep.Hostname) { Text = _spec.Hostname }],
        .. _spec.DomainName.Length == 0 ? (InitStep[])[] : [new(InitOpKind.DomainName, LaunchStep.DomainName) { Text = _spec.DomainName }],
    ];

    /// <summary>Before /proc is mounted: afterwards some kernels refuse it.</summary>
    private IEnumerable<InitStep> BringLoopbackUp() => !_spec.Namespaces.HasFlag(NsNamespaceKind.Net) ? [] :
    [
        new(InitOpKind.Loopback, LaunchStep.Loopback),
    ];

    /// <summary>
    /// All is in its place, and the root is the host's still: hooks of the supervisor's, and then those that init runs itself.
    /// </summary>
    private IEnumerable<InitStep> AwaitRootHooks()
    {
        if (!_spec.Hooks.SeesRoot || !_spec.FileSystem.HasRoot)
        {
            return [];
        }

        int state = _slots.Add(_descriptors.CreatingState);
        return
        [
            Await(ReportKind.RootReady),
            Umask(_descriptors.Umask),
            .. _spec.Hooks.CreateContainer.Select(h => HookStep(h, LaunchStep.CreateContainerHook, state, []) with { From = _mounts.Root }),
            Umask(0),
        ];
    }

    private IEnumerable<InitStep> StartCommand() =>
    [
        // Where there is no new PID namespace, this makes orphans init's all the same.
        Unfailing(InitOpKind.Subreaper),

        // Nobody in the session may look into its init (ptrace(2), /proc/1/mem, /proc/1/fd, /proc/1/exe), which runs as the same user:
        // from before there is anybody, for the command may run ahead of us.
        Unfailing(InitOpKind.Dumpable) with { Slot = Slots.Dumpable },
        new(InitOpKind.Fork, LaunchStep.Fork) { Slot = Slots.Command },
        .. KeepOnlyChildren(),

        // Nor a working directory, which would keep its file system busy.
        Unfailing(InitOpKind.ChangeDirectory) with { Name = "/" },

        // From here on it sends signals to a command that may be another user, and nothing else.
        Unfailing(InitOpKind.Capabilities) with { Flags = 1ul << Sys.CAP_KILL },
        Unfailing(InitOpKind.AmbientCapabilities),
        Unfailing(InitOpKind.Reap) with { Slot = Slots.Command, From = _children },
    ];

    /// <summary>
    /// The channel's end tells the supervisor that the command was executed: init keeps no copy of it. Nor of the terminal.
    /// </summary>
    private IEnumerable<InitStep> KeepOnlyChildren() => !EndsOrphans ? [CloseFrom(0)] :
    [
        // No PID namespace ends with us, and a command that has changed its ids has lost its own signal.
        Unfailing(InitOpKind.DeathSignal) with { Number = Reaper.SupervisorGone },
        Unfailing(InitOpKind.Duplicate) with { From = _children, Slot = _children, Number = 0, Skip = 2 },
        CloseFrom(1),
        Unfailing(InitOpKind.Jump) with { Skip = 1 },
        CloseFrom(0),
    ];

    /// <summary>A hook that runs inside.</summary>
    /// <param name="hook">The hook.</param>
    /// <param name="step">What is reported as failed.</param>
    /// <param name="state">The slot of what it reads.</param>
    /// <param name="environment">Its environment where it names none.</param>
    public static InitStep HookStep(Hook hook, LaunchStep step, int state, IReadOnlyList<string> environment) => new(InitOpKind.Hook, step)
    {
        Hook = hook,
        Slot = state,
        Name = hook.Path,
        Names = hook.Arguments,
        Environment = hook.Environment.Count > 0 ? hook.Environment : environment,
        Number = (int)hook.Timeout.TotalSeconds,
    };

    /// <summary>A report that stands for a moment at which the supervisor has to do something.</summary>
    public static InitStep Await(ReportKind moment) => new(InitOpKind.AwaitSupervisor, LaunchStep.Died) { Number = (int)moment };

    /// <summary>What goes on whatever becomes of it.</summary>
    public static InitStep Unfailing(InitOpKind kind) => new(kind, LaunchStep.Died) { Tolerance = Tolerance.Any };

    private static InitStep Umask(uint mask) => new(InitOpKind.Umask, LaunchStep.Died) { Number = (int)mask };

    private static InitStep CloseFrom(int first) => Unfailing(InitOpKind.CloseFrom) with { Number = first };

    /// <summary>Lines of /proc/PID/timens_offsets: clock, seconds, nanoseconds; the latter never negative.</summary>
    private static string TimeOffsets(TimeOffsetSpec offsets) => string.Concat(
        new[] { ("monotonic", offsets.Monotonic), ("boottime", offsets.Boottime) }.Select(o =>
        {
            long seconds = (long)Math.Floor((decimal)o.Item2.Ticks / TimeSpan.TicksPerSecond);
            long nanoseconds = (o.Item2.Ticks - (seconds * TimeSpan.TicksPerSecond)) * TimeSpan.NanosecondsPerTick;
            return string.Create(CultureInfo.InvariantCulture, $"{o.Item1} {seconds} {nanoseconds}\n");
        }));
}

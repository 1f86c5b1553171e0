using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Agent.Init;
using NsModule.Agent.Joining;
using NsModule.Agent.Launching;
using NsModule.Agent.Mounts;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Seccomp;
using NsModule.Specs;
using NsModule.Testing;
using Xunit;
using static Tmds.Linux.LibC;
using Op = NsModule.Agent.Init.InitOpKind;

namespace NsModule.UnitTests.Agent;

/// <summary>
/// What security hangs on is the order in which init and the command do things. That order is data: here it is looked at, for launches of
/// every kind, and nothing is done.
/// </summary>
public sealed class LaunchOrderTests
{
    private const ulong SysAdmin = 1ul << Sys.CAP_SYS_ADMIN;

    [Fact]
    public void This_is_the_story_of_a_confined_session()
    {
        LaunchPlan plan = Compile(
            new LaunchSpec
            {
                Id = "0123456789ab",
                Name = "n",
                FilePath = "/bin/true",
                Hostname = "demo",
                Namespaces = NsNamespaceKind.Pid | NsNamespaceKind.Mount | NsNamespaceKind.Uts | NsNamespaceKind.Net
                    | NsNamespaceKind.Cgroup | NsNamespaceKind.User,
                UidMap = [new NsIdMap(0, 1000, 2000)],
                GidMap = [new NsIdMap(0, 1000, 2000)],
                OpenFilesLimit = 1024,
                Identity = new IdentitySpec { User = "10:20", Umask = 0x3f },
                Privileges = new PrivilegeSpec { Capabilities = 1, NoNewPrivileges = true, SeccompFilter = new byte[8] },
            },
            new LaunchDescriptors
            {
                Channel = 10,
                Supervisor = 11,
                Terminal = 12,
                Input = 12,
                Output = 12,
                Error = 12,
                Tasks = [("/c/tasks", 13)],
            });

        Assert.Equal(
            [
                Op.Write,
                Op.AwaitSupervisor,
                Op.DeathSignal,
                Op.Unshare,
                Op.Umask, Op.Apart, Op.Propagation, Op.Umask,
                Op.TryDirectory,
                Op.Groups, Op.Ids, Op.DeathSignal,
                Op.Hostname,
                Op.Loopback,
                Op.Umask, Op.Open, Op.New, Op.Mount, Op.Find, Op.Move, Op.Lock, Op.Umask,
                Op.Subreaper, Op.Dumpable, Op.Fork,
                Op.CloseFrom, Op.ChangeDirectory, Op.Capabilities, Op.AmbientCapabilities, Op.Reap,
            ],
            plan.Init.Select(s => s.Kind));
        Assert.Equal(
            [
                Op.RestoreDumpable, Op.DeathSignal,
                Op.AwaitSupervisor,
                Op.NewSession, Op.Owner, Op.ControllingTerminal,
                Op.Duplicate, Op.Duplicate, Op.Duplicate,
                Op.OpenFilesLimit,
                Op.Duplicate, Op.CloseFrom,
                Op.Umask,
                Op.BoundingSet,
                Op.KeepCapabilities, Op.Groups, Op.Ids, Op.KeepCapabilities, Op.DeathSignal,
                Op.ChangeDirectory,
                Op.ResetSignals,
                Op.Capabilities, Op.AmbientCapabilities, Op.NoNewPrivileges, Op.Filter,
                Op.Execute,
            ],
            plan.Command.Select(s => s.Kind));
    }

    [Fact]
    public void A_cgroup_is_entered_and_the_supervisor_heard_before_anything_else() => Holds((spec, descriptors, plan) =>
    {
        Op[] first = [.. plan.Init.Select(s => s.Kind).SkipWhile(k => k is Op.OpenFile)];
        Assert.All(first.Take(descriptors.Tasks.Count), k => Assert.Equal(Op.Write, k));
        Assert.Equal(spec.Namespaces.HasFlag(NsNamespaceKind.User) || !spec.Hooks.IsEmpty, plan.Awaits(ReportKind.Waiting));
        Assert.Equal(plan.Awaits(ReportKind.Waiting) ? Op.AwaitSupervisor : Op.DeathSignal, first[descriptors.Tasks.Count]);
    });

    [Fact]
    public void Who_joins_others_is_closed_to_them_before_it_enters() => Holds((_, descriptors, plan) =>
    {
        int[] entered = [.. Positions(plan.Init, s => s.Step is LaunchStep.JoinNamespaces or LaunchStep.JoinRoot)];
        Assert.Equal((descriptors.Joined?.Count ?? 0) + (descriptors.JoinedRoot >= 0 ? 1 : 0), entered.Length);
        if (descriptors.Joined is not null)
        {
            int closed = Positions(plan.Init, s => s is { Kind: Op.Dumpable, Number: 0 }).First();
            Assert.All(entered, at => Assert.True(closed < at));
            Assert.DoesNotContain(plan.Init, s => s is { Kind: Op.Dumpable, Number: 1 });
        }
    });

    [Fact]
    public void What_comes_from_the_host_is_in_its_place_before_the_root_is_entered() => Holds((spec, _, plan) =>
    {
        int pivot = Positions(plan.Init, s => s.Kind == Op.Pivot).SingleOrDefault(-1);
        Assert.Equal(spec.FileSystem.HasRoot, pivot >= 0);
        if (pivot >= 0)
        {
            InitStep[] behind = [.. plan.Init.Skip(pivot + 1).TakeWhile(s => s.Kind != Op.Subreaper)];
            Assert.All(behind, s => Assert.True(s.Kind is Op.Lock or Op.Propagation or Op.Umask));

            int ready = Positions(plan.Init, s => IsMoment(s, ReportKind.RootReady)).SingleOrDefault(-1);
            int[] hooks = [.. Positions(plan.Init, s => s.Kind == Op.Hook)];
            Assert.Equal(spec.Hooks.CreateContainer, hooks.Select(at => plan.Init[at].Hook!));
            Assert.All(hooks, at => Assert.InRange(at, ready + 1, pivot - 1));
            Assert.Equal(hooks.Length > 0, ready >= 0);
        }

        // What is made has the mode it is meant to have; hooks, and the command, have the caller's mask.
        int[] masks = [.. plan.Init.Where(s => s.Kind == Op.Umask).Select(s => s.Number)];
        Assert.Equal(Enumerable.Repeat<int[]>([0, 0x12], masks.Length / 2).SelectMany(m => m), masks);
    });

    [Fact]
    public void Whoever_has_changed_its_ids_asks_again_to_die_with_the_supervisor() => Holds((_, _, plan) =>
    {
        foreach (IReadOnlyList<InitStep> steps in (IReadOnlyList<InitStep>[])[plan.Init, plan.Command])
        {
            foreach (int at in Positions(steps, s => s.Kind == Op.Ids))
            {
                Assert.Contains(steps.Skip(at).Take(3), s => s is { Kind: Op.DeathSignal, Slot: >= 0 } && s.Number == SIGKILL);
            }
        }
    });

    [Fact]
    public void Init_is_closed_to_the_command_and_keeps_nothing_but_the_right_to_send_signals() => Holds((spec, _, plan) =>
    {
        int fork = Positions(plan.Init, s => s.Kind == Op.Fork).SingleOrDefault(-1);
        Assert.Equal(spec.NoInit, fork < 0);
        if (fork < 0)
        {
            Assert.DoesNotContain(plan.Init, s => s.Kind is Op.Reap or Op.Subreaper or Op.CloseFrom);
            Assert.DoesNotContain(plan.Command, s => s.Kind == Op.RestoreDumpable);
            return;
        }

        Assert.Equal((Op.Dumpable, 0, Slots.Dumpable), (plan.Init[fork - 1].Kind, plan.Init[fork - 1].Number, plan.Init[fork - 1].Slot));
        Assert.Equal((Op.RestoreDumpable, Slots.Dumpable), (plan.Command[0].Kind, plan.Command[0].Slot));
        Assert.Contains(plan.Init.Skip(fork), s => s is { Kind: Op.CloseFrom, Number: 0 });
        Assert.Equal([Op.Capabilities, Op.AmbientCapabilities, Op.Reap], plan.Init.TakeLast(3).Select(s => s.Kind));
        Assert.Equal(1ul << Sys.CAP_KILL, plan.Init[^3].Flags);
        Assert.All(plan.Init.TakeLast(3), s => Assert.Equal(0ul, s.Inheritable));
        Assert.Equal(0ul, plan.Init[^2].Flags);
    });

    [Fact]
    public void The_command_waits_for_the_supervisor_before_it_does_anything() => Holds((_, _, plan) =>
    {
        int ready = Positions(plan.Command, s => IsMoment(s, ReportKind.CommandReady)).Single();
        Assert.All(plan.Command.Take(ready), s => Assert.True(s.Kind is Op.RestoreDumpable or Op.DeathSignal));
        Assert.Equal(Op.Execute, plan.Command[^1].Kind);
        Assert.Single(plan.Command, s => s.Kind == Op.Execute);
    });

    [Fact]
    public void No_descriptor_of_the_host_s_is_open_when_a_path_inside_is_followed() => Holds((spec, descriptors, plan) =>
    {
        int closed = Positions(plan.Command, s => s.Kind == Op.CloseFrom).Single();
        int[] kept = [.. plan.Command.Take(closed).Where(s => s.Kind == Op.Duplicate).Select(s => s.Number)];
        bool hooks = descriptors.CreatedState >= 0;
        Assert.Equal(hooks ? 5 : 4, plan.Command[closed].Number);
        Assert.Equal(hooks ? [0, 1, 2, 3, 4] : [0, 1, 2, 3], kept);
        Assert.All(plan.Command.Take(closed), s => Assert.False(s.Kind is Op.ChangeDirectory or Op.Ids or Op.Hook));

        // Nothing that was there before is used any more.
        int state = plan.Command.FirstOrDefault(s => s is { Kind: Op.Duplicate, Number: 4 })?.Slot ?? Slots.None;
        int[] used = [Slots.None, Slots.Channel, Slots.WorkingDirectory, state];
        Assert.All(plan.Command.Skip(closed), s => Assert.Contains(s.Slot, used));

        if (spec.FileSystem.HasRoot || descriptors.Joined is not null)
        {
            int entered = Positions(plan.Command, s => s.Kind == Op.ChangeDirectory).Single();
            Assert.Equal(Op.InsideRoot, plan.Command[entered + 1].Kind);
            Assert.DoesNotContain(plan.Init, s => s.Kind == Op.TryDirectory);
        }
    });

    [Fact]
    public void The_bounding_set_shrinks_first_then_groups_and_ids_change_and_capabilities_go_last() => Holds((spec, _, plan) =>
    {
        Op[] order = [Op.BoundingSet, Op.Groups, Op.Ids, Op.ChangeDirectory, Op.Capabilities];
        Op[] kinds = [.. plan.Command.Select(s => s.Kind).Where(order.Contains)];
        Assert.Equal(kinds.OrderBy(k => Array.IndexOf(order, k)), kinds);
        Assert.Equal(spec.Identity.User.Length > 0, kinds.Contains(Op.Ids));

        ulong known = ulong.MaxValue >> (63 - Capabilities.Last);
        ulong dropped = plan.Command.SingleOrDefault(s => s.Kind == Op.BoundingSet)?.Flags ?? 0;
        Assert.Equal(known & ~spec.Privileges.Capabilities, dropped);

        // What is left in the end: root has what it is permitted, another user what was asked for by name, as ambient ones.
        InitStep last = plan.Command.Last(s => s.Kind == Op.Capabilities);
        bool user = spec.Identity.User.Length > 0 && !spec.Identity.User.StartsWith("0:", StringComparison.Ordinal);
        ulong root = spec.Privileges.Capabilities & spec.Privileges.PermittedCapabilities;
        Assert.Equal(user ? spec.Privileges.AddedCapabilities : root, last.Flags);
        Assert.Equal(user ? spec.Privileges.AddedCapabilities : 0, last.Inheritable);
        Assert.Equal(last.Inheritable, plan.Command.Single(s => s.Kind == Op.AmbientCapabilities).Flags);
    });

    [Fact]
    public void The_filter_comes_last_and_after_no_new_privs() => Holds((spec, _, plan) =>
    {
        int[] filters = [.. Positions(plan.Command, s => s.Kind == Op.Filter)];
        PrivilegeSpec privileges = spec.Privileges;
        Assert.Equal((privileges.ClosedNetwork ? 1 : 0) + (privileges.SeccompFilter.IsEmpty ? 0 : 1), filters.Length);
        Assert.Equal(privileges.NoNewPrivileges, plan.Command.Any(s => s.Kind == Op.NoNewPrivileges));
        if (filters.Length == 0)
        {
            return;
        }

        InitStep[] behind = [.. plan.Command.Skip(filters[^1] + 1).Where(s => s.Kind is not (Op.Hook or Op.Execute))];
        if (privileges.NoNewPrivileges)
        {
            Assert.Equal(Op.NoNewPrivileges, plan.Command[filters[0] - 1].Kind);
            Assert.Empty(behind);
            return;
        }

        // Without no_new_privs a filter takes CAP_SYS_ADMIN: what is not to keep that gives it up behind the filter, and does nothing else
        // there.
        InitStep before = plan.Command.Take(filters[0]).Last(s => s.Kind == Op.Capabilities);
        Assert.NotEqual(0ul, before.Flags & SysAdmin);
        Assert.Equal(0ul, (before.Flags ^ plan.Command.Last(s => s.Kind == Op.Capabilities).Flags) & ~SysAdmin);
        Assert.All(behind, s => Assert.Equal(Op.Capabilities, s.Kind));
        Assert.True(behind.Length <= 1);
    });

    [Fact]
    public void The_user_s_filter_is_loaded_behind_ours_which_it_may_forbid() => Holds((_, _, plan) =>
    {
        InitStep[] filters = [.. plan.Command.Where(s => s.Kind == Op.Filter)];
        Assert.All(filters.SkipLast(1), f => Assert.Equal(NetworkFilter.Code, f.Data));
    });

    [Fact]
    public void A_command_s_hooks_run_confined_and_cannot_look_into_it() => Holds((spec, _, plan) =>
    {
        int[] hooks = [.. Positions(plan.Command, s => s.Kind == Op.Hook)];
        Assert.Equal(spec.Hooks.StartContainer, hooks.Select(at => plan.Command[at].Hook!));
        if (hooks.Length > 0)
        {
            Assert.Equal([plan.Command.Count - 1 - hooks.Length], hooks.Take(1));
            Assert.Contains(plan.Command.Take(hooks[0]), s => s is { Kind: Op.Dumpable, Number: 0 });
        }
    });

    [Fact]
    public void A_failure_is_an_index_that_stands_for_a_step_and_what_it_was_about() => Holds((spec, _, plan) =>
    {
        InitStep[] all = [.. plan.Init, .. plan.Command];
        foreach ((int i, InitStep step) in all.Index())
        {
            LaunchFailure failure = plan.Explain(new(new Report { Kind = ReportKind.Failed, Errno = EPERM, Index = i }, 0, -1, "")).Failure;
            Assert.Equal(step.Step, failure.Step);
            Assert.Equal(step.Hook is null ? step.Detail : step.Hook.Path + ": " + Errno.Describe(EPERM), failure.Detail);
            Assert.Equal(step.Hook is null ? EPERM : 0, failure.Errno);
        }

        Assert.Equal(spec.WorkingDirectory, plan.Command.Single(s => s.Kind == Op.ChangeDirectory).Detail);
        Assert.Equal(" /c/tasks", all.FirstOrDefault(s => s.Step == LaunchStep.CgroupEnter)?.Detail ?? " /c/tasks");
    });

    [Fact]
    public void What_a_hook_has_said_is_told() => Holds((_, _, plan) =>
    {
        InitStep[] all = [.. plan.Init, .. plan.Command];
        foreach (int at in Positions(all, s => s.Kind == Op.Hook))
        {
            var report = new Report { Kind = ReportKind.HookFailed, Errno = 3, Index = at };
            LaunchFailure failure = plan.Explain(new(report, 0, -1, "no")).Failure;
            Assert.Equal(new LaunchFailure(all[at].Step, 0, all[at].Hook!.Path + ": exit status 3: no"), failure);
        }
    });

    private static bool IsMoment(InitStep step, ReportKind moment) => step.Kind == Op.AwaitSupervisor && step.Number == (int)moment;

    private static IEnumerable<int> Positions(IReadOnlyList<InitStep> steps, Func<InitStep, bool> which) =>
        steps.Index().Where(s => which(s.Item)).Select(s => s.Index);

    private static void Holds(Action<LaunchSpec, LaunchDescriptors, LaunchPlan> law) => Property.Holds(200, random =>
    {
        bool joins = random.Next(4) == 0;
        LaunchSpec spec = RandomSpec(random, joins);
        LaunchDescriptors descriptors = RandomDescriptors(random, spec, joins);
        law(spec, descriptors, Compile(spec, descriptors));
    });

    private static LaunchPlan Compile(LaunchSpec spec, LaunchDescriptors descriptors)
    {
        FileSystemSpec files = spec.FileSystem.HasRoot ? spec.FileSystem : new FileSystemOptions().ToSpec(spec, null, () => null);
        return LaunchPlan.Compile(spec with { FileSystem = files }, descriptors, new Sources());
    }

    private static LaunchSpec RandomSpec(Random random, bool joins)
    {
        bool root = !joins && Flip(random);
        NsNamespaceKind namespaces = joins ? NsNamespaceKind.None
            : (NsNamespaceKind)s_kinds.Sum(k => Flip(random) ? (long)k : 0) | (root ? NsNamespaceKind.Mount : NsNamespaceKind.None);
        bool user = namespaces.HasFlag(NsNamespaceKind.User);
        var spec = new LaunchSpec
        {
            Id = "0123456789ab",
            Name = "n",
            FilePath = Flip(random) ? "" : "/bin/true",
            Hostname = Flip(random) ? "demo" : "",
            DomainName = Flip(random) ? "example" : "",
            Namespaces = namespaces,
            UidMap = user ? [new NsIdMap(0, 1000, 2000)] : [],
            GidMap = user ? [new NsIdMap(0, 1000, 2000)] : [],
            DenySetgroups = Flip(random),
            WorkingDirectory = "/somewhere",
            NoInit = namespaces.HasFlag(NsNamespaceKind.Pid) && Flip(random),
            OpenFilesLimit = Flip(random) ? 1024ul : 0,
            Streams = (StandardStreams)random.Next(3),
            TimeOffsets = new TimeOffsetSpec(TimeSpan.FromSeconds(random.Next(2)), TimeSpan.Zero),
            Identity = new IdentitySpec
            {
                User = random.Next(3) switch { 0 => "", 1 => "0:0", _ => "10:20" },
                SupplementaryGroups = Flip(random) ? ["30"] : [],
                Umask = Flip(random) ? -1 : 0x3f,
            },
            Privileges = new PrivilegeSpec
            {
                Capabilities = Flip(random) ? ulong.MaxValue : (ulong)random.NextInt64(),
                PermittedCapabilities = Flip(random) ? ulong.MaxValue : (ulong)random.NextInt64(),
                AddedCapabilities = Flip(random) ? 0 : (ulong)random.NextInt64(),
                NoNewPrivileges = Flip(random),
                ClosedNetwork = Flip(random),
                SeccompFilter = new byte[8 * random.Next(3)],
            },
            Hooks = new HookSpec
            {
                CreateContainer = root && Flip(random) ? [Hook("/a"), Hook("/b", "B=1")] : [],
                StartContainer = root && Flip(random) ? [Hook("/c")] : [],
            },
        };
        var files = new FileSystemOptions { RootPath = root ? "/the/root" : null, ReadOnlyRoot = Flip(random) && root };
        return spec with { FileSystem = files.ToSpec(spec, null, () => null) };
    }

    private static Hook Hook(string path, params string[] environment) => new(path, [path], environment, TimeSpan.Zero);

    private static LaunchDescriptors RandomDescriptors(Random random, LaunchSpec spec, bool joins)
    {
        int terminal = spec.Streams == StandardStreams.Pipes || spec.HasOwnTerminal ? -1 : 12;
        return new LaunchDescriptors
        {
            Channel = 10,
            Supervisor = 11,
            Terminal = terminal,
            Input = spec.Streams == StandardStreams.Pipes ? 13 : terminal,
            Output = spec.Streams == StandardStreams.Pipes ? 14 : terminal,
            Error = spec.Streams == StandardStreams.Terminal ? terminal : 15,
            Tasks = [.. Enumerable.Range(20, random.Next(3)).Select(n => ("/c/tasks", n))],
            Joined = joins ? [.. s_kinds.Take(random.Next(4)).Index().Select(k => (30 + k.Index, k.Item))] : null,
            JoinedRoot = joins && Flip(random) ? 40 : -1,
            CreatingState = spec.Hooks.CreateContainer.Count > 0 ? 41 : -1,
            CreatedState = spec.Hooks.StartContainer.Count > 0 ? 42 : -1,
        };
    }

    private static readonly NsNamespaceKind[] s_kinds =
    [
        NsNamespaceKind.User, NsNamespaceKind.Pid, NsNamespaceKind.Mount, NsNamespaceKind.Uts,
        NsNamespaceKind.Ipc, NsNamespaceKind.Net, NsNamespaceKind.Cgroup, NsNamespaceKind.Time,
    ];

    private static bool Flip(Random random) => random.Next(2) == 0;

    private sealed class Sources : IMountSources
    {
        public int? Clone(string path, bool recursive) => null;

        public IReadOnlyList<CgroupMount> Cgroups() => [];

        public uint ModeOf(string path) => 0x41ed;
    }
}

using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Agent.Init;
using NsModule.Agent.Mounts;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using Xunit;

namespace NsModule.UnitTests.Mounts;

/// <summary>What init is told to do, without doing it.</summary>
public sealed class MountCompilerTests
{
    private const NsNamespaceKind Usual = NsNamespaceKind.Pid | NsNamespaceKind.Mount | NsNamespaceKind.Uts | NsNamespaceKind.Ipc;

    [Fact]
    public void Without_a_mount_namespace_nothing_is_done() =>
        Assert.Empty(MountCompiler.Compile(Spec(NsNamespaceKind.Uts, new()), new Sources(true), null, new Slots()).Steps);

    [Fact]
    public void A_session_without_a_root_gets_private_mounts_and_its_proc()
    {
        MountPlan plan = MountCompiler.Compile(Spec(Usual, new FileSystemOptions()), new Sources(true), null, new Slots());

        Assert.Equal(
            [InitOpKind.Propagation, InitOpKind.Open, InitOpKind.New, InitOpKind.Mount, InitOpKind.Find, InitOpKind.Move],
            plan.Steps.Select(s => s.Kind));
        Assert.Equal("proc", plan.Steps[2].Name);
        Assert.Equal(["proc"], plan.Steps[4].Names);
        Assert.Equal(MountPointKind.None, plan.Steps[4].Create);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_the_supervisor_cannot_take_init_takes_before_it_becomes_the_mapped_user(bool supervisorMay)
    {
        MountPlan plan = Root(
            new FileSystemOptions { Mounts = [new NsMount { Target = "/data", Source = "/srv/data" }] },
            supervisorMay: supervisorMay);

        string[] early = [.. plan.Early.Where(s => s.Kind == InitOpKind.Clone).Select(s => s.Name!)];
        Assert.Equal(supervisorMay ? [] : ["/srv/data", "/the/root"], early);
        Assert.Equal(supervisorMay ? 2 : 0, plan.Slots.Descriptors.Count(s => s >= 0));
        Assert.Equal(InitOpKind.Propagation, plan.Steps[0].Kind);
    }

    [Fact]
    public void The_root_is_entered_last_and_covered_before_that()
    {
        MountPlan plan = Root(new FileSystemOptions { ReadOnlyRoot = true });
        InitOpKind[] kinds = [.. plan.Steps.Select(s => s.Kind)];

        Assert.Equal(InitOpKind.Pivot, kinds[^1]);
        Assert.Single(kinds, InitOpKind.Pivot);
        Assert.Equal(InitOpKind.Attributes, kinds[^2]);
        Assert.True(Array.LastIndexOf(kinds, InitOpKind.Mask) > Array.LastIndexOf(kinds, InitOpKind.Device));
        Assert.Equal(SessionFiles.MaskedPaths.Count, kinds.Count(k => k == InitOpKind.Mask));
        Assert.True(Array.IndexOf(kinds, InitOpKind.Terminal) < Array.IndexOf(kinds, InitOpKind.Console));
    }

    [Fact]
    public void Every_place_is_found_in_the_root_and_the_kernel_s_own_without_links()
    {
        MountPlan plan = Root(new FileSystemOptions { Mounts = [new NsMount { Target = "/a/./b/../c", Type = NsMountType.Tmpfs }] });
        InitStep[] finds = [.. plan.Steps.Where(s => s.Kind == InitOpKind.Find)];
        int root = plan.Steps.Single(s => s.Kind == InitOpKind.Pivot).Slot;

        // What is below /dev, /proc and /sys is looked for in those mounts themselves, wherever their names lead by then.
        Dictionary<string, int> kernels = ((string[])["dev", "proc", "sys"]).ToDictionary(
            n => n,
            n => plan.Steps.Single(s => s.Kind == InitOpKind.Move && s.Detail == $"move_mount(/{n})").Slot);
        Assert.All(
            finds,
            f => Assert.Equal(
                f.Detail["openat2(/".Length..^1].Split('/') is [string top, _, ..] && kernels.TryGetValue(top, out int mount) ? mount
                    : f.Names[0] == "." ? kernels["dev"]
                    : root,
                f.From));
        Assert.Equal(
            SessionFiles.MaskedPaths.Count + SessionFiles.ReadOnlyPaths.Count,
            finds.Count(f => f.Step == LaunchStep.CoveredPath && f.From != root));
        Assert.Contains(finds, f => f.Names.SequenceEqual(["a", "a/c"]) && f.Create == MountPointKind.Directory);
        Assert.All(
            finds.Where(f => f.Create != MountPointKind.None && f.Names[0] is "dev" or "proc" or "sys"),
            f => Assert.True(f.Step == LaunchStep.CoveredPath || f.Flags == Sys.RESOLVE_NO_SYMLINKS, f.Detail));
    }

    [Fact]
    public void An_overlay_stands_on_the_host_s_root_until_that_is_gone()
    {
        MountPlan plan = Root(new FileSystemOptions { Overlay = true }, NsNamespaceKind.User);
        InitStep[] options =
        [
            .. plan.Steps.Where(s => s.Kind is InitOpKind.LayersOption || s is { Kind: InitOpKind.Option, Name: "userxattr" }),
        ];

        Assert.Equal(["lowerdir", "upperdir", "workdir", "userxattr"], options.Select(o => o.Name));
        Assert.DoesNotContain(Root(new FileSystemOptions { Overlay = true }).Steps, s => s.Name == "userxattr");
        Assert.DoesNotContain(plan.Steps, s => s.Text?.Contains("/the/root", StringComparison.Ordinal) == true);
    }

    [Fact]
    public void Upper_and_work_directory_are_taken_through_one_mount()
    {
        MountPlan plan = Root(
            new FileSystemOptions
            {
                Mounts = [new NsMount
                {
                    Target = "/o",
                    Type = NsMountType.Overlay,
                    LowerPath = ["/l1", "/l2"],
                    UpperPath = "/c/x/upper",
                    WorkPath = "/c/x/work",
                }],
            },
            supervisorMay: false);

        Assert.Equal(["/l1", "/l2", "/c/x", "/the/root"], plan.Early.Where(s => s.Kind == InitOpKind.Clone).Select(s => s.Name));
        Assert.Equal([null, null, "/upper", "/work"], plan.Steps.Where(s => s.Kind == InitOpKind.Layer).Select(s => s.Text));
    }

    [Fact]
    public void What_a_mount_takes_as_usual_can_be_had_otherwise()
    {
        InitStep Tmpfs(NsMount mount) =>
            Root(new FileSystemOptions { Mounts = [mount] }).Steps.Last(s => s.Kind == InitOpKind.Mount && s.Detail == "mount(/t)");

        Assert.Equal(6u, Tmpfs(new NsMount { Target = "/t", Type = NsMountType.Tmpfs }).Flags);
        Assert.Equal(2u, Tmpfs(new NsMount { Target = "/t", Type = NsMountType.Tmpfs, NoDev = false }).Flags);
        Assert.Equal(15u, Tmpfs(new NsMount { Target = "/t", Type = NsMountType.Tmpfs, NoExec = true, ReadOnly = true }).Flags);
    }

    [Fact]
    public void A_user_s_mount_takes_the_place_of_the_usual_one_and_of_those_below_it()
    {
        FileSystemSpec files = Spec(
            Usual,
            new FileSystemOptions
            {
                RootPath = "/the/root",
                Mounts = [new NsMount { Target = "/dev", Source = "/dev", Recurse = true }],
            }).FileSystem;

        Assert.Equal(["/proc", "/sys", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/dev"], files.Mounts.Select(m => m.Target));
        Assert.False(files.Devices);
        Assert.False(files.HasOwnTerminal);
    }

    [Fact]
    public void Where_nobody_is_root_inside_the_terminal_is_the_host_s()
    {
        LaunchSpec spec = Spec(Usual | NsNamespaceKind.User, new FileSystemOptions { RootPath = "/the/root" }, new NsIdMap(1000, 1000, 1));
        MountPlan plan = MountCompiler.Compile(spec, new Sources(false), "/dev/pts/7", new Slots());

        Assert.False(spec.FileSystem.HasOwnTerminal);
        Assert.Equal("/dev/pts/7", plan.Steps.Single(s => s.Kind == InitOpKind.Console).Text);
        Assert.DoesNotContain(plan.Steps, s => s.Kind == InitOpKind.Terminal);
    }

    private static MountPlan Root(FileSystemOptions options, NsNamespaceKind more = NsNamespaceKind.None, bool supervisorMay = true) =>
        MountCompiler.Compile(Spec(Usual | more, options with { RootPath = "/the/root" }), new Sources(supervisorMay), null, new Slots());

    private static LaunchSpec Spec(NsNamespaceKind namespaces, FileSystemOptions options, NsIdMap? map = null)
    {
        var spec = new LaunchSpec
        {
            Id = "0123456789ab",
            Name = "n",
            Namespaces = namespaces,
            UidMap = [map ?? new NsIdMap(0, 1000, 1)],
            GidMap = [map ?? new NsIdMap(0, 1000, 1)],
        };
        return spec with { FileSystem = options.ToSpec(spec, null, () => "nameserver 192.0.2.1\n") };
    }

    private sealed class Sources(bool may) : IMountSources
    {
        public IReadOnlyList<CgroupMount> Cgroups() => [];

        private int _next = 100;

        public int? Clone(string path, bool recursive) => may ? _next++ : null;

        public uint ModeOf(string path) => 0x41ed;
    }
}

using System.Linq;
using NsModule.Agent.Init;
using NsModule.Agent.Mounts;
using NsModule.Specs;
using Xunit;

namespace NsModule.UnitTests.Mounts;

/// <summary>What a user namespace gets is made apart from it, and locked.</summary>
public sealed class MountLockTests
{
    private const NsNamespaceKind Usual = NsNamespaceKind.Pid | NsNamespaceKind.Mount | NsNamespaceKind.User;

    [Theory]
    [InlineData(null)]
    [InlineData("/the/root")]
    public void All_that_is_mounted_in_a_user_namespace_is_mounted_between_the_two(string? root)
    {
        MountPlan plan = Compile(Usual, new FileSystemOptions { RootPath = root });
        Assert.Equal(InitOpKind.Apart, plan.Steps[0].Kind);
        Assert.True(plan.Early.Count > 0);
        Assert.Equal(InitOpKind.Lock, plan.Steps[^1].Kind);
        Assert.Single(plan.Steps, s => s.Kind == InitOpKind.Apart);
        Assert.Single(plan.Steps, s => s.Kind == InitOpKind.Lock);

        // The terminal is opened again in the devpts that the copy has.
        Assert.Equal(plan.Steps.SingleOrDefault(s => s.Kind == InitOpKind.Terminal)?.Slot ?? -1, plan.Steps[^1].Slot);
    }

    [Fact]
    public void Without_a_user_namespace_nobody_inside_could_undo_it() =>
        Assert.DoesNotContain(
            Compile(Usual & ~NsNamespaceKind.User, new FileSystemOptions { RootPath = "/the/root" }).Steps,
            s => s.Kind is InitOpKind.Apart or InitOpKind.Lock);

    [Fact]
    public void Sharing_a_root_comes_after_the_copy_that_would_end_it()
    {
        MountPlan plan = Compile(
            Usual,
            new FileSystemOptions { RootPath = "/the/root", Exact = true, RootPropagation = NsMountPropagation.Shared });
        Assert.Equal([InitOpKind.Pivot, InitOpKind.Lock, InitOpKind.Propagation], plan.Steps.TakeLast(3).Select(s => s.Kind));
    }

    private static MountPlan Compile(NsNamespaceKind namespaces, FileSystemOptions options)
    {
        var spec = new LaunchSpec
        {
            Id = "0123456789ab",
            Name = "n",
            Namespaces = namespaces,
            UidMap = [new NsIdMap(0, 1000, 1)],
            GidMap = [new NsIdMap(0, 1000, 1)],
        };
        return MountCompiler.Compile(spec with { FileSystem = options.ToSpec(spec, null, () => null) }, new Sources(), null, new Slots());
    }

    private sealed class Sources : IMountSources
    {
        public int? Clone(string path, bool recursive) => null;

        public System.Collections.Generic.IReadOnlyList<CgroupMount> Cgroups() => [];

        public uint ModeOf(string path) => 0x41ed;
    }
}

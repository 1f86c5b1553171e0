using System.Linq;
using NsModule.Specs;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Specs;

public sealed class CapabilitiesTests
{
    private const ulong Chown = 1 << 0;
    private const ulong Kill = 1 << 5;
    private const ulong NetAdmin = 1 << 12;
    private const ulong SysAdmin = 1 << 21;

    [Fact]
    public void The_numbers_are_those_of_the_kernel()
    {
        Assert.Equal(
            (0, 5, 12, 21, 40),
            (
                Capabilities.NumberOf("CHOWN"),
                Capabilities.NumberOf("cap_kill"),
                Capabilities.NumberOf("Net_Admin"),
                Capabilities.NumberOf("CAP_SYS_ADMIN"),
                Capabilities.NumberOf("CHECKPOINT_RESTORE")));
        Assert.Equal(-1, Capabilities.NumberOf("NOT_THERE"));
        Assert.Equal(Capabilities.Last + 1, Capabilities.Known.Count());
    }

    [Fact]
    public void Nothing_given_keeps_the_default() => Assert.Equal((Chown, 0ul), Capabilities.Apply(Chown, [], []));

    [Fact]
    public void Names_are_added_and_dropped() =>
        Assert.Equal((NetAdmin, NetAdmin), Capabilities.Apply(Chown, ["NET_ADMIN"], ["cap_chown"]));

    [Fact]
    public void Dropping_all_leaves_what_is_added() =>
        Assert.Equal((Kill, Kill), Capabilities.Apply(Capabilities.Everything, ["KILL"], ["all"]));

    [Fact]
    public void Adding_all_leaves_out_what_is_dropped() =>
        Assert.Equal(
            (Capabilities.Everything & ~SysAdmin, Capabilities.Everything & ~SysAdmin),
            Capabilities.Apply(Chown, ["ALL"], ["SYS_ADMIN"]));

    [Fact]
    public void The_default_in_a_root_reaches_neither_the_kernel_nor_other_processes()
    {
        Assert.DoesNotContain(
            Capabilities.NamesOf(Capabilities.DefaultInRoot),
            n => n is "SYS_ADMIN" or "SYS_MODULE" or "SYS_PTRACE" or "DAC_READ_SEARCH" or "SYS_RAWIO" or "NET_ADMIN" or "BPF" or "SYS_TIME"
                or "SYS_BOOT");
        Assert.Equal(13, Capabilities.NamesOf(Capabilities.DefaultInRoot).Count());
    }

    [Theory]
    [InlineData("NOT_THERE", "")]
    [InlineData("", "")]
    [InlineData("12", "")]
    [InlineData("NET_ADMIN ", "")]
    [InlineData("CAP_CAP_KILL", "")]
    [InlineData("KILL", "CAP_KILL")]
    [InlineData("All", "All")]
    public void An_unknown_name_and_a_contradiction_are_refused(string add, string drop) =>
        Errors.Thrown(NsErrorId.InvalidCapability, NsErrorKind.Argument, () => Capabilities.Apply(0, [add], drop.Length > 0 ? [drop] : []));
}

using NsModule.Native;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Native;

public sealed class ProcStatTests
{
    [Fact]
    public void A_process_is_described_as_the_kernel_knows_it()
    {
        ProcStat stat = ProcStat.TryRead(getpid())!.Value;
        Assert.Equal((int)getppid(), stat.Parent);
        Assert.Equal(ProcessIdentity.Of(getpid()).StartTicks, stat.StartTicks);
        Assert.False(stat.HasEnded);
        Assert.True(stat.ArgumentsEnd > stat.ArgumentsStart);
    }

    [Fact]
    public void One_that_is_not_there_is_not_described() => Assert.Null(ProcStat.TryRead(int.MaxValue));
}

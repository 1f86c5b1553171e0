using NsModule.Failures;
using NsModule.Protocol;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Failures;

public sealed class CgroupErrorsTests
{
    public static TheoryData<int, int, string, string, string> Failures => new()
    {
        { (int)LaunchStep.CgroupController, ENOENT, "memory ", NsErrorId.CgroupControllerMissing, "not mounted" },
        { (int)LaunchStep.CgroupCreate, EACCES, "memory /sys/fs/cgroup/x", NsErrorId.CgroupNotDelegated, "Delegate=" },
        { (int)LaunchStep.CgroupCreate, EROFS, "memory /sys/fs/cgroup/x", NsErrorId.CgroupNotDelegated, "container" },
        { (int)LaunchStep.CgroupCreate, EBUSY, "memory /sys/fs/cgroup/x", NsErrorId.CgroupHasProcesses, "cgroup.procs" },
        { (int)LaunchStep.CgroupScope, 0, " Not today.", NsErrorId.CgroupScopeFailed, "Not today." },
        { (int)LaunchStep.CgroupEnter, EACCES, " /sys/fs/cgroup/x", NsErrorId.CgroupNotDelegated, "Run as root" },
        { (int)LaunchStep.CgroupLimit, ENOENT, "io io.weight", NsErrorId.CgroupControllerMissing, "BFQ" },
        {
            (int)LaunchStep.CgroupLimit, EINVAL, "cpu /sys/fs/cgroup/a/nsmodule-x/cpu.max = 1 2", NsErrorId.CgroupLimitRefused,
            "/sys/fs/cgroup/a."
        },
        { (int)LaunchStep.CgroupLimit, EBUSY, "memory /x/y/memory.limit_in_bytes = 1", NsErrorId.CgroupLimitRefused, "-MemoryLimit" },
        { (int)LaunchStep.CgroupLimit, ENOMEM, "memory ", NsErrorId.MemoryLimitTooLow, "larger -MemoryLimit" },
    };

    [Theory, MemberData(nameof(Failures))]
    public void Each_has_its_cause_and_remedy(int step, int errno, string detail, string errorId, string says)
    {
        NsException e = CgroupErrors.Find(new LaunchFailure((LaunchStep)step, errno, detail), isRoot: false).ToException();
        Assert.Equal(errorId, e.ErrorId);
        Assert.Contains(says, e.Message, System.StringComparison.Ordinal);
    }
}

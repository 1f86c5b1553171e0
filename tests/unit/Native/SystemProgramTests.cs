using NsModule.Native;
using Xunit;

namespace NsModule.UnitTests.Native;

public sealed class SystemProgramTests
{
    [Fact]
    public void The_administrator_s_own_comes_before_the_distribution_s()
    {
        Assert.Equal("/usr/local/bin/pasta", SystemProgram.Find("pasta", p => p is "/usr/local/bin/pasta" or "/usr/bin/pasta"));
        Assert.Equal("/usr/bin/pasta", SystemProgram.Find("pasta", p => p is "/usr/bin/pasta" or "/bin/pasta"));
    }

    [Fact]
    public void Only_the_system_s_directories_count() => Assert.Null(SystemProgram.Find("pasta", p => p == "/home/user/bin/pasta"));
}

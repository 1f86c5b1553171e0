using System;
using System.Runtime.InteropServices;
using NsModule.Launching;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Launching;

public sealed class PlatformTests
{
    private static readonly Version s_recent = new(6, 1);

    [Fact]
    public void This_machine_will_do() => Platform.Check();

    [Theory]
    [InlineData("linux-x64", Architecture.X64, 5, 10)]
    [InlineData("ubuntu.24.04-arm64", Architecture.Arm64, 6, 18)]
    public void A_linux_with_glibc_will_do(string runtime, Architecture architecture, int major, int minor) =>
        Platform.Check(linux: true, runtime, architecture, new Version(major, minor));

    [Theory]
    [InlineData("win-x64")]
    [InlineData("osx-arm64")]
    public void Another_system_is_named(string runtime)
    {
        NsException error = Errors.Thrown(NsErrorId.PlatformNotSupported, NsErrorKind.NotSupported,
            () => Platform.Check(linux: false, runtime, Architecture.X64, s_recent));
        Assert.Contains(runtime, error.Message);
    }

    [Theory]
    [InlineData("linux-musl-x64")]
    [InlineData("alpine.3.20-musl-x64")]
    public void Musl_is_named(string runtime)
    {
        NsException error = Errors.Thrown(NsErrorId.PlatformNotSupported, NsErrorKind.NotSupported,
            () => Platform.Check(linux: true, runtime, Architecture.X64, s_recent));
        Assert.Contains("musl", error.Message);
    }

    [Fact]
    public void Another_processor_is_named()
    {
        NsException error = Errors.Thrown(NsErrorId.PlatformNotSupported, NsErrorKind.NotSupported,
            () => Platform.Check(linux: true, "linux-s390x", Architecture.S390x, s_recent));
        Assert.Contains("S390x", error.Message);
    }

    [Theory]
    [InlineData("5.9")]
    [InlineData("4.18.0")]
    public void An_old_kernel_is_named_with_the_one_that_is_needed(string kernel)
    {
        NsException error = Errors.Thrown(
            NsErrorId.KernelTooOld,
            NsErrorKind.NotSupported,
            () => Platform.Check(linux: true, "linux-x64", Architecture.X64, Version.Parse(kernel)));
        Assert.Contains(kernel, error.Message);
        Assert.Contains("5.10", error.Message);
    }
}

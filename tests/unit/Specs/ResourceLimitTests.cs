using NsModule.Specs;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Specs;

public sealed class ResourceLimitTests
{
    private const ulong Unlimited = ResourceLimit.Unlimited;

    [Theory]
    [InlineData("nofile", "1024", 7, 1024ul, 1024ul)]
    [InlineData("RLIMIT_NOFILE", "1024:4096", 7, 1024ul, 4096ul)]
    [InlineData("Core", "0:unlimited", 4, 0ul, Unlimited)]
    [InlineData("as", "512MB", 9, 512ul << 20, 512ul << 20)]
    [InlineData("as", "512MiB:1g", 9, 512ul << 20, 1ul << 30)]
    [InlineData("fsize", "1K", 1, 1024ul, 1024ul)]
    [InlineData("fsize", "100b", 1, 100ul, 100ul)]
    [InlineData("cpu", "infinity", 0, Unlimited, Unlimited)]
    [InlineData("rttime", "18446744073709551614", 15, Unlimited - 1, Unlimited - 1)]
    public void Names_and_values_are_those_of_setrlimit(string name, string value, int resource, ulong soft, ulong hard) =>
        Assert.Equal(new ResourceLimit(resource, soft, hard), ResourceLimit.Parse(name, value));

    [Theory]
    [InlineData("files", "1")]
    [InlineData("", "1")]
    [InlineData("nofile", "")]
    [InlineData("nofile", "-1")]
    [InlineData("nofile", "1:")]
    [InlineData("nofile", "1:2:3")]
    [InlineData("nofile", "4096:1024")]
    [InlineData("nofile", "unlimited:1024")]
    [InlineData("nofile", "3")]
    [InlineData("fsize", "1 MB")]
    [InlineData("fsize", "1XB")]
    [InlineData("fsize", "1.5GB")]
    [InlineData("fsize", "0x10")]
    [InlineData("fsize", "18446744073709551615")]
    [InlineData("fsize", "99999999999999999999")]
    [InlineData("fsize", "99999999P")]
    public void What_cannot_be_is_refused(string name, string value) =>
        Errors.Thrown(NsErrorId.InvalidResourceLimit, NsErrorKind.Argument, () => ResourceLimit.Parse(name, value));

    [Fact]
    public void A_limit_reads_as_it_is_written() => Assert.Equal("core=0:unlimited", ResourceLimit.Parse("core", "0:unlimited").ToString());

    [Theory]
    [InlineData("0", "0")]
    [InlineData("0-3,6", "0,1,2,3,6")]
    [InlineData("6,0-1, 1-2", "0,1,2,6")]
    public void Processors_are_numbers_and_ranges(string text, string expected) =>
        Assert.Equal(expected, string.Join(',', ProcessorList.Parse([text])));

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("-1")]
    [InlineData("3-1")]
    [InlineData("1-")]
    [InlineData("0-99999")]
    [InlineData("1,,2")]
    public void What_is_no_processor_is_refused(string text) =>
        Errors.Thrown(NsErrorId.InvalidResource, NsErrorKind.Argument, () => ProcessorList.Parse([text]));
}

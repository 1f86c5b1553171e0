using NsModule.Specs;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Specs;

public sealed class UserNameTests
{
    [Theory]
    [InlineData("0", "0", null)]
    [InlineData("1000", "1000", null)]
    [InlineData("4294967294", "4294967294", null)]
    [InlineData("1000:0", "1000", "0")]
    [InlineData("app", "app", null)]
    [InlineData("www-data:www-data", "www-data", "www-data")]
    [InlineData("_apt", "_apt", null)]
    [InlineData("first.last@example.org:7", "first.last@example.org", "7")]
    public void A_name_or_a_number_is_taken_with_or_without_a_group(string text, string user, string? group) =>
        Assert.Equal(new UserName(user, group), UserName.Parse("-User", text));

    /// <summary>CVE-2026-30892: what does not parse was taken for 0, root.</summary>
    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(" 0")]
    [InlineData("0 ")]
    [InlineData("+0")]
    [InlineData("-0")]
    [InlineData("-1")]
    [InlineData("00")]
    [InlineData("0x0")]
    [InlineData("010")]
    [InlineData("1e3")]
    [InlineData("1.0")]
    [InlineData("1,000")]
    [InlineData("٣")]
    [InlineData("4294967295")]
    [InlineData("4294967296")]
    [InlineData("18446744073709551616")]
    [InlineData("0\0")]
    [InlineData("0\n")]
    [InlineData(":")]
    [InlineData("0:")]
    [InlineData(":0")]
    [InlineData("0:0:0")]
    [InlineData("0: 0")]
    [InlineData("1000:-1")]
    [InlineData("../etc")]
    [InlineData("a\e[2J")]
    public void Anything_else_is_an_error_and_never_root(string text)
    {
        NsException error = Errors.Thrown(NsErrorId.InvalidUser, NsErrorKind.Argument, () => UserName.Parse("-User", text));
        Assert.DoesNotContain('\e', error.Message);
    }
}

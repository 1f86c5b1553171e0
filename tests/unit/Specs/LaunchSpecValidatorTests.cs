using System;
using System.Linq;
using NsModule.Specs;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Specs;

public sealed class LaunchSpecValidatorTests
{
    private static readonly LaunchSpec s_good = new()
    {
        Id = "0123456789ab",
        Name = "good",
        FilePath = "/bin/true",
        Namespaces = NsNamespaceKind.Pid | NsNamespaceKind.Uts,
        Environment = ["A=", "B=line\nbreak"],
        Arguments = ["", "line\nbreak"],
    };

    [Fact]
    public void A_good_spec_passes()
    {
        LaunchSpecValidator.Validate(s_good);
        LaunchSpecValidator.Validate(s_good with { Hostname = "h", DomainName = "d", Timeout = TimeSpan.FromSeconds(int.MaxValue) });
        LaunchSpecValidator.Validate(WithMap(new NsIdMap(0, 0, 1), new NsIdMap(1, 100000, 65535)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-first")]
    [InlineData(".first")]
    [InlineData("a b")]
    [InlineData("a*")]
    [InlineData("a/b")]
    [InlineData("grün")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public void A_name_that_cannot_be_is_refused(string name) =>
        Refused(NsErrorId.InvalidName, NsErrorKind.Argument, s_good with { Name = name });

    [Theory]
    [InlineData("a\n")]
    [InlineData("a\r")]
    [InlineData("\0")]
    public void Names_and_paths_take_no_line_breaks_and_no_nul(string text)
    {
        Refused(NsErrorId.InvalidString, NsErrorKind.Argument, s_good with { Name = text });
        Refused(NsErrorId.InvalidString, NsErrorKind.Argument, s_good with { FilePath = text });
        Refused(NsErrorId.InvalidString, NsErrorKind.Argument, s_good with { WorkingDirectory = "/" + text });
        Refused(NsErrorId.InvalidString, NsErrorKind.Argument, s_good with { Environment = [text + "=1"] });
    }

    [Fact]
    public void Arguments_and_values_take_no_nul()
    {
        Refused(NsErrorId.InvalidString, NsErrorKind.Argument, s_good with { Arguments = ["fine", "a\0b"] });
        Refused(NsErrorId.InvalidString, NsErrorKind.Argument, s_good with { Environment = ["A=a\0b"] });
    }

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("=A")]
    public void A_variable_needs_a_name(string variable) =>
        Refused(NsErrorId.InvalidEnvironment, NsErrorKind.Argument, s_good with { Environment = [variable] });

    [Fact]
    public void Host_and_domain_names_need_a_uts_namespace_of_their_own()
    {
        Refused(NsErrorId.NamespaceRequired, NsErrorKind.Argument, s_good with { Namespaces = NsNamespaceKind.Pid, Hostname = "h" });
        Refused(NsErrorId.NamespaceRequired, NsErrorKind.Argument, s_good with { Namespaces = NsNamespaceKind.Pid, DomainName = "d" });
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2147483648.0)]
    public void A_timeout_that_cannot_be_kept_is_refused(double seconds) =>
        Refused(NsErrorId.InvalidTimeout, NsErrorKind.Argument, s_good with { Timeout = TimeSpan.FromSeconds(seconds) });

    [Theory]
    [InlineData("/nonexistent/directory")]
    [InlineData("relative")]
    [InlineData("")]
    [InlineData("/bin/sh")]
    public void A_working_directory_that_is_not_there_is_refused(string directory) =>
        Refused(NsErrorId.WorkingDirectoryNotFound, NsErrorKind.NotFound, s_good with { WorkingDirectory = directory });

    [Fact]
    public void An_empty_map_and_an_overlong_one_are_refused()
    {
        Refused(NsErrorId.InvalidIdMap, NsErrorKind.Argument, WithMap());
        Refused(NsErrorId.InvalidIdMap, NsErrorKind.Argument, WithMap(Lines(NsIdMap.MaxLines + 1)));
        LaunchSpecValidator.Validate(WithMap(Lines(NsIdMap.MaxLines)));
    }

    [Theory]
    [InlineData(0u, 0u, 0u)]
    [InlineData(4294967295u, 0u, 1u)]
    [InlineData(0u, 4294967295u, 1u)]
    [InlineData(1u, 0u, 4294967295u)]
    public void A_range_that_is_empty_or_goes_beyond_the_highest_id_is_refused(uint inside, uint outside, uint count) =>
        Refused(NsErrorId.InvalidIdMap, NsErrorKind.Argument, WithMap(new NsIdMap(inside, outside, count)));

    [Fact]
    public void Ranges_that_overlap_inside_or_outside_are_refused()
    {
        Refused(NsErrorId.IdMapOverlap, NsErrorKind.Argument, WithMap(new NsIdMap(0, 1000, 10), new NsIdMap(9, 2000, 1)));
        Refused(NsErrorId.IdMapOverlap, NsErrorKind.Argument, WithMap(new NsIdMap(0, 1000, 10), new NsIdMap(10, 1009, 1)));
        Refused(NsErrorId.IdMapOverlap, NsErrorKind.Argument, WithMap(new NsIdMap(50, 1, 1), new NsIdMap(5, 7, 1), new NsIdMap(50, 9, 1)));
        LaunchSpecValidator.Validate(WithMap(new NsIdMap(10, 1000, 10), new NsIdMap(0, 1010, 10)));
    }

    [Fact]
    public void The_gid_map_is_looked_at_as_well() =>
        Refused(NsErrorId.InvalidIdMap, NsErrorKind.Argument, WithMap(new NsIdMap(0, 0, 1)) with { GidMap = [] });

    [Fact]
    public void An_ordinary_user_may_map_one_id_only()
    {
        LaunchSpec one = WithMap(new NsIdMap(0, 1000, 1)) with { DenySetgroups = true };
        LaunchSpecValidator.Validate(one);
        Refused(NsErrorId.IdMapNotPermitted, NsErrorKind.Permission, one with { UidMap = [new NsIdMap(0, 1000, 2)] });
        Refused(
            NsErrorId.IdMapNotPermitted,
            NsErrorKind.Permission,
            one with { GidMap = [new NsIdMap(0, 1000, 1), new NsIdMap(1, 1001, 1)] });
    }

    [Fact]
    public void What_a_terminal_would_act_on_does_not_reach_the_message()
    {
        NsException error = Errors.Thrown(
            NsErrorId.InvalidName,
            NsErrorKind.Argument,
            () => LaunchSpecValidator.Validate(s_good with { Name = "a\e]0;x\a" }));
        Assert.Contains("a\uFFFD]0;x\uFFFD", error.Message);
    }

    private static void Refused(string errorId, NsErrorKind kind, LaunchSpec spec) =>
        Errors.Thrown(errorId, kind, () => LaunchSpecValidator.Validate(spec));

    private static LaunchSpec WithMap(params NsIdMap[] map) =>
        s_good with { Namespaces = s_good.Namespaces | NsNamespaceKind.User, UidMap = map, GidMap = [new NsIdMap(0, 0, 1)] };

    private static NsIdMap[] Lines(int count) => [.. Enumerable.Range(0, count).Select(i => new NsIdMap((uint)i, (uint)i, 1))];
}

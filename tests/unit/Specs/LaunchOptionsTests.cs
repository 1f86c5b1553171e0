using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Specs;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Specs;

public sealed class LaunchOptionsTests
{
    private const NsNamespaceKind Standard = NsNamespaceKind.Pid | NsNamespaceKind.Mount | NsNamespaceKind.Uts | NsNamespaceKind.Ipc;
    private const string Variable = "NSMODULE_TEST_INHERITED";

    public LaunchOptionsTests() => Environment.SetEnvironmentVariable(Variable, "from the process");

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public void Joining_a_session_makes_no_namespace_and_writes_no_map(uint uid)
    {
        LaunchSpec spec = (Options() with { Join = "0123456789ab" }).ToSpec(uid, uid);
        Assert.Equal(("0123456789ab", NsNamespaceKind.None, false), (spec.Join, spec.Namespaces, spec.DenySetgroups));
        Assert.Empty(spec.UidMap);
        Assert.Empty(spec.GidMap);
    }

    [Fact]
    public void Root_gets_the_four_namespaces_and_no_maps()
    {
        LaunchSpec spec = Options().ToSpec(0, 0);
        Assert.Equal(Standard, spec.Namespaces);
        Assert.Empty(spec.UidMap);
        Assert.Empty(spec.GidMap);
        Assert.False(spec.DenySetgroups);
    }

    [Fact]
    public void An_ordinary_user_gets_a_user_namespace_as_well_with_its_own_ids_as_root_and_setgroups_denied()
    {
        LaunchSpec spec = Options().ToSpec(1000, 1001);
        Assert.Equal(Standard | NsNamespaceKind.User, spec.Namespaces);
        Assert.Equal([new NsIdMap(0, 1000, 1)], spec.UidMap);
        Assert.Equal([new NsIdMap(0, 1001, 1)], spec.GidMap);
        Assert.True(spec.DenySetgroups);
    }

    [Fact]
    public void An_ordinary_user_gets_it_with_chosen_namespaces_too() =>
        Assert.Equal(
            NsNamespaceKind.Net | NsNamespaceKind.User,
            (Options() with { Namespaces = NsNamespaceKind.Net }).ToSpec(1000, 1000).Namespaces);

    [Fact]
    public void Chosen_namespaces_replace_the_standard_ones() =>
        Assert.Equal(NsNamespaceKind.Net, (Options() with { Namespaces = NsNamespaceKind.Net }).ToSpec(0, 0).Namespaces);

    [Fact]
    public void No_namespace_at_all_can_be_chosen() =>
        Assert.Equal(NsNamespaceKind.None, (Options() with { Namespaces = NsNamespaceKind.None }).ToSpec(0, 0).Namespaces);

    [Fact]
    public void Root_in_a_user_namespace_maps_itself_and_may_keep_setgroups()
    {
        LaunchSpec spec = (Options() with { Namespaces = Standard | NsNamespaceKind.User }).ToSpec(0, 0);
        Assert.Equal([new NsIdMap(0, 0, 1)], spec.UidMap);
        Assert.Equal([new NsIdMap(0, 0, 1)], spec.GidMap);
        Assert.False(spec.DenySetgroups);
    }

    [Fact]
    public void A_map_implies_the_user_namespace_and_leaves_the_other_map_at_its_default()
    {
        LaunchSpec uids = (Options() with { UidMap = [new NsIdMap(0, 100000, 65536)] }).ToSpec(0, 0);
        Assert.Equal(Standard | NsNamespaceKind.User, uids.Namespaces);
        Assert.Equal([new NsIdMap(0, 100000, 65536)], uids.UidMap);
        Assert.Equal([new NsIdMap(0, 0, 1)], uids.GidMap);

        LaunchSpec gids = (Options() with { GidMap = [new NsIdMap(0, 7, 2)] }).ToSpec(0, 5);
        Assert.True(gids.Namespaces.HasFlag(NsNamespaceKind.User));
        Assert.Equal([new NsIdMap(0, 0, 1)], gids.UidMap);
        Assert.Equal([new NsIdMap(0, 7, 2)], gids.GidMap);
    }

    [Fact]
    public void The_command_and_its_arguments_are_passed_as_they_are()
    {
        LaunchSpec spec = (Options() with { FilePath = "/bin/echo", Arguments = ["a b", "", "$(id)", "-n"] }).ToSpec(0, 0);
        Assert.Equal("/bin/echo", spec.FilePath);
        Assert.Equal(["a b", "", "$(id)", "-n"], spec.Arguments);
    }

    [Fact]
    public void No_command_is_an_interactive_shell()
    {
        LaunchSpec spec = Options().ToSpec(0, 0);
        Assert.Equal("", spec.FilePath);
        Assert.StartsWith("shell-", spec.Name);
    }

    [Fact]
    public void Everything_else_reaches_the_spec()
    {
        LaunchOptions options = Options() with
        {
            Hostname = "demo",
            DomainName = "example.org",
            Timeout = TimeSpan.FromSeconds(1.5),
            NoInit = true,
            AttachFirst = true,
            TerminalSize = new NsTerminalSize(120, 40),
            WorkingDirectory = "/usr",
        };
        LaunchSpec spec = options.ToSpec(0, 0);
        Assert.Equal(("demo", "example.org", "/usr"), (spec.Hostname, spec.DomainName, spec.WorkingDirectory));
        Assert.Equal((TimeSpan.FromSeconds(1.5), true, true), (spec.Timeout, spec.NoInit, spec.AttachFirst));
        Assert.Equal(new NsTerminalSize(120, 40), spec.TerminalSize);
        Assert.Equal(NsTerminalSize.Default, Options().ToSpec(0, 0).TerminalSize);
    }

    [Fact]
    public void Ids_are_twelve_hex_digits_and_differ()
    {
        string[] ids = [.. Enumerable.Range(0, 50).Select(_ => Options().ToSpec(0, 0).Id)];
        Assert.All(ids, id => Assert.Matches("^[0-9a-f]{12}$", id));
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Theory]
    [InlineData("/usr/bin/python3.11", "python311")]
    [InlineData("/opt/my tool", "mytool")]
    [InlineData("---", "shell")]
    [InlineData("/opt/ünïcode", "ncode")]
    [InlineData("/opt/../", "shell")]
    [InlineData("-n", "n")]
    public void A_session_without_a_name_is_named_after_its_command_and_the_name_is_valid(string command, string start)
    {
        LaunchSpec spec = (Options() with { FilePath = command }).ToSpec(0, 0);
        Assert.Equal($"{start}-{spec.Id[..4]}", spec.Name);
        Assert.False(spec.NameIsReserved);
        LaunchSpecValidator.Validate(spec);
    }

    [Fact]
    public void A_command_with_a_long_name_still_makes_a_valid_name() =>
        LaunchSpecValidator.Validate((Options() with { FilePath = "/opt/" + new string('x', 200) }).ToSpec(0, 0));

    [Fact]
    public void A_chosen_name_is_kept_and_reserved()
    {
        LaunchSpec spec = (Options() with { Name = "web" }).ToSpec(0, 0);
        Assert.Equal(("web", true), (spec.Name, spec.NameIsReserved));
    }

    [Fact]
    public void The_environment_is_this_process_s_with_what_was_added_changed_and_removed()
    {
        Assert.Contains($"{Variable}=from the process", Options().ToSpec(0, 0).Environment);
        Assert.Contains("NSMODULE_TEST_NEW=a=b", With("NSMODULE_TEST_NEW", "a=b").Environment);
        Assert.Contains("NSMODULE_TEST_NEW=", With("NSMODULE_TEST_NEW", "").Environment);
        Assert.Equal([$"{Variable}=changed"], With(Variable, "changed").Environment.Where(v => v.StartsWith(Variable)));
        Assert.DoesNotContain(With(Variable, null).Environment, v => v.StartsWith(Variable));
    }

    [Fact]
    public void A_cleared_environment_has_only_a_home_and_what_was_given()
    {
        var added = new Dictionary<string, string?> { ["B"] = "2", ["A"] = "1", ["C"] = null, ["HOME"] = "/h" };
        LaunchOptions options = Options() with { ClearEnvironment = true, Environment = added };
        Assert.Equal(["A=1", "B=2", "HOME=/h"], options.ToSpec(0, 0).Environment);
        string home = Assert.Single((Options() with { ClearEnvironment = true }).ToSpec(0, 0).Environment);
        Assert.StartsWith("HOME=/", home, StringComparison.Ordinal);
        added["HOME"] = null;
        Assert.Equal(["A=1", "B=2"], options.ToSpec(0, 0).Environment);
    }

    [Fact]
    public void A_terminal_type_is_there_unless_it_was_removed()
    {
        Assert.Single(Options().ToSpec(0, 0).Environment, v => v.StartsWith("TERM="));
        Assert.DoesNotContain(With("TERM", null).Environment, v => v.StartsWith("TERM="));
        Assert.Contains("TERM=vt100", With("TERM", "vt100").Environment);
    }

    [Theory]
    [InlineData("")]
    [InlineData("A=B")]
    [InlineData("=")]
    public void A_variable_that_cannot_be_named_is_refused(string name) =>
        Errors.Thrown(NsErrorId.InvalidEnvironment, NsErrorKind.Argument, () => With(name, "x"));

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("a\0b")]
    [InlineData("host/name")]
    [InlineData("ü")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public void A_host_or_domain_name_that_cannot_be_is_refused(string name)
    {
        Errors.Thrown(NsErrorId.InvalidHostname, NsErrorKind.Argument, () => (Options() with { Hostname = name }).ToSpec(0, 0));
        Errors.Thrown(NsErrorId.InvalidDomainName, NsErrorKind.Argument, () => (Options() with { DomainName = name }).ToSpec(0, 0));
    }

    [Fact]
    public void A_host_name_of_64_bytes_is_the_longest()
    {
        string longest = new('x', 64);
        Assert.Equal(longest, (Options() with { Hostname = longest }).ToSpec(0, 0).Hostname);
    }

    private static LaunchSpec With(string variable, string? value) =>
        (Options() with { Environment = new Dictionary<string, string?> { [variable] = value } }).ToSpec(0, 0);

    [Fact]
    public void A_user_namespace_turns_new_privileges_off_and_the_switch_on()
    {
        Assert.False(Options().ToSpec(0, 0).Privileges.NoNewPrivileges);
        Assert.True(Options().ToSpec(1000, 1000).Privileges.NoNewPrivileges);
        Assert.True((Options() with
        {
            AutoSubIds = true,
            SubIds = new SubIds("root", 0, "root:100000:10", "root:100000:10"),
        }).ToSpec(0, 0).Privileges.NoNewPrivileges);
        Assert.False((Options() with { AllowNewPrivileges = true }).ToSpec(1000, 1000).Privileges.NoNewPrivileges);
    }

    [Fact]
    public void A_capability_that_the_caller_does_not_have_is_refused_where_it_would_be_the_callers()
    {
        LaunchOptions options = Options() with { AddCapabilities = ["NET_ADMIN", "KILL"], OwnCapabilities = 1 << 5 };
        Assert.Contains(
            "NET_ADMIN",
            Errors.Thrown(NsErrorId.CapabilityNotPermitted, NsErrorKind.Permission, () => options.ToSpec(0, 0)).Message);
        Assert.Equal((1ul << 5) | (1ul << 12), options.ToSpec(1000, 1000).Privileges.AddedCapabilities);
        Assert.Equal(1ul << 5, (options with { AddCapabilities = ["KILL"] }).ToSpec(0, 0).Privileges.AddedCapabilities);
        Assert.Equal(Capabilities.Everything, (options with { AddCapabilities = ["All"] }).ToSpec(0, 0).Privileges.Capabilities);
    }

    [Theory]
    [InlineData("022", 18)]
    [InlineData("0", 0)]
    [InlineData("0777", 511)]
    public void A_mask_is_octal(string text, int mask) => Assert.Equal(mask, (Options() with { Umask = text }).ToSpec(0, 0).Identity.Umask);

    [Theory]
    [InlineData("")]
    [InlineData("8")]
    [InlineData("0o22")]
    [InlineData("-1")]
    [InlineData("1777")]
    [InlineData("00022")]
    [InlineData(" 22")]
    public void What_is_no_mask_is_refused(string text) =>
        Errors.Thrown(NsErrorId.InvalidUmask, NsErrorKind.Argument, () => (Options() with { Umask = text }).ToSpec(0, 0));

    [Fact]
    public void Sub_ids_go_by_the_helpers_and_setgroups_is_not_denied_then()
    {
        var given = new SubIds("ann", 1000, "ann:100000:65536", "ann:100000:65536");
        LaunchSpec spec = (Options() with { AutoSubIds = true, SubIds = given }).ToSpec(1000, 1000);
        Assert.Equal((true, true, false), (spec.Identity.UidMapByHelper, spec.Identity.GidMapByHelper, spec.DenySetgroups));
        LaunchSpec users = (Options() with { UidMap = [new(0, 1000, 1), new(1, 100000, 5)], SubIds = given }).ToSpec(1000, 1000);
        Assert.Equal((true, false, true), (users.Identity.UidMapByHelper, users.Identity.GidMapByHelper, users.DenySetgroups));
        LaunchSpec root = (Options() with { UidMap = [new(0, 1000, 1), new(1, 100000, 5)], SubIds = given }).ToSpec(0, 0);
        Assert.Equal((false, false, false), (root.Identity.UidMapByHelper, root.Identity.GidMapByHelper, root.DenySetgroups));
        Errors.Thrown(
            NsErrorId.IdMapNotPermitted,
            NsErrorKind.Permission,
            () => (Options() with { UidMap = [new(0, 5, 1)], SubIds = given }).ToSpec(1000, 1000));
        Errors.Thrown(
            NsErrorId.InvalidIdMap,
            NsErrorKind.Argument,
            () => (Options() with { UidMap = [new(0, 5, 1)], AutoSubIds = true, SubIds = given }).ToSpec(1000, 1000));
    }

    [Fact]
    public void The_limit_of_open_files_that_was_asked_for_is_the_one() =>
        Assert.Equal(
            0ul,
            (Options() with
            {
                OpenFilesLimit = 512,
                Resources = new ResourceSpec { Limits = [ResourceLimit.Parse("nofile", "99")] },
            }).ToSpec(0, 0).OpenFilesLimit);

    private static LaunchOptions Options() => new() { WorkingDirectory = "/" };
}

using System;
using System.IO;
using NsModule.Agent.Processes;
using NsModule.Agent.Users;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using NsModule.Testing;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Agent;

/// <summary>Users and groups of a root, whose files anybody may have written.</summary>
public sealed class UserDatabaseTests
{
    private const string Passwd = """
        root:x:0:0:root:/root:/bin/sh
        broken:x:0
        hex:x:0x0:0::/:/bin/sh
        minus:x:-1:-1::/:/bin/sh
        space:x: 0:0::/:/bin/sh
        +nis::::::
        app:x:1000:1000:App:/srv/app:/bin/ash
        app:x:0:0:a second one:/root:/bin/sh
        bare:x:1001:1001::relative:
        """;

    private const string Group = """
        root:x:0:
        app:x:1000:
        www-data:x:33:app,other
        tty:x:5:appendix
        audio:x:29:other,app
        bad:x:0x0:app
        """;

    private static readonly UserDatabase s_users = new(Passwd, Group);

    [Theory]
    [InlineData("app", "1000:1000", "33 29")]
    [InlineData("1000", "1000:1000", "33 29")]
    [InlineData("app:app", "1000:1000", "")]
    [InlineData("app:33", "1000:33", "")]
    [InlineData("1000:tty", "1000:5", "")]
    [InlineData("4242", "4242:0", "")]
    [InlineData("4242:4243", "4242:4243", "")]
    [InlineData("root", "0:0", "")]
    public void A_user_has_its_group_and_the_groups_it_is_in(string user, string ids, string groups)
    {
        (IdentitySpec identity, _) = s_users.Resolve(new IdentitySpec { User = user });
        Assert.Equal((ids, groups), (identity.User, string.Join(' ', identity.SupplementaryGroups)));
    }

    /// <summary>
    /// Whoever fills the root may write lines of nothing but separators: reading them takes no more memory than the text.
    /// </summary>
    [Theory]
    [InlineData(':')]
    [InlineData('\n')]
    [InlineData(',')]
    public void A_text_of_separators_takes_no_more_memory_than_any_other(char separator)
    {
        string text = "app:x:7:" + new string(separator, 1 << 22) + "\n";
        var users = new UserDatabase(text + Passwd, text + Group);
        long before = GC.GetAllocatedBytesForCurrentThread();
        _ = users.Resolve(new IdentitySpec { User = "app" });
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8L * text.Length);
    }

    [Fact]
    public void Groups_are_added_by_name_and_number_once()
    {
        (IdentitySpec identity, _) = s_users.Resolve(new IdentitySpec { User = "app", SupplementaryGroups = ["tty", "33", "7000", "app"] });
        Assert.Equal(["33", "29", "5", "7000"], identity.SupplementaryGroups);
    }

    [Fact]
    public void What_was_resolved_resolves_to_itself()
    {
        (IdentitySpec identity, _) = s_users.Resolve(new IdentitySpec { User = "app", SupplementaryGroups = ["tty"] });
        Assert.Equivalent(identity, s_users.Resolve(identity).Identity, strict: true);
    }

    /// <summary>A line that is not well-formed must not make anybody root (CVE-2026-30892).</summary>
    [Theory]
    [InlineData("nobody")]
    [InlineData("broken")]
    [InlineData("hex")]
    [InlineData("minus")]
    [InlineData("space")]
    [InlineData("ROOT")]
    public void A_user_that_is_not_there_is_an_error(string user) =>
        Assert.Equal(
            new LaunchFailure(LaunchStep.User, ENOENT, user),
            Assert.Throws<LaunchException>(() => s_users.Resolve(new IdentitySpec { User = user })).Failure);

    [Theory]
    [InlineData("app:nogroup", "nogroup")]
    [InlineData("app:bad", "bad")]
    public void A_group_that_is_not_there_is_an_error(string user, string group) =>
        Assert.Equal(
            new LaunchFailure(LaunchStep.Group, ENOENT, group),
            Assert.Throws<LaunchException>(() => s_users.Resolve(new IdentitySpec { User = user })).Failure);

    [Fact]
    public void The_files_are_read_inside_the_root_wherever_their_links_lead()
    {
        using var root = new ScratchDirectory();
        _ = Directory.CreateDirectory(root["etc"]);
        _ = Directory.CreateDirectory(root["real"]);
        File.WriteAllText(root["real/passwd"], "inside:x:77:78::/:/bin/sh\n");
        File.CreateSymbolicLink(root["etc/passwd"], "/real/../../../../real/passwd");
        Assert.Equal("77:78", Resolve(root, "inside"));
        Assert.Throws<LaunchException>(() => Resolve(root, "root"));
    }

    [Fact]
    public void A_root_without_them_has_numbers_only()
    {
        using var root = new ScratchDirectory();
        Assert.Equal("5:0", Resolve(root, "5"));
        Assert.Equal(ENOENT, Assert.Throws<LaunchException>(() => Resolve(root, "root")).Failure.Errno);
    }

    [Fact]
    public unsafe void A_fifo_in_their_place_is_refused_without_waiting()
    {
        using var root = new ScratchDirectory();
        _ = Directory.CreateDirectory(root["etc"]);
        fixed (byte* path = CString.From(root["etc/passwd"]))
        {
            _ = NativeException.Check(mkfifo(path, (Tmds.Linux.mode_t)0x1b6), "mkfifo");
        }

        Assert.Equal(
            new LaunchFailure(LaunchStep.User, EINVAL, "/etc/passwd"),
            Assert.Throws<LaunchException>(() => Resolve(root, "root")).Failure);
    }

    private static string Resolve(ScratchDirectory root, string user)
    {
        using FileDescriptor directory = FileDescriptor.Open(root.Path, O_PATH | O_DIRECTORY);
        return UserDatabase.Read(directory.Value).Resolve(new IdentitySpec { User = user }).Identity.User;
    }
}

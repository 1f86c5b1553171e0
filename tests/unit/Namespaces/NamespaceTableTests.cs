using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.Namespaces;
using NsModule.Native;
using NsModule.Sessions;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Namespaces;

public sealed class NamespaceTableTests
{
    private static readonly string[] s_kinds = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

    [Theory]
    [InlineData("net:[4026531840]", NsNamespaceKind.Net, 4026531840)]
    [InlineData("mnt:[1]", NsNamespaceKind.Mount, 1)]
    [InlineData("pid:[18446744073709551615]", NsNamespaceKind.Pid, ulong.MaxValue)]
    public void Reads_what_the_kernel_writes(string text, NsNamespaceKind kind, ulong inode) =>
        Assert.Equal((kind, inode), NamespaceTable.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("net")]
    [InlineData("net:[]")]
    [InlineData("net:[12")]
    [InlineData("net:[-1]")]
    [InlineData("net:[18446744073709551616]")]
    [InlineData("nets:[1]")]
    [InlineData("/")]
    public void Reads_nothing_else(string text) => Assert.Null(NamespaceTable.Parse(text));

    [Fact]
    public void Lists_every_namespace_of_this_process()
    {
        NsNamespace[] listed = [.. NamespaceTable.Read().Describe([])];

        Assert.All(s_kinds, kind =>
        {
            string link = new FileInfo("/proc/self/ns/" + kind).LinkTarget!;
            NsNamespace own = Assert.Single(listed, n => n.ToString() == link);
            Assert.Contains(getpid(), own.ProcessIds);
            Assert.Equal(own.ProcessIds.Length, own.ProcessCount);
            Assert.Equal(own.ProcessIds.Min(), own.ProcessId);
        });
    }

    [Fact]
    public void Lists_those_of_one_process_only()
    {
        NsNamespace[] listed = [.. NamespaceTable.Read([getpid()]).Describe([])];

        Assert.Equal(s_kinds, listed.Select(n => n.ToString().Split(':')[0]).Order());
        Assert.All(listed, n => Assert.Equal([getpid()], n.ProcessIds));
        Assert.Equal(
            NamespaceTable.Parse(new FileInfo("/proc/self/ns/user").LinkTarget!)!.Value.Inode,
            listed.Single(n => n.Kind == NsNamespaceKind.Net).Owner);
    }

    [Fact]
    public void Names_the_sessions_that_run_in_one()
    {
        ulong inode = NamespaceTable.Parse(new FileInfo("/proc/self/ns/net").LinkTarget!)!.Value.Inode;
        SessionRecord running = new()
        {
            Id = "0123456789ab",
            Name = "a",
            State = NsSessionState.Running,
            Namespaces = new Dictionary<string, ulong> { ["net"] = inode },
        };
        SessionRecord ended = running with { Id = "ba9876543210", State = NsSessionState.Exited };

        NsNamespace[] listed = [.. NamespaceTable.Read([getpid()]).Describe([running, ended])];

        Assert.Equal(["0123456789ab"], listed.Single(n => n.Kind == NsNamespaceKind.Net).Session);
        Assert.Empty(listed.Single(n => n.Kind == NsNamespaceKind.Uts).Session);
    }

    [Fact]
    public void Adds_what_only_a_mount_keeps()
    {
        NamespaceTable table = NamespaceTable.Read([getpid()]);
        ulong known = table.Inodes.First();

        table.AddMounts(MountInfo.Parse(
        [
            "515 24 0:4 net:[77] /run/netns/a\\040b rw shared:1 - nsfs nsfs rw",
            $"516 24 0:4 net:[{known.ToString(CultureInfo.InvariantCulture)}] /run/netns/own rw - nsfs nsfs rw",
            "517 24 0:4 /net:[78] /mnt rw - tmpfs tmpfs rw",
        ]));

        NsNamespace[] listed = [.. table.Describe([])];
        NsNamespace mounted = Assert.Single(listed, n => n.Inode == 77);
        Assert.Equal(
            (NsNamespaceKind.Net, "/run/netns/a b", 0, null),
            (mounted.Kind, mounted.Path, mounted.ProcessCount, mounted.ProcessId));
        Assert.DoesNotContain(listed, n => n.Inode == 78 || n.Path == "/run/netns/own");
    }
}

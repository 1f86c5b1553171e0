using System;
using System.IO;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Security;

/// <summary>What whoever filled the root may have put in it: nothing there leads out.</summary>
public sealed class EscapeTests
{
    /// <summary>CVE-2024-45310, CVE-2021-30465: what is made for a mount, and mounted, stays below the root.</summary>
    [Theory]
    [ForEachPerson(false)]
    [ForEachPerson(true)]
    public void Links_in_a_target_do_not_lead_out(Person person, bool upwards)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        string outside = workspace.PathOf("outside");
        _ = Directory.CreateDirectory(outside);
        workspace.Own(outside);
        _ = File.CreateSymbolicLink(root.PathOf("link"), upwards ? "../outside" : outside);

        // Inside the root the link means another directory, which is not there or, made, is below the root.
        root.MakeDirectory(upwards ? "outside" : outside[1..]);
        string output = root.Run(
            "cat /link/made/file; ls -d /link/made",
            "-Mount @{ Target = '/link/made/file'; Content = 'inside' + [char]10 }");

        Assert.Equal("inside\n/link/made\n", output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
    }

    /// <summary>CVE-2026-41579, CVE-2019-19921, CVE-2025-52881: the kernel's file systems are where they say.</summary>
    [Theory]
    [ForEachPerson("dev")]
    [ForEachPerson("proc")]
    [ForEachPerson("sys")]
    public void A_link_for_what_the_kernel_provides_is_refused(Person person, string name)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        root.MakeDirectory("elsewhere");
        _ = File.CreateSymbolicLink(root.PathOf(name), "elsewhere");

        Assert.Contains("[MountTargetUnsafe]", root.Fail(), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(root.PathOf("elsewhere")));
    }

    /// <summary>CVE-2025-52565, CVE-2025-31133: what is in the root's own /dev and what masked paths lead to is never followed.</summary>
    [Theory, ForEachPerson]
    public void Files_of_the_root_s_own_dev_and_links_for_masked_paths_play_no_part(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        string outside = workspace.Write("outside", "untouched\n");
        root.MakeDirectory("dev");
        foreach (string name in (string[])["console", "null", "pts", "ptmx"])
        {
            _ = File.CreateSymbolicLink(root.PathOf("dev/" + name), outside);
        }

        Assert.Equal("1:3 /dev/pts/0\n", root.Run("echo $(stat -c %t:%T /dev/null) $(tty); echo x >/dev/console >/dev/null"));
        Assert.Equal("untouched\n", File.ReadAllText(outside));
    }

    /// <summary>What stands in the root's own /proc is under the real one.</summary>
    [Theory, ForEachPerson]
    public void A_proc_of_the_root_s_own_is_not_the_one_that_is_seen_or_written(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        foreach (string directory in (string[])["proc", "proc/self", "proc/sys", "proc/sys/kernel"])
        {
            root.MakeDirectory(directory);
        }

        root.Write("proc/keys", "fake\n");
        root.Write("proc/self/mountinfo", "fake\n");
        root.Write("proc/sys/kernel/domainname", "fake\n");

        Assert.Equal("0\n1\nproc\n", root.Run("cat /proc/keys | wc -c; grep -c ' /proc/sys ro,' /proc/self/mountinfo; stat -fc %T /proc"));
        Assert.Equal("fake\n", File.ReadAllText(root.PathOf("proc/sys/kernel/domainname")));
    }

    /// <summary>Where the host shares its mounts, as systemd has it, what is mounted in a session is not mounted there.</summary>
    [Fact]
    public void Mounts_do_not_reach_a_host_that_shares_its_own()
    {
        Assert.SkipUnless(geteuid() == 0, "In a user namespace the kernel itself lets nothing out.");
        using var workspace = new Workspace(Person.Root);
        var root = new RootDirectory(workspace);

        // Somebody else's may go meanwhile.
        const string Compare = "cat /proc/self/mountinfo >before; \"$@\"; ! grep -vxFf before /proc/self/mountinfo && echo '[same]'";
        using PwshTerminal pwsh = PwshTerminal.RunUnder(
            Person.Root,
            ["unshare", "--mount", "--propagation", "shared", "sh", "-c", Compare, "sh"],
            $"foreach ($root in @{{}}, @{{ RootPath = '{root.Path}' }}) {{ Invoke-NsCommand @root -WorkingDirectory / -Mount @{{ Target ="
                + " '/root' } sh -ArgumentList '-c', 'grep -c \" /root .* - tmpfs \" /proc/self/mountinfo' }");
        pwsh.Terminal.ExpectExit(0);

        Assert.Equal("1\r\n1\r\n[same]\r\n", pwsh.Terminal.OutputText);
    }
}

using System;
using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Isolation;

/// <summary>A session in a root of its own: what is there, and what is not.</summary>
public sealed class RootTests
{
    [Theory]
    [ForEachPerson("", "/root")]
    [ForEachPerson("-Environment @{ HOME = ''/mine'' }", "/mine")]
    [ForEachPerson("-Environment @{ HOME = '''' }", "/root")]
    [ForEachPerson("-Environment @{ HOME = $null }", "")]
    [ForEachPerson("-ClearEnvironment -Environment @{ PATH = ''/bin'' }", "/root")]
    public void Home_is_that_of_the_roots_user(Person person, string parameters, string home)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);

        Assert.Equal(home + "\n", root.Run("echo $HOME", parameters.Replace("''", "'", StringComparison.Ordinal)));
    }

    [Theory, ForEachPerson]
    public void Home_is_the_top_where_nobody_has_one_and_the_callers_own_in_the_hosts_root(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        File.Delete(root.PathOf("etc/passwd"));
        Assert.Equal("/\n", root.Run("echo $HOME"));

        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            "Enter-NsTerminal -Name NAME -RootPath / sh -ArgumentList '-c', 'echo $HOME'");
        pwsh.Terminal.ExpectExit(0);
        Assert.Equal(workspace.Directory, pwsh.Terminal.OutputText.Trim());
    }

    [Theory, ForEachPerson]
    public void Users_of_an_overlay_are_those_that_the_session_sees(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        string changes = workspace.PathOf("changes");
        Directory.CreateDirectory(changes);
        workspace.Own(changes);
        string overlay = "-OverlayPath " + changes;
        _ = root.Run("echo me:x:0:0::/changed: >/etc/passwd", overlay);
        Assert.Equal("/changed\n", root.Run("echo $HOME", overlay));
        Assert.Equal("/changed\n", root.Run("echo $HOME", overlay + " -User me"));
        Assert.Equal("/\n", root.Run("rm /etc/passwd; echo $PWD", overlay));
        Assert.Equal("/\n", root.Run("echo $HOME", overlay));
    }

    [Theory, ForEachPerson]
    public void Paths_of_ones_own_are_covered_with_a_root_and_without(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        root.MakeDirectory("etc/keys");
        root.Write("etc/keys/one", "secret\n");
        Assert.Equal(
            "0\n0\nno\n",
            root.Run(
                "ls -A /etc/keys | wc -l; cat /etc/group | wc -c; touch /root/x 2>/dev/null || echo no",
                "-MaskedPath /etc/keys, /etc/group, /nowhere -ReadOnlyPath /root"));

        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            $"Enter-NsTerminal -Name NAME -MaskedPath {root.PathOf("etc/keys")} -ReadOnlyPath {root.PathOf("root")} sh -ArgumentList '-c',"
                + $" 'ls -A {root.PathOf("etc/keys")} | wc -l; touch {root.PathOf("root/x")} 2>/dev/null || echo no;"
                + " head -c 1 /proc/interrupts | wc -c'");
        pwsh.Terminal.ExpectExit(0);
        Assert.Equal("0\nno\n1\n", pwsh.Terminal.OutputText.Replace("\r\n", "\n", StringComparison.Ordinal));
    }

    [Theory, ForEachPerson]
    public void The_root_is_all_there_is(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        string before = File.ReadAllText("/proc/self/mountinfo");

        // Field 5 of mountinfo is where a mount is; the host's would have other paths, or stand on or under the root.
        string[] lines = root
            .Run("pwd; ls -1 /; echo --; ls -1 /..; echo --; sed 's/^[^ ]* [^ ]* [^ ]* [^ ]* \\([^ ]*\\) .*/\\1/' /proc/self/mountinfo;"
                + " echo --; ls -1 /proc/self/root/")
            .Split('\n');

        string[] names = ["bin", "dev", "etc", "proc", "root", "sys"];
        Assert.Equal(["/", .. names, "--", .. names, "--"], lines[..(2 + (names.Length * 2) + 1)]);
        string[] mounts = [.. lines.Skip(2 + (names.Length * 2) + 1).TakeWhile(l => l != "--")];
        Assert.Single(mounts, "/");

        // Where /sys is the host's, its control groups are below what covers them.
        Assert.All(mounts.GroupBy(m => m).Where(g => g.Count() > 1), g => Assert.Equal("/sys/fs/cgroup", g.Key));
        Assert.All(mounts, m => Assert.Matches("^/$|^/(dev|proc|sys|etc)(/|$)", m));
        Assert.Equal(before, File.ReadAllText("/proc/self/mountinfo"));
    }

    [Theory, ForEachPerson]
    public void Dev_has_the_devices_and_the_terminal_is_from_inside(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);

        string output = root.Run("tty; cd /dev; stat -c '%n %t:%T' null zero full random urandom tty; for l in fd stdin stdout stderr ptmx;"
            + " do readlink $l; done; ls -1 /dev/pts; [ console -ef pts/0 ] || stat -c '%t:%T %i' console pts/0; echo out >console;"
            + " echo x >null; head -c 3 zero | wc -c; stty size; grep -c ' /dev/shm .* tmpfs ' /proc/self/mountinfo");

        Assert.Equal(
            "/dev/pts/0\nnull 1:3\nzero 1:5\nfull 1:7\nrandom 1:8\nurandom 1:9\ntty"
                + " 5:0\n/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\npts/ptmx\n0\nptmx\nout\n3\n24 80\n1\n",
            output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(root.PathOf("dev")));
    }

    [Theory, ForEachPerson]
    public void Masked_paths_show_nothing_and_read_only_ones_cannot_be_written(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);

        string output = root.Run("cat /proc/keys /proc/timer_list /proc/interrupts | wc -c; ls /sys/firmware | wc -l;"
            + " (echo x >/proc/sys/kernel/domainname) 2>&1 | sed 's/.*: //'; mkdir /sys/x 2>&1 | sed 's/.*: //';"
            + " for p in bus fs irq sys sysrq-trigger; do [ ! -e /proc/$p ] || grep -q \" /proc/$p ro,\" /proc/self/mountinfo ||"
            + " echo writable; done");

        Assert.Equal("0\n0\nRead-only file system\nRead-only file system\n", output);
    }

    [Theory, ForEachPerson]
    public void Names_in_etc_are_those_of_the_session_and_the_directory_keeps_its_own(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        root.Write("etc/hosts", "theirs\n");

        string output = root.Run(
            "cat /etc/hostname; grep demo /etc/hosts; hostname; cat /etc/resolv.conf; echo more >>/etc/hosts",
            "-Hostname demo");

        Assert.Equal($"demo\n127.0.1.1\tdemo\ndemo\n{File.ReadAllText("/etc/resolv.conf")}", output);
        Assert.Equal("theirs\n", File.ReadAllText(root.PathOf("etc/hosts")));
        Assert.Equal("mine\n", root.Run("cat /etc/hosts", "-Mount @{ Target = '/etc/hosts'; Content = 'mine' + [char]10 }"));
    }

    [Theory, ForEachPerson]
    public void A_read_only_root_can_be_written_in_its_mounts_alone(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);

        string output = root.Run(
            "touch /x /etc/x 2>&1 | sed 's/.*: //'; touch /dev/shm/x /scratch/x && echo written",
            "-ReadOnlyRoot -Mount @{ Target = '/scratch' }");

        Assert.Equal("Read-only file system\nRead-only file system\nwritten\n", output);
    }

    [Theory, ForEachPerson]
    public void An_overlay_leaves_the_root_as_it_is(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        string[] before = root.Names();

        Assert.Equal("new\n", root.Run("echo new >/etc/passwd; rm /etc/group; echo new >/file; cat /file", "-Overlay"));
        Assert.Equal(before, root.Names());
        Assert.Equal("1\n", root.Run("grep -c root /etc/passwd", "-Overlay"));

        string changes = workspace.PathOf("changes");
        _ = Directory.CreateDirectory(changes);
        workspace.Own(changes);
        _ = root.Run("echo kept >/file; rm /etc/group", "-OverlayPath " + changes);
        Assert.Equal("kept\nno\n", root.Run("cat /file; [ -e /etc/group ] || echo no", "-OverlayPath " + changes));
        Assert.Equal(before, root.Names());
    }

    [Theory, ForEachPerson]
    public void Mounts_are_made_as_they_are_described(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        _ = Directory.CreateDirectory(workspace.PathOf("data"));
        workspace.Own(workspace.PathOf("data"));
        _ = workspace.Write("data/file", "content\n");
        string data = workspace.PathOf("data");

        Assert.Equal(
            "content\nRead-only file system\n",
            root.Run("cat /a/b/file; touch /a/b/x 2>&1 | sed 's/.*: //'", $"-Mount {data}:/a/b:ro"));
        Assert.Equal("content\n", root.Run("cat /one; echo more >>/one", $"-Mount @{{ Source = '{data}/file'; Target = '/one' }}"));
        Assert.Equal("content\nmore\n", File.ReadAllText(data + "/file"));
        Assert.Equal(
            "750\n1024\n",
            root.Run(
                "stat -c %a /t; dd if=/dev/zero of=/t/f bs=1k count=2000 2>/dev/null; stat -c %s /t/f | sed 's/^1048576$/1024/'",
                "-Mount (New-NsMount -Target /t -Size 1MB -Mode 750)"));
        Assert.Equal(
            "600 3\n",
            root.Run("stat -c '%a %s' /secret", "-Mount (New-NsMount -Content ([byte[]](1, 2, 3)) -Target /secret -Mode 600)"));
        Assert.Equal("changed\n", root.Run("echo changed >/o/file; cat /o/file", $"-Mount (New-NsMount -LowerPath {data} -Target /o)"));
        Assert.Equal("content\nmore\n", File.ReadAllText(data + "/file"));
        Assert.Equal(
            "can't\n",
            root.Run(
                "cp /bin/busybox /n/sh 2>/dev/null || cat /bin/busybox >/n/sh; /bin/busybox chmod 755 /n/sh; /n/sh true 2>/dev/null ||"
                    + " echo \"can't\"",
                "-Mount @{ Target = '/n'; NoExec = $true }"));
    }

    [Fact]
    public void An_id_mapped_mount_has_the_owners_that_it_has_on_the_disk()
    {
        Assert.SkipUnless(geteuid() == 0, "Only root may map the ids of a mount.");
        using var workspace = new Workspace(Person.Root);
        string data = workspace.PathOf("data");
        _ = Directory.CreateDirectory(data);
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            "foreach ($map in $false, $true) { Enter-NsTerminal -Name NAME -UidMap 0:100000:65536 -GidMap 0:100000:65536 -WorkingDirectory"
                + $" / -Mount @{{ Source = '{data}'; Target = '/mnt'; IdMap = $map }} sh -ArgumentList '-c', 'stat -c %u /mnt;"
                + " touch /mnt/file; true' }");
        pwsh.Terminal.ExpectExit(0);

        Assert.Equal(["65534", "0"], pwsh.Terminal.OutputText.Split("\r\n").Where(l => l.All(char.IsAsciiDigit) && l.Length > 0));
        Assert.Equal(["file"], Directory.EnumerateFiles(data).Select(Path.GetFileName));
    }

    [Theory, ForEachPerson]
    public void Without_a_root_mounts_go_over_what_is_there(Person person)
    {
        using var workspace = new Workspace(person);
        string place = workspace.PathOf("place");
        _ = Directory.CreateDirectory(place);
        workspace.Own(place);
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            $"Enter-NsTerminal -Name NAME -Mount @{{ Target = '{place}/not-there'; Content = 'x' }} sh -ErrorAction SilentlyContinue;"
                + $" $Error[0].FullyQualifiedErrorId.Split(',')[0]; Enter-NsTerminal -Name NAME2 -Mount @{{ Target = '{place}' }}, @{{"
                + $" Target = '/etc/hostname'; Content = 'mine' + [char]10 }} sh -ArgumentList '-c', 'touch {place}/x; cat /etc/hostname;"
                + " grep -c \" / / \" /proc/self/mountinfo'");
        pwsh.Terminal.ExpectExit(0);

        Assert.EndsWith("MountTargetNotFound\r\nmine\r\n1\r\n", pwsh.Terminal.OutputText, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(place));
    }

    [Theory, ForEachPerson]
    public void A_session_with_a_root_is_joined_in_its_root(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        using PwshTerminal target = PwshTerminal.Run(
            workspace,
            $"$s = Start-NsProcess -Name NAME -RootPath {root.Path} -- sh -c 'echo x >/dev/shm/mark; sleep 1000'; $s.RootPath");
        target.Terminal.ExpectExit(0);
        Assert.Equal(root.Path + "\r\n", target.Terminal.OutputText);
        using PwshTerminal joined = PwshTerminal.Run(
            workspace,
            $"Enter-NsTerminal -Name NAME -Keep -Join {target.Name} sh -ArgumentList '-c', 'pwd; ls /dev/shm; ls -1 / | wc -l'");
        joined.Terminal.ExpectExit(0);

        Assert.Equal("/\r\nmark\r\n6\r\n", joined.Terminal.OutputText);
        Assert.Equal(root.Path, joined.Record.RootPath);
    }

    [Theory]
    [ForEachPerson("-RootPath /not-there true", "RootNotFound")]
    [ForEachPerson("-RootPath / -Namespace Uts true", "NamespaceRequired")]
    [ForEachPerson("-Overlay true", "RootRequired")]
    [ForEachPerson("-Mount @{ Target = '/'; Source = '/' } true", "InvalidMount")]
    [ForEachPerson("-Mount @{ Target = '/mnt'; Source = '/not-there' } true", "MountSourceNotFound")]
    [ForEachPerson("-Mount @{ Target = '/mnt'; Colour = 'red' } true", "InvalidMount")]
    [ForEachPerson("-Mount 'a:b:c:d' true", "InvalidMount")]
    public void What_cannot_be_has_an_error_of_its_own(Person person, string parameters, string error)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            $"try {{ Start-NsProcess -Name NAME {parameters} }} catch {{ $_.FullyQualifiedErrorId.Split(',')[0] }}");
        pwsh.Terminal.ExpectExit(0);
        Assert.Equal(error + "\r\n", pwsh.Terminal.OutputText);
    }
}

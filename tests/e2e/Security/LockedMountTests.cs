using System;
using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Security;

/// <summary>Root of a user namespace, with every capability in it, undoes what was mounted before it came.</summary>
public sealed class LockedMountTests
{
    private const string UserSession = "-Namespace Pid,Mount,Uts,Ipc,User";

    /// <summary>Whatever is tried with a mount: what succeeds is said, or shows in a comparison of the mounts.</summary>
    private const string Attack =
        """
        for m in $(sed 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .*/\1/' /proc/self/mountinfo | sort -r); do
          mount -o remount,rw $m 2>/dev/null
          mount -o remount,bind,rw $m 2>/dev/null
          mount -o remount,bind,rw,dev,suid,exec $m 2>/dev/null
          umount $m 2>/dev/null && echo "[unmounted $m]"
          umount -l $m 2>/dev/null && echo "[detached $m]"
          mount -o move $m /place 2>/dev/null && echo "[moved $m]"
          mount -o bind $m /place 2>/dev/null && { case $m in /|/proc|/sys|/dev) echo "[revealed $m]";; esac; umount /place; }
        done
        mount -t proc proc /place 2>/dev/null && { echo '[fresh proc]'; umount /place; }
        mount -t sysfs sysfs /place 2>/dev/null && { echo '[fresh sysfs]'; umount /place; }
        true
        """;

    /// <summary>The same as root of one user namespace more.</summary>
    private const string NestedAttack = Attack + "\nunshare -U -r -m sh /attack";

    [Theory]
    [ForEachPerson("")]
    [ForEachPerson("-Network None")]
    [ForEachPerson("-ReadOnlyRoot")]
    [ForEachPerson("-Overlay")]
    [ForEachPerson("-NoInit")]
    public void No_mount_of_the_session_s_can_be_undone(Person person, string parameters)
    {
        using var workspace = new Workspace(person);
        RootDirectory root = MakeRoot(workspace);
        string source = MakeSource(workspace);
        string mounts = $"-Mount {source}:/read-only:ro -MaskedPath /etc/secret -ReadOnlyPath /etc/kept";

        string output = root.Run(
            $"""
            cat /proc/self/mountinfo >/dev/shm/before
            {NestedAttack}
            cat /proc/self/mountinfo >/dev/shm/after
            cmp /dev/shm/before /dev/shm/after && echo [same]
            cat /etc/secret; echo changed >/etc/kept; echo changed >/read-only/file
            echo changed >/proc/sys/kernel/domainname; echo [end]
            """,
            $"{UserSession} {parameters} {mounts}");

        string[] results = [.. output.Split('\n').Where(l => l.StartsWith('[') || l.StartsWith("secret", StringComparison.Ordinal))];
        Assert.Equal(["[same]", "[end]"], results);
        Assert.Equal("kept\n", File.ReadAllText(root.PathOf("etc/kept")));
        Assert.Equal("content\n", File.ReadAllText(Path.Combine(source, "file")));
    }

    /// <summary>Who joins has the same mounts, and is as little able to change them.</summary>
    [Theory, ForEachPerson]
    public void Who_joins_can_undo_none_either(Person person)
    {
        using var workspace = new Workspace(person);
        RootDirectory root = MakeRoot(workspace);
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            $"$s = Start-NsProcess -Name NAME -RootPath {root.Path} {UserSession} -MaskedPath /etc/secret sleep 1000; "
            + "Enter-NsTerminal -Name NAME-joined -Join $s sh -ArgumentList '/attack'; "
            + "$mine = @($s.Namespaces.GetEnumerator() | ForEach-Object { \"$($_.Value)\" }); "
            + "\"[joined $((Get-NsNamespace -Type Mount, User | Where-Object { \"$($_.Inode)\" -in $mine }).Count)]\";"
            + " Stop-NsProcess $s -Force");
        pwsh.Terminal.ExpectExit(0);

        Assert.Equal(["[joined 2]"], pwsh.Terminal.OutputText.Split("\r\n").Where(l => l.StartsWith('[')));
    }

    /// <summary>In the host's own files the same holds for what a session is kept from.</summary>
    [Theory, ForEachPerson]
    public void Without_a_root_what_was_covered_stays_covered(Person person)
    {
        using var workspace = new Workspace(person);
        string secret = workspace.Write("secret", "secret\n");
        string kept = workspace.Write("kept", "kept\n");
        string script = workspace.Write(
            "attack",
            $"for m in {secret} {kept} /proc; do umount $m; umount -l $m; mount -o remount,bind,rw $m; done; cat {secret};"
                + $" echo changed >{kept}; echo [end]\n");
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            $"Enter-NsTerminal -Name NAME {UserSession} -MaskedPath {secret} -ReadOnlyPath {kept} sh -ArgumentList '{script}' 2>&1");
        pwsh.Terminal.ExpectExit(0);

        Assert.Contains("[end]", pwsh.Terminal.OutputText, StringComparison.Ordinal);
        Assert.DoesNotContain("secret\r\n", pwsh.Terminal.OutputText, StringComparison.Ordinal);
        Assert.Equal("kept\n", File.ReadAllText(kept));
    }

    /// <summary>What a session's root may do with mounts of its own, it still may.</summary>
    [Theory, ForEachPerson]
    public void Mounts_of_its_own_are_the_session_s_to_make_and_to_undo(Person person)
    {
        using var workspace = new Workspace(person);
        RootDirectory root = MakeRoot(workspace);
        Assert.Equal(
            "mounted\nbound\ngone\n",
            root.Run(
                "mount -t tmpfs t /place && touch /place/x && echo mounted; mount -o rbind /etc /place && [ -e /place/kept ] && echo bound;"
                    + " umount -l /place; umount /place; [ -e /place/x ] || echo gone",
                UserSession));

        // In the host's files, where nothing covers /proc, a PID namespace below gets its own.
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            $"Enter-NsTerminal -Name NAME {UserSession} unshare -ArgumentList '-p', '-f', '-m', '--mount-proc', 'sh', '-c', 'echo [$$]"
                + " /proc/[0-9]*'");
        pwsh.Terminal.ExpectExit(0);
        Assert.Equal("[1] /proc/1\r\n", pwsh.Terminal.OutputText);
    }

    private static RootDirectory MakeRoot(Workspace workspace)
    {
        var root = new RootDirectory(workspace);
        root.MakeDirectory("place");
        foreach (string applet in (string[])["cmp", "sort", "unshare"])
        {
            _ = File.CreateSymbolicLink(root.PathOf("bin/" + applet), "busybox");
        }

        root.Write("attack", Attack);
        root.Write("etc/secret", "secret\n");
        root.Write("etc/kept", "kept\n");
        return root;
    }

    private static string MakeSource(Workspace workspace)
    {
        string source = workspace.PathOf("source");
        _ = Directory.CreateDirectory(source);
        workspace.Own(source);
        _ = workspace.Write("source/file", "content\n");
        return source;
    }
}

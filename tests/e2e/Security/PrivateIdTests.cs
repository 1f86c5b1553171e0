using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Security;

/// <summary>Root of the host, in a user namespace and a root of its own, is nobody on the host.</summary>
public sealed class PrivateIdTests
{
    private const string UserSession = "-Namespace Pid,Mount,Uts,Ipc,User";

    [Theory]
    [InlineData("")]
    [InlineData("-Overlay")]
    [InlineData("-OverlayPath CHANGES")]
    public void Its_root_owns_its_files_and_is_nobody_outside(string parameters)
    {
        using Workspace workspace = Start(out RootDirectory root);
        string changes = workspace.PathOf("changes");
        _ = Directory.CreateDirectory(changes);
        parameters = parameters.Replace("CHANGES", changes, StringComparison.Ordinal);

        string[] lines = root
            .Run(
                "cat /proc/self/uid_map /proc/self/gid_map; id -u; stat -c '%u:%g' / /bin/busybox /etc/passwd; echo new >/etc/new;"
                    + " stat -c '%u:%g' /etc/new; rm /etc/passwd && echo removed",
                $"{UserSession} {parameters}")
            .TrimEnd()
            .Split('\n');

        Assert.All(lines[..2], l => Assert.True(Outside(l) > 0, l));
        Assert.Equal(["0", "0:0", "0:0", "0:0", "0:0", "removed"], lines[2..]);
        string[] places = parameters.Length == 0 ? [root.PathOf("etc/new")]
            : changes.Length > 0 && parameters.Contains(changes, StringComparison.Ordinal) ? [Path.Combine(changes, "upper/etc/new")]
            : [];
        Assert.All(places, p => Assert.Equal("0:0", OwnerOf(p)));
        Assert.Equal(parameters.Length > 0, File.Exists(root.PathOf("etc/passwd")));
    }

    /// <summary>The way to run code on the host that root's own id was.</summary>
    [Fact]
    public void What_belongs_to_the_host_s_root_cannot_be_written()
    {
        using Workspace workspace = Start(out RootDirectory root);
        string file = workspace.Write("host", "host\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string pattern = File.ReadAllText("/proc/sys/kernel/core_pattern");

        string output = root.Run(
            "umount /proc/sys 2>/dev/null; (echo core >/proc/sys/kernel/core_pattern) 2>/dev/null && echo written; cat /bound 2>/dev/null;"
                + " (echo x >/bound) 2>/dev/null && echo written; echo end",
            $"{UserSession} -Mount @{{ Source = '{file}'; Target = '/bound' }}");

        Assert.Equal("end\n", output);
        Assert.Equal("host\n", File.ReadAllText(file));
        Assert.Equal(pattern, File.ReadAllText("/proc/sys/kernel/core_pattern"));
    }

    /// <summary>Where the files of the host's root are the session's root's, so would be the devices among them.</summary>
    [Fact]
    public void A_device_that_lies_in_the_root_cannot_be_opened()
    {
        using Workspace workspace = Start(out RootDirectory root);
        using (var mknod = Process.Start("mknod", ["-m", "600", root.PathOf("device"), "c", "1", "5"]))
        {
            mknod.WaitForExit();
            Assert.Equal(0, mknod.ExitCode);
        }

        Assert.Equal("0\nclosed\n", root.Run("stat -c %u /device; head -c 1 /device >/dev/null 2>&1 || echo closed", UserSession));
    }

    [Fact]
    public void The_host_s_ids_are_mapped_where_they_are_named_and_with_a_warning()
    {
        using Workspace workspace = Start(out RootDirectory root);
        string output = root.Run("cat /proc/self/uid_map /proc/self/gid_map", "-UidMap 0:0:1 -GidMap 0:0:1");
        Assert.Contains("WARNING: The maps give the session the host's id 0", output, StringComparison.Ordinal);
        Assert.All(output.TrimEnd().Split('\n')[^2..], l => Assert.Equal(0, Outside(l)));
    }

    [Fact]
    public void A_root_on_a_file_system_without_id_mapped_mounts_has_an_error_that_says_what_to_do()
    {
        using Workspace workspace = Start(out RootDirectory _);
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            $"try {{ Start-NsProcess -Name NAME -RootPath /proc/self/task {UserSession} true }} catch {{"
                + " \"[$($_.FullyQualifiedErrorId.Split(',')[0])] $_\" }");
        pwsh.Terminal.ExpectExit(0);

        string said = pwsh.Terminal.OutputText.Replace("\r\n", "", StringComparison.Ordinal);
        Assert.StartsWith("[RootNotIdMapped]", said, StringComparison.Ordinal);
        Assert.Contains("-UidMap 0:100000:65536", said, StringComparison.Ordinal);
    }

    /// <summary>Two sessions at once have nobody in common.</summary>
    [Fact]
    public void Each_session_has_ids_of_its_own()
    {
        Assert.SkipWhen(
            File.Exists("/etc/subuid") && File.ReadLines("/etc/subuid").Any(l => l.StartsWith("root:", StringComparison.Ordinal)),
            "Root has sub-ids here, which are all its sessions'.");
        using Workspace workspace = Start(out RootDirectory root);
        long[] first = [.. Enumerable.Range(0, 3).Select(_ => Outside(root.Run("cat /proc/self/uid_map", UserSession)))];
        Assert.Equal(3, first.Distinct().Count());
        Assert.All(first, f => Assert.InRange(f, 0x80000, 0x6fff0000));
    }

    private static Workspace Start(out RootDirectory root)
    {
        Assert.SkipUnless(geteuid() == 0, "It is about root of the host.");
        var workspace = new Workspace(Person.Root);
        root = new RootDirectory(workspace);
        return workspace;
    }

    /// <summary>The second number of a line of a map.</summary>
    private static long Outside(string line) =>
        long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private static string OwnerOf(string path)
    {
        using var stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%u:%g", path]) { RedirectStandardOutput = true })!;
        return stat.StandardOutput.ReadToEnd().Trim();
    }
}

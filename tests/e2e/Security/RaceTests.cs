using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using NsModule.EndToEndTests.Harness;
using NsModule.Native;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Security;

/// <summary>Somebody exchanges what is in the root while sessions start in it.</summary>
public sealed unsafe partial class RaceTests
{
    /// <summary>CVE-2021-30465, CVE-2024-45310: between looking and mounting, a directory becomes a link that leads out.</summary>
    [Theory, ForEachPerson]
    public void A_process_of_the_host_that_makes_links_of_directories_leads_no_mount_out(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        string outside = Outside(workspace, root);
        string output;
        using (var exchange = new Exchange(root.PathOf("swap"), root.PathOf("link")))
        {
            output = Run(workspace, root, "-Mount @{ Target = '/swap/made/file'; Content = 'inside' }");
        }

        AssertNothingGotOut(output, outside);
    }

    /// <summary>The same from a session in that root.</summary>
    [Theory, ForEachPerson]
    public void A_session_that_makes_links_of_directories_leads_no_mount_out(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        string outside = Outside(workspace, root);
        root.Write(
            "attack",
            "echo [ready]; while [ ! -e /stop ]; do mv /swap /directory; mv -T /link /swap; mv -T /swap /link; mv /directory /swap; done");
        using PwshTerminal attacker = PwshTerminal.Run(
            workspace,
            $"Enter-NsTerminal -Name NAME -RootPath {root.Path} sh -ArgumentList '/attack'");
        _ = attacker.Terminal.Expect("[ready]");

        string output = Run(workspace, root, "-Mount @{ Target = '/swap/made/file'; Content = 'inside' }");
        root.Write("stop", "");
        attacker.Terminal.ExpectExit(0);

        AssertNothingGotOut(output, outside);
    }

    /// <summary>
    /// CVE-2019-19921, CVE-2025-31133, CVE-2025-52881: a mount point renamed between the mount and what covers parts of it left
    /// those open under the other name.
    /// </summary>
    [Theory, ForEachPerson]
    public void Mount_points_of_proc_and_dev_that_change_places_with_others_leave_nothing_uncovered(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        string[] places = ["proc", "proc2", "dev", "dev2"];
        Array.ForEach(places, root.MakeDirectory);

        // Wherever the names lead by now: one of them is a proc file system.
        root.Write(
            "script",
            "for d in /proc /proc2; do cd $d; if [ -e self/mountinfo ]; then [ -z \"$(head -c 1 interrupts)\" ] && echo [covered] ||"
                + " echo [open]; fi; done");
        string output;
        using (var proc = new Exchange(root.PathOf("proc"), root.PathOf("proc2")))
        using (var dev = new Exchange(root.PathOf("dev"), root.PathOf("dev2")))
        {
            output = Run(workspace, root, "");
        }

        Assert.Contains("[covered]", output, StringComparison.Ordinal);
        Assert.DoesNotContain("[open]", output, StringComparison.Ordinal);
        Assert.Empty(places.SelectMany(p => Directory.EnumerateFileSystemEntries(root.PathOf(p))));
    }

    private static string Outside(Workspace workspace, RootDirectory root)
    {
        string outside = workspace.PathOf("outside");
        _ = Directory.CreateDirectory(outside);
        workspace.Own(outside);
        root.MakeDirectory("swap");
        _ = File.CreateSymbolicLink(root.PathOf("link"), outside);
        root.Write("script", "cat /swap/made/file; echo [started]");
        return outside;
    }

    private static string Run(Workspace workspace, RootDirectory root, string parameters)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            $"foreach ($i in 1..40) {{ try {{ Enter-NsTerminal -RootPath {root.Path} {parameters} sh -ArgumentList '/script' -PassThru |"
                + " Remove-NsProcess } catch { \"[$($_.FullyQualifiedErrorId.Split(',')[0])]\" } }");
        _ = pwsh.Terminal.WaitForExit();
        return pwsh.Terminal.OutputText;
    }

    /// <summary>Both were met: the directory, and the link, which inside the root leads nowhere.</summary>
    private static void AssertNothingGotOut(string output, string outside)
    {
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
        Assert.Contains("[started]", output, StringComparison.Ordinal);
        Assert.Contains("[MountTarget", output, StringComparison.Ordinal);
    }

    /// <summary>Two names that change places (renameat2(2), RENAME_EXCHANGE) all the time, until disposed.</summary>
    private sealed partial class Exchange : IDisposable
    {
        private const uint RENAME_EXCHANGE = 2;

        private readonly Thread _thread;
        private volatile bool _stop;
        private long _count;

        public Exchange(string first, string second)
        {
            _thread = new Thread(() =>
            {
                fixed (byte* a = CString.From(first), b = CString.From(second))
                {
                    while (!_stop)
                    {
                        _count += renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0 ? 1 : 0;
                    }
                }
            });
            _thread.Start();
        }

        public void Dispose()
        {
            _stop = true;
            _thread.Join();
            Assert.True(_count > 100, "they did not change places");
        }

        [LibraryImport("libc", SetLastError = true)]
        private static partial int renameat2(int olddirfd, byte* oldpath, int newdirfd, byte* newpath, uint flags);
    }
}

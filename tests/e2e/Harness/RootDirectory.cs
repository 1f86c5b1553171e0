using System;
using System.IO;
using System.Linq;
using Xunit;

namespace NsModule.EndToEndTests.Harness;

/// <summary>A small root file system of busybox in a workspace: everything in it belongs to the workspace's person.</summary>
internal sealed class RootDirectory
{
    private const string BusyBox = "/bin/busybox";

    private static readonly string[] s_applets =
    [
        "cat", "chroot", "dd", "df", "echo", "find", "grep", "head", "hostname", "id", "ln", "ls", "mkdir", "mount", "mv", "ps", "pwd",
        "readlink", "rm", "sed", "sh", "sleep", "stat", "stty", "touch", "tty", "umount", "wc",
    ];

    private readonly Workspace _workspace;

    public RootDirectory(Workspace workspace)
    {
        Assert.SkipUnless(File.Exists(BusyBox), "The root file system is made of busybox: install busybox-static.");
        _workspace = workspace;
        Path = workspace.PathOf("root");
        foreach (string directory in (string[])["", "bin", "etc", "root"])
        {
            MakeDirectory(directory);
        }

        File.Copy(BusyBox, PathOf("bin/busybox"));
        foreach (string applet in s_applets)
        {
            _ = File.CreateSymbolicLink(PathOf("bin/" + applet), "busybox");
        }

        Write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
        Write("etc/group", "root:x:0:\n");
    }

    public string Path { get; }

    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    public void MakeDirectory(string name)
    {
        _ = Directory.CreateDirectory(PathOf(name));
        _workspace.Own(PathOf(name));
    }

    public void Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        _workspace.Own(PathOf(name));
    }

    /// <summary>What the module's program needs to run in it: the loader and the C library, of which this process has copies.</summary>
    public void CopyLibrariesOfTheAgent()
    {
        foreach (string library in File.ReadLines("/proc/self/maps")
            .Select(l => l[(l.LastIndexOf(' ') + 1)..])
            .Where(p => System.IO.Path.GetFileName(p).Split('.')[0] is "libc" or "libm" or "ld-linux-x86-64" or "ld-linux-aarch64")
            .Distinct())
        {
            foreach (string directory in (string[])["lib", "lib64"])
            {
                MakeDirectory(directory);
                File.Copy(library, PathOf(System.IO.Path.Combine(directory, System.IO.Path.GetFileName(library))));
            }
        }
    }

    /// <summary>What is in it, other than what every one has from the start.</summary>
    public string[] Names() =>
    [
        .. Directory.EnumerateFileSystemEntries(Path, "*", SearchOption.AllDirectories)
            .Select(p => System.IO.Path.GetRelativePath(Path, p))
            .Where(p => !p.StartsWith("bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Runs a shell script in a session with this root, which is to end with status 0.</summary>
    /// <returns>What it showed, with the line ends of a file.</returns>
    public string Run(string script, string parameters = "")
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            _workspace,
            $"Enter-NsTerminal -Name NAME -RootPath {Path} {parameters} sh -ArgumentList '-c',"
                + $" '{script.Replace("'", "''", StringComparison.Ordinal)}'");
        pwsh.Terminal.ExpectExit(0);
        return pwsh.Terminal.OutputText.Replace("\r\n", "\n", StringComparison.Ordinal);
    }

    /// <summary>Tries to launch a session with this root.</summary>
    /// <returns>The name of the error.</returns>
    public string Fail()
    {
        using PwshTerminal pwsh = PwshTerminal.Run(
            _workspace,
            $"try {{ Start-NsProcess -Name NAME -RootPath {Path} -- sh -c 'sleep 1000' | Out-Null;"
                + " 'started' } catch { \"[$($_.FullyQualifiedErrorId.Split(',')[0])] $_\" }");
        pwsh.Terminal.ExpectExit(0);
        return pwsh.Terminal.OutputText;
    }
}

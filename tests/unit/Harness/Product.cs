using System;
using System.IO;
using System.Linq;

namespace NsModule.UnitTests.Harness;

/// <summary>The built product, where everybody can run it.</summary>
internal static class Product
{
    private const UnixFileMode ForOthers = UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly Lazy<string> s_root = new(FindRoot);

    /// <summary>The host program.</summary>
    public static string Host => Path.Combine(s_root.Value, HostDirectory, "NsHost");

    /// <summary>The module's manifest.</summary>
    public static string Module => Path.Combine(s_root.Value, ModuleDirectory, "NsModule.psd1");

    private static string ModuleDirectory => Path.Combine("out", "NsModule");

    private static string HostDirectory => Path.Combine("src", "NsHost", "bin", Configuration, "net10.0");

    /// <summary>The configuration these tests were built in.</summary>
    private static string Configuration => AppContext.BaseDirectory.Contains("/bin/Release/", StringComparison.Ordinal) ? "Release" : "Debug";

    private static string FindRoot()
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "Module.sln")))
        {
            root = Path.GetDirectoryName(root);
        }

        _ = root ?? throw new InvalidOperationException($"There is no Module.sln above {AppContext.BaseDirectory}.");
        return IsReachable(root) ? root : Copy(root);
    }

    /// <summary>Whether an ordinary user gets through all directories; a checkout in root's home is closed to others.</summary>
    private static bool IsReachable(string? directory)
    {
        for (; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if ((File.GetUnixFileMode(directory) & UnixFileMode.OtherExecute) == 0)
            {
                return false;
            }
        }

        return true;
    }

    private static string Copy(string root)
    {
        string copy = Directory.CreateTempSubdirectory("nst-product-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(copy, recursive: true);
        File.SetUnixFileMode(copy, File.GetUnixFileMode(copy) | ForOthers);
        foreach (string directory in (string[])[ModuleDirectory, HostDirectory])
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(root, directory), "*", SearchOption.AllDirectories))
            {
                string target = Path.Combine(copy, Path.GetRelativePath(root, file));
                OpenToOthers(copy, Path.GetDirectoryName(target)!);
                File.Copy(file, target);
                File.SetUnixFileMode(target, File.GetUnixFileMode(target) | (File.GetUnixFileMode(target).HasFlag(UnixFileMode.UserExecute) ? ForOthers : UnixFileMode.OtherRead));
            }
        }

        return copy;
    }

    private static void OpenToOthers(string root, string directory)
    {
        _ = Directory.CreateDirectory(directory);
        for (string at = directory; at != root; at = Path.GetDirectoryName(at)!)
        {
            File.SetUnixFileMode(at, File.GetUnixFileMode(at) | ForOthers);
        }
    }
}

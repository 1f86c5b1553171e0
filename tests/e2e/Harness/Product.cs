using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Harness;

/// <summary>The built product and the pwsh that runs it, where everybody can read them.</summary>
internal static class Product
{
    private const UnixFileMode Read = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private static readonly ConcurrentDictionary<string, Lazy<string>> s_readable = new();

    /// <summary>The folder that pwsh imports.</summary>
    public static string ModuleFolder => Readable("ModuleOutput");

    /// <summary>The module's manifest.</summary>
    public static string Module => Path.Combine(ModuleFolder, "NsModule.psd1");

    /// <summary>pwsh, to which options can be added.</summary>
    public static string[] Pwsh =>
        [Path.Combine(DotnetRoot, "dotnet"), Path.Combine(Readable("PwshPath"), "pwsh.dll"), "-NoLogo", "-NoProfile"];

    /// <summary>Where .NET is installed.</summary>
    public static string DotnetRoot { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));

    /// <summary>
    /// pwsh with the module imported and a command line. It ends with the code of <c>exit</c>, else with <c>$LASTEXITCODE</c>, else with 1
    /// where the line failed, as behind <c>dotnet run --project src/NsModule</c>.
    /// </summary>
    public static string[] PwshWith(string line) =>
    [
        .. Pwsh,
        "-Command",
        $"Import-Module '{Module}'\n{line}\n; $succeeded = $?; exit ($LASTEXITCODE ? $LASTEXITCODE : [int]-not $succeeded)",
    ];

    /// <summary>
    /// A folder whose path the build has written into this assembly, or a copy of it that goes with this process: where the tests are
    /// root's, a checkout or a package cache may be closed to others.
    /// </summary>
    public static string Readable(string key) => s_readable.GetOrAdd(key, k => new Lazy<string>(() => MakeReadable(Metadata(k)))).Value;

    /// <summary>What the build has written into this assembly.</summary>
    public static string Metadata(string key) =>
        typeof(Product).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;

    private static string MakeReadable(string folder)
    {
        folder = Path.TrimEndingDirectorySeparator(folder);
        if (geteuid() != 0 || (Ancestors(folder).All(d => File.GetUnixFileMode(d).HasFlag(UnixFileMode.OtherExecute)) && IsOpen(folder)))
        {
            return folder;
        }

        string parent = Directory.CreateTempSubdirectory("nst-product-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(parent, recursive: true);
        File.SetUnixFileMode(parent, File.GetUnixFileMode(parent) | Read | Execute);
        string copy = Path.Combine(parent, Path.GetFileName(folder));
        foreach (string source in Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories)
            .Prepend(folder)
            .Order(StringComparer.Ordinal))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(folder, source));
            if (Directory.Exists(source))
            {
                _ = Directory.CreateDirectory(target);
                File.SetUnixFileMode(target, File.GetUnixFileMode(target) | Read | Execute);
            }
            else
            {
                File.Copy(source, target);
                UnixFileMode mode = File.GetUnixFileMode(source);
                File.SetUnixFileMode(target, mode | Read | (mode.HasFlag(UnixFileMode.UserExecute) ? Execute : 0));
            }
        }

        return copy;
    }

    /// <summary>Whether others may do with every file what its owner may; NuGet makes programs executable for their owner alone.</summary>
    private static bool IsOpen(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select(File.GetUnixFileMode)
        .All(m => m.HasFlag(UnixFileMode.OtherRead) && m.HasFlag(UnixFileMode.OtherExecute) == m.HasFlag(UnixFileMode.UserExecute));

    private static IEnumerable<string> Ancestors(string? directory)
    {
        for (; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            yield return directory;
        }
    }
}

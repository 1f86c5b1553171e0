using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using static Tmds.Linux.LibC;

namespace NsModule.Native;

/// <summary>
/// Finds programs that belong to the system, such as newuidmap(1): what they say is trusted, so PATH, which is the user's, does not count.
/// </summary>
internal static class SystemProgram
{
    /// <summary>Where they are, in the order in which they are looked for: what PATH is where nobody has set it.</summary>
    public static readonly IReadOnlyList<string> Directories =
        ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>The path of the first that this user may execute; null where there is none.</summary>
    /// <param name="name">Its name.</param>
    public static string? Find(string name) => Find(name, IsExecutable);

    /// <summary>The same with a file system as the given function sees it.</summary>
    public static string? Find(string name, Func<string, bool> isExecutable) =>
        Directories.Select(d => Path.Combine(d, name)).FirstOrDefault(isExecutable);

    /// <summary>Whether a file is there that this user may execute (access(2), X_OK).</summary>
    public static unsafe bool IsExecutable(string path)
    {
        fixed (byte* p = CString.From(path))
        {
            return File.Exists(path) && access(p, X_OK) == 0;
        }
    }
}

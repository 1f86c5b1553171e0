using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace NsModule.Native;

/// <summary>What several readers of /proc share (proc(5)).</summary>
internal static class ProcFiles
{
    /// <summary>The processes of this PID namespace, in no order.</summary>
    public static IEnumerable<int> ProcessIds()
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            {
                yield return pid;
            }
        }
    }
}

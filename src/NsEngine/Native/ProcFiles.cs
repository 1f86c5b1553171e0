using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

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

    /// <summary>A path as mountinfo has it (proc_pid_mountinfo(5)), where what would end a field is written as an octal number.</summary>
    public static string UnescapeMountPath(string path)
    {
        if (!path.Contains('\\'))
        {
            return path;
        }

        var bytes = new List<byte>();
        byte[] raw = Encoding.UTF8.GetBytes(path);
        for (int i = 0; i < raw.Length; i++)
        {
            bool escaped = raw[i] == '\\' && i + 3 < raw.Length;
            bytes.Add(escaped ? (byte)(((raw[i + 1] - '0') << 6) | ((raw[i + 2] - '0') << 3) | (raw[i + 3] - '0')) : raw[i]);
            i += escaped ? 3 : 0;
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }
}

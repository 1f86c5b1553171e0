using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace NsModule.Native;

/// <summary>A mount as /proc/PID/mountinfo shows it (proc_pid_mountinfo(5)).</summary>
/// <param name="Root">What of the file system is mounted.</param>
/// <param name="MountPoint">Where.</param>
/// <param name="Type">The type of the file system.</param>
/// <param name="SuperOptions">The options of the file system.</param>
internal sealed record MountInfo(string Root, string MountPoint, string Type, string[] SuperOptions)
{
    /// <summary>This process's mounts, in the order of mounting.</summary>
    public static IEnumerable<MountInfo> OfThisProcess() => Parse(File.ReadLines("/proc/self/mountinfo"));

    /// <summary>The same from its lines.</summary>
    public static IEnumerable<MountInfo> Parse(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
            string[] fields = line.Split(' ');
            int dash = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
            if (dash > 0 && fields.Length > dash + 3)
            {
                yield return new MountInfo(Unescape(fields[3]), Unescape(fields[4]), fields[dash + 1], fields[dash + 3].Split(','));
            }
        }
    }

    /// <summary>What would end a field is written as an octal number.</summary>
    private static string Unescape(string path)
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

using System.Collections.Generic;
using System.Globalization;
using NsModule.Native;
using NsModule.Specs;

namespace NsModule.Agent.Processes;

/// <summary>The namespaces that processes are in (namespaces(7)).</summary>
internal static class ProcessNamespaces
{
    /// <summary>File name under /proc/PID/ns, and inode; without those that may not be seen.</summary>
    public static Dictionary<string, ulong> Read(int pid)
    {
        var namespaces = new Dictionary<string, ulong>();
        foreach ((_, string file) in NamespaceFiles.All)
        {
            if (Inode(pid, file) is ulong inode)
            {
                namespaces[file] = inode;
            }
        }

        return namespaces;
    }

    /// <summary>The inode of one namespace of a process; null when the process is gone, or closed to us.</summary>
    public static ulong? Inode(int pid, string file) =>
        FileIdentity.Inode(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/{file}"));
}

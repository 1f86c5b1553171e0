using System.Collections.Generic;

namespace NsModule.Specs;

/// <summary>The files under /proc/PID/ns that stand for each kind (namespaces(7)).</summary>
internal static class NamespaceFiles
{
    public static IEnumerable<(NsNamespaceKind Kind, string File)> All =>
    [
        (NsNamespaceKind.Pid, "pid"),
        (NsNamespaceKind.Mount, "mnt"),
        (NsNamespaceKind.Uts, "uts"),
        (NsNamespaceKind.Ipc, "ipc"),
        (NsNamespaceKind.User, "user"),
        (NsNamespaceKind.Net, "net"),
        (NsNamespaceKind.Cgroup, "cgroup"),
        (NsNamespaceKind.Time, "time"),
    ];
}

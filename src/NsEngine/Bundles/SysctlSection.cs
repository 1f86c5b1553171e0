using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Specs;
using NsModule.Text;

namespace NsModule.Bundles;

/// <summary>The <c>linux.sysctl</c> of a bundle: kernel parameters, only those that belong to the session's own namespaces.</summary>
internal static class SysctlSection
{
    private static readonly string[] s_ipc =
    [
        "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall", "kernel/shmmax", "kernel/shmmni",
        "kernel/shm_rmid_forced",
    ];

    public static IReadOnlyList<KernelParameter> Read(ConfigObject linux, NsNamespaceKind namespaces)
    {
        var parameters = new List<KernelParameter>();
        foreach ((string name, string value) in linux.Map("sysctl"))
        {
            string at = $"{linux.At("sysctl")}.{PrintableText.Of(name)}";
            string path = PathOf(name);
            if (path.Split('/').Any(p => p is "" or "." or ".."))
            {
                throw ConfigObject.Invalid(at, "is no name of a kernel parameter");
            }

            NsNamespaceKind needed = Owner(path);
            if (needed == NsNamespaceKind.None)
            {
                throw ConfigObject.NotSupported(
                    at,
                    path == "kernel/hostname"
                        ? "the host name is set by hostname"
                        : "it belongs to no namespace, so it would change the whole host");
            }

            if (!namespaces.HasFlag(needed))
            {
                throw ConfigObject.Invalid(at, $"would change the host: it takes a namespace of its own in linux.namespaces ({needed})");
            }

            parameters.Add(new KernelParameter(path, value));
        }

        return parameters;
    }

    /// <summary>
    /// net.ipv4.ip_forward and net/ipv4/ip_forward are the same; where the first separator is a slash, dots are part of names (sysctl(8)).
    /// </summary>
    private static string PathOf(string name) =>
        name.IndexOfAny(['.', '/']) is var first && first >= 0 && name[first] == '.'
            ? string.Concat(name.Select(c => c switch { '.' => '/', '/' => '.', _ => c }))
            : name;

    private static NsNamespaceKind Owner(string path) =>
        path.StartsWith("net/", StringComparison.Ordinal) ? NsNamespaceKind.Net
        : path.StartsWith("fs/mqueue/", StringComparison.Ordinal) || s_ipc.Contains(path) ? NsNamespaceKind.Ipc
        : path == "kernel/domainname" ? NsNamespaceKind.Uts
        : NsNamespaceKind.None;
}

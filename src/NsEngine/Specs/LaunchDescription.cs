using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NsModule.Text;

namespace NsModule.Specs;

/// <summary>Says in lines what a launch would set up, for somebody who wants to know before it happens (-WhatIf).</summary>
internal static class LaunchDescription
{
    /// <summary>One line for each thing: what it is, and how.</summary>
    public static IReadOnlyList<string> Of(LaunchSpec spec) =>
    [
        .. Lines(spec).Where(l => l.Value.Length > 0).Select(l => PrintableText.Of($"{l.Name}: {l.Value}")),
    ];

    private static IEnumerable<(string Name, string Value)> Lines(LaunchSpec spec)
    {
        yield return (
            "command",
            spec.FilePath.Length > 0
                ? CommandText.Of([spec.FilePath, .. spec.Arguments])
                : $"a shell {CommandText.Of(spec.Arguments)}".TrimEnd());
        yield return ("working directory", spec.WorkingDirectory);
        yield return ("namespaces", spec.Namespaces == NsNamespaceKind.None ? "" : $"{spec.Namespaces}");
        yield return (
            "joins",
            string.Join(", ", spec.JoinNamespaces.Select(n => $"{n.Kind} {n.Path}").Prepend(spec.Join).Where(j => j.Length > 0)));
        yield return ("uid map", string.Join(", ", spec.UidMap));
        yield return ("gid map", string.Join(", ", spec.GidMap));
        yield return ("user", spec.Identity.User);
        yield return ("supplementary groups", string.Join(", ", spec.Identity.SupplementaryGroups));
        yield return ("umask", spec.Identity.Umask < 0 ? "" : Convert.ToString(spec.Identity.Umask, 8).PadLeft(4, '0'));
        yield return ("host name", spec.Hostname);
        yield return ("domain name", spec.DomainName);
        foreach ((string, string) line in FileSystem(spec.FileSystem))
        {
            yield return line;
        }

        foreach ((string, string) line in Limits(spec))
        {
            yield return line;
        }

        yield return ("network", spec.Network.Mode.ToString());
        yield return ("published ports", string.Join(", ", spec.Network.Ports));
        yield return ("capabilities", CapabilitiesOf(spec.Privileges));
        yield return ("no new privileges", spec.Privileges.NoNewPrivileges ? "yes" : "");
        yield return (
            "seccomp filter",
            spec.Privileges.SeccompFilter.IsEmpty ? "" : Invariant($"{spec.Privileges.SeccompFilter.Length} bytes"));

        // Values may be secrets, and go to a screen here.
        yield return ("environment", string.Join(' ', spec.Environment.Select(v => v.Split('=')[0])));
        yield return ("time-out", spec.Timeout == TimeSpan.Zero ? "" : Invariant($"{spec.Timeout.TotalSeconds} seconds"));
        yield return ("terminal", spec.Streams == StandardStreams.Pipes ? "none" : spec.TerminalSize.ToString());
        yield return ("output log", spec.OutputLog.Path);
        yield return ("output kept", spec.Streams == StandardStreams.Pipes ? "" : Invariant($"{spec.OutputBufferSize >> 10} KB"));
        yield return ("ends with this process", spec.KillOnExit ? "yes" : "");
        yield return ("record removed at the end", spec.RemoveOnExit ? "yes" : "");
    }

    private static IEnumerable<(string Name, string Value)> FileSystem(FileSystemSpec files)
    {
        string[] how =
        [
            .. files.ReadOnlyRoot ? ["read-only"] : Array.Empty<string>(),
            .. !files.Overlay ? [] : files.OverlayPath.Length > 0 ? ["overlay, changes in " + files.OverlayPath] : (string[])["overlay"],
            .. files.IdMapRoot ? (string[])["ids mapped"] : [],
        ];
        yield return (
            "root",
            files.RootPath.Length == 0 ? "" : how.Length == 0 ? files.RootPath : $"{files.RootPath} ({string.Join(", ", how)})");
        foreach (NsMount mount in files.Mounts)
        {
            yield return ("mount", mount.ReadOnly ? $"{mount} (read-only)" : $"{mount}");
        }

        yield return ("masked", string.Join(' ', files.MaskedPaths));
        yield return ("read-only", string.Join(' ', files.ReadOnlyPaths));
    }

    private static IEnumerable<(string Name, string Value)> Limits(LaunchSpec spec)
    {
        CgroupSpec limits = spec.Limits;
        yield return ("memory limit", limits.Memory is long memory ? Invariant($"{memory} bytes") : "");
        yield return ("CPU limit", limits.Cpus is double cpus ? Invariant($"{cpus} CPUs") : "");
        yield return ("process limit", limits.Processes is long processes ? Invariant($"{processes}") : "");
        yield return ("I/O weight", limits.IOWeight is int weight ? Invariant($"{weight}") : "");
        yield return ("resource limits", string.Join(", ", spec.Resources.Limits));
        yield return ("nice value", spec.Resources.Nice is int nice ? Invariant($"{nice}") : "");
        yield return ("scheduling policy", spec.Resources.SchedulingPolicy?.ToString() ?? "");
        yield return ("CPU affinity", string.Join(',', spec.Resources.CpuAffinity));
    }

    private static string CapabilitiesOf(PrivilegeSpec privileges) => privileges.Capabilities switch
    {
        Specs.Capabilities.Everything => "all",
        0 => "none",
        ulong some => string.Join(' ', Capabilities.NamesOf(some)),
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.Text;

namespace NsModule.Specs;

/// <summary>Capabilities by name and number (capabilities(7)), and sets of them as bit masks.</summary>
internal static class Capabilities
{
    /// <summary>The word for all of them.</summary>
    public const string All = "All";

    /// <summary>The set of all of them.</summary>
    public const ulong Everything = ulong.MaxValue;

    private static readonly Lazy<int> s_last = new(ReadLast);

    private static readonly string[] s_names =
    [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
        "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT",
        "SYS_PTRACE",
        "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE",
        "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ];

    /// <summary>The names by number, without CAP_.</summary>
    public static IReadOnlyList<string> Names => s_names;

    /// <summary>
    /// What the host's root keeps in a root of its own: enough to install, to serve and to become other users, nothing that reaches the
    /// kernel or another container. Without a device cgroup, MKNOD would reach the disks.
    /// </summary>
    public static ulong DefaultInRoot { get; } = MaskOf(
        "CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT",
        "KILL", "AUDIT_WRITE");

    /// <summary>The highest number that this kernel has.</summary>
    public static int Last => s_last.Value;

    /// <summary>Those that this kernel has, for completion.</summary>
    public static IEnumerable<string> Known => Names.Take(Last + 1);

    /// <summary>A default changed by the names to add and to drop, All first: drop All and add one leaves that one.</summary>
    /// <returns>The set to keep, and what was added by name.</returns>
    /// <exception cref="NsException">A name is unknown, or in both lists.</exception>
    public static (ulong Keep, ulong Added) Apply(ulong defaults, IReadOnlyList<string> add, IReadOnlyList<string> drop)
    {
        (bool addAll, ulong added) = Read("-AddCapability", add);
        (bool dropAll, ulong dropped) = Read("-DropCapability", drop);
        if ((added & dropped) != 0 || (addAll && dropAll))
        {
            string both = addAll && dropAll ? All : string.Join(", ", NamesOf(added & dropped));
            throw new NsException(
                NsErrorId.InvalidCapability,
                NsErrorKind.Argument,
                both,
                $"{both} is in -AddCapability and in -DropCapability. Leave it out of one.");
        }

        ulong start = dropAll ? 0 : addAll ? Everything : defaults;
        return ((start & ~dropped) | added, addAll ? Everything & ~dropped : added);
    }

    /// <summary>The number of a name, with or without CAP_; -1 where there is none.</summary>
    public static int NumberOf(string name)
    {
        string bare = name.StartsWith("CAP_", StringComparison.OrdinalIgnoreCase) ? name[4..] : name;
        return Array.FindIndex(s_names, n => n.Equals(bare, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The set of these names, which must exist.</summary>
    public static ulong MaskOf(params string[] names) => names.Aggregate(0ul, (mask, name) => mask | (1ul << NumberOf(name)));

    /// <summary>The names in a set.</summary>
    public static IEnumerable<string> NamesOf(ulong mask) => Names.Where((_, n) => (mask & (1ul << n)) != 0);

    /// <summary>Refuses to promise what the caller does not have itself.</summary>
    /// <exception cref="NsException">Which that is.</exception>
    public static void RequireOwn(ulong added, ulong own)
    {
        // Of All, what there is.
        string[] missing = added == Everything ? [] : [.. Known.Intersect(NamesOf(added & ~own))];
        if (missing.Length > 0)
        {
            throw new NsException(
                NsErrorId.CapabilityNotPermitted,
                NsErrorKind.Permission,
                missing[0],
                $"{string.Join(", ", missing)} in -AddCapability: this process does not have it, so it cannot give it."
                    + " Start PowerShell with it, or add User to -Namespace for one over the session alone.");
        }
    }

    /// <summary>What this process has and may pass on.</summary>
    public static ulong ReadOwn()
    {
        ulong own = Everything;
        foreach (string line in File.ReadLines("/proc/self/status")
            .Where(l => l.StartsWith("CapPrm:", StringComparison.Ordinal) || l.StartsWith("CapBnd:", StringComparison.Ordinal)))
        {
            own &= ulong.Parse(line[7..].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        }

        return own;
    }

    private static (bool All, ulong Mask) Read(string parameter, IReadOnlyList<string> names)
    {
        bool all = false;
        ulong mask = 0;
        foreach (string name in names)
        {
            if (name.Equals(All, StringComparison.OrdinalIgnoreCase))
            {
                all = true;
                continue;
            }

            int number = NumberOf(name);
            if (number < 0 || number > Last)
            {
                string shown = PrintableText.Of(name);
                throw new NsException(
                    NsErrorId.InvalidCapability,
                    NsErrorKind.Argument,
                    shown,
                    $"'{shown}' in {parameter} is no capability of this kernel. Write {All} or names of capabilities(7), such as NET_ADMIN"
                        + " or CAP_NET_ADMIN.");
            }

            mask |= 1ul << number;
        }

        return (all, mask);
    }

    private static int ReadLast()
    {
        try
        {
            return Math.Min(int.Parse(File.ReadAllText("/proc/sys/kernel/cap_last_cap"), CultureInfo.InvariantCulture), 63);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return Names.Count - 1;
        }
    }
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using NsModule.Cgroups;

namespace NsModule.Soak;

/// <summary>What a session could leave on the host.</summary>
/// <param name="Mounts">This mount namespace's mounts.</param>
/// <param name="Terminals">Pseudo-terminals.</param>
/// <param name="Cgroups">Sessions' cgroups.</param>
/// <param name="Descriptors">This process's open descriptors: what kinds, and how many of each.</param>
internal sealed record Traces(
    IReadOnlySet<string> Mounts,
    IReadOnlySet<string> Terminals,
    IReadOnlySet<string> Cgroups,
    IReadOnlyDictionary<string, int> Descriptors)
{
    public static Traces Take()
    {
        // .NET leaves the pipes of a process that it has started to their finalizers.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return new Traces(
            File.ReadAllLines("/proc/self/mountinfo").ToHashSet(),
            Directory.EnumerateFileSystemEntries("/dev/pts").ToHashSet(),
            Directory.Exists("/sys/fs/cgroup")
                ? Directory.EnumerateDirectories("/sys/fs/cgroup", CgroupScopes.Prefix + "*", SearchOption.AllDirectories).ToHashSet()
                : new HashSet<string>(),
            Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(Kind).CountBy(k => k).ToDictionary());
    }

    /// <summary>
    /// What was not in <paramref name="before"/>, and stays: the kernel takes a terminal away a moment after its last close, and
    /// others on the machine have theirs.
    /// </summary>
    public static IEnumerable<string> LeftSince(Traces before)
    {
        DateTime deadline = DateTime.UtcNow.AddSeconds(30);
        HashSet<string> left;
        do
        {
            left = [.. Take().Since(before)];
        }
        while (left.Count > 0 && DateTime.UtcNow < deadline && Thread.Yield() is var _);

        return left;
    }

    private IEnumerable<string> Since(Traces before) =>
    [
        .. Mounts.Except(before.Mounts).Select(m => "mount " + m),
        .. Cgroups.Except(before.Cgroups).Select(c => "cgroup " + c),
        .. Terminals.Except(before.Terminals).Select(t => "terminal " + t),
        .. Descriptors.Where(d => d.Value > before.Descriptors.GetValueOrDefault(d.Key) + RuntimesOwn)
            .Select(d => $"{d.Value} descriptors: {d.Key}"),
    ];

    /// <summary>What .NET opens for itself at the first child, thread or file, once.</summary>
    private const int RuntimesOwn = 8;

    /// <summary>
    /// What a descriptor is, without the number of this one: <c>pipe</c>, <c>socket</c>, <c>anon_inode:[pidfd]</c>, a path.
    /// </summary>
    private static string Kind(string link)
    {
        try
        {
            string target = new FileInfo(link).LinkTarget ?? "gone";
            int inode = target.IndexOf(":[", StringComparison.Ordinal);
            return inode > 0 && char.IsAsciiDigit(target[inode + 2]) ? target[..inode] : target;
        }
        catch (IOException)
        {
            return "gone";
        }
    }
}

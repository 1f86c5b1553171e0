using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;

namespace NsModule.Native;

/// <summary>How the ids of this process's user namespace are called in the one around it (user_namespaces(7)).</summary>
internal static class IdMapping
{
    private const string UidMap = "/proc/self/uid_map";

    /// <summary>It stays: a process with several threads cannot change its user namespace.</summary>
    private static readonly Lazy<string> s_uidMap = new(Read, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Whether this is the machine's first user namespace. Root of another one is somebody else outside.</summary>
    public static bool IsInitial => Lines(s_uidMap.Value) is [[0, 0, uint.MaxValue]];

    /// <summary>What a user is outside; the same id where it is nobody there.</summary>
    public static uint Outside(uint uid) => Outside(uid, s_uidMap.Value);

    /// <summary>The same by a map as /proc shows it: in each line the first id inside, the first one outside, and how many.</summary>
    public static uint Outside(uint id, string map) =>
        Lines(map).Where(l => id >= l[0] && id - l[0] < l[2]).Select(l => l[1] + (id - l[0])).FirstOrDefault(id);

    private static string Read()
    {
        try
        {
            return File.ReadAllText(UidMap);
        }
        catch (IOException e)
        {
            // .NET keeps the errno there.
            throw new NativeException($"open({UidMap})", e.HResult);
        }
    }

    private static uint[][] Lines(string map) =>
    [
        .. map.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Select(l => l.Select(n => uint.Parse(n, CultureInfo.InvariantCulture)).ToArray()),
    ];
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NsModule.Native;
using NsModule.Text;

namespace NsModule.Specs;

/// <summary>One limit of setrlimit(2).</summary>
/// <param name="Resource">The number of its RLIMIT_ constant.</param>
/// <param name="Soft">What the kernel enforces; <see cref="Unlimited"/> for no limit.</param>
/// <param name="Hard">What the process may raise it to.</param>
internal readonly record struct ResourceLimit(int Resource, ulong Soft, ulong Hard)
{
    /// <summary>RLIM_INFINITY.</summary>
    public const ulong Unlimited = ulong.MaxValue;

    /// <summary>The descriptors that execute a command: three of the terminal's, one that reports.</summary>
    public const ulong MinOpenFiles = 4;

    /// <summary>The names by number (setrlimit(2)), without RLIMIT_: the same on all our architectures.</summary>
    public static IReadOnlyList<string> Names => s_names;

    private static readonly string[] s_names =
        [
            "cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile", "memlock", "as", "locks", "sigpending", "msgqueue", "nice",
            "rtprio", "rttime",
        ];

    /// <summary>
    /// Reads a name (<c>nofile</c>, <c>RLIMIT_NOFILE</c>) and a value (<c>1024</c>, <c>512MB</c>, <c>unlimited</c>, <c>soft:hard</c>).
    /// </summary>
    /// <exception cref="NsException">There is no such limit, or it cannot have this value.</exception>
    public static ResourceLimit Parse(string name, string value)
    {
        string bare = name.StartsWith("RLIMIT_", StringComparison.OrdinalIgnoreCase) ? name[7..] : name;
        int resource = Array.FindIndex(s_names, n => n.Equals(bare, StringComparison.OrdinalIgnoreCase));
        if (resource < 0)
        {
            throw Invalid(name, value, $"there is no such limit. Those there are: {string.Join(", ", Names)}");
        }

        string[] parts = value.Split(':');
        if (parts.Length > 2 || !TryParse(parts[0], out ulong soft) || !TryParse(parts[^1], out ulong hard))
        {
            throw Invalid(name, value, "write a number, a size such as 512MB, unlimited, or two of these for soft and hard: 1024:4096");
        }

        return soft > hard ? throw Invalid(name, value, "the soft limit is above the hard limit")
            : resource == Sys.RLIMIT_NOFILE && soft < MinOpenFiles
                ? throw Invalid(name, value, $"a command takes {MinOpenFiles} open files to start")
            : new ResourceLimit(resource, soft, hard);
    }

    /// <summary><c>nofile=1024:4096</c>.</summary>
    public override string ToString() => $"{Names[Resource]}={Text(Soft)}:{Text(Hard)}";

    private static bool TryParse(string text, out ulong value)
    {
        if (text.Equals("unlimited", StringComparison.OrdinalIgnoreCase) || text.Equals("infinity", StringComparison.OrdinalIgnoreCase))
        {
            value = Unlimited;
            return true;
        }

        // The last number of all means that there is no limit.
        return ByteSize.TryParseWhole(text, out value) && value != Unlimited;
    }

    private static string Text(ulong value) => value == Unlimited ? "unlimited" : value.ToString(CultureInfo.InvariantCulture);

    private static NsException Invalid(string name, string value, string why)
    {
        string shown = PrintableText.Of($"{name}={value}");
        return new NsException(
            NsErrorId.InvalidResourceLimit,
            NsErrorKind.Argument,
            shown,
            $"'{shown}' cannot be used for -ResourceLimit: {why}.");
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace NsModule;

/// <summary>One line of a uid or gid map (user_namespaces(7)): a range of ids inside and where it lies outside.</summary>
/// <param name="Inside">The first id inside the user namespace.</param>
/// <param name="Outside">The id outside that it stands for.</param>
/// <param name="Count">How many ids follow each other, at least 1.</param>
public sealed record NsIdMap(uint Inside, uint Outside, uint Count)
{
    /// <summary>The kernel's limit of lines in one map since Linux 4.15 (user_namespaces(7)).</summary>
    internal const int MaxLines = 340;

    /// <summary>Reads <c>inside:outside:count</c>, or <c>inside:outside</c> for a single id.</summary>
    /// <exception cref="FormatException">The text is not of that form, or a number does not fit.</exception>
    public static NsIdMap Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split(':');
        if (parts.Length is 2 or 3
            && TryParseId(parts[0], out uint inside)
            && TryParseId(parts[1], out uint outside)
            && TryParseId(parts.Length == 3 ? parts[2] : "1", out uint count))
        {
            return new NsIdMap(inside, outside, count);
        }

        throw new FormatException($"'{text}' is not an id map. Write inside:outside:count, such as 0:1000:1.");
    }

    /// <summary>The form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Inside}:{Outside}:{Count}");

    /// <summary>The id outside that <paramref name="inside"/> stands for; null where the map has none.</summary>
    internal static uint? ToOutside(IEnumerable<NsIdMap> map, uint inside) =>
        map.Where(line => inside >= line.Inside && inside - line.Inside < line.Count)
            .Select(line => (uint?)(line.Outside + (inside - line.Inside)))
            .FirstOrDefault();

    /// <summary>The id inside under which <paramref name="outside"/> is seen; null where the map has none.</summary>
    internal static uint? ToInside(IEnumerable<NsIdMap> map, uint outside) =>
        ToOutside(map.Select(line => new NsIdMap(line.Outside, line.Inside, line.Count)), outside);

    /// <summary>
    /// Strict: digits only, no sign, no spaces, not the trailing NULs that .NET lets pass. An id that does not parse must never become 0.
    /// </summary>
    private static bool TryParseId(string text, out uint id) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && !text.Contains('\0', StringComparison.Ordinal);
}

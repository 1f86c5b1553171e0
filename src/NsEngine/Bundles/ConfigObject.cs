using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using NsModule.Text;

namespace NsModule.Bundles;

/// <summary>An object of config.json that remembers what was read of it: what is left over at its end is refused by name.</summary>
internal sealed class ConfigObject
{
    /// <summary>
    /// How many entries a list may have: more than bundles have, and few enough that those of a hostile one cost a moment.
    /// </summary>
    public const int MaxEntries = 4096;

    private readonly Dictionary<string, JsonElement> _unread = new(StringComparer.Ordinal);
    private readonly List<ConfigObject> _children = [];

    /// <summary>Wraps an object.</summary>
    /// <param name="path">Where it is: <c>linux.resources</c>; empty for the whole file.</param>
    /// <param name="element">The JSON.</param>
    /// <exception cref="NsException">It is no object, or a property stands there twice.</exception>
    public ConfigObject(string path, JsonElement element)
    {
        Path = path;
        Require(path, element, JsonValueKind.Object);
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!_unread.TryAdd(property.Name, property.Value))
            {
                throw Invalid(At(property.Name), "stands there twice");
            }
        }
    }

    /// <summary>Where it is in the file.</summary>
    public string Path { get; }

    /// <summary>The path of one of its properties.</summary>
    public string At(string name) => Path.Length == 0 ? Shown(name) : $"{Path}.{Shown(name)}";

    /// <summary>A text; null where there is none.</summary>
    public string? Text(string name) => Take(name) is JsonElement value ? TextOf(At(name), value) : null;

    /// <summary>A text that must be there.</summary>
    public string NeededText(string name) => Text(name) ?? throw Missing(name);

    /// <summary>true or false; null where there is none.</summary>
    public bool? Flag(string name) => Take(name) is not JsonElement value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Invalid(At(name), $"is {Kind(value)}; it takes true or false");

    /// <summary>A whole number; null where there is none.</summary>
    public long? Number(string name, long least = long.MinValue, long most = long.MaxValue) =>
        Take(name) is JsonElement value ? NumberOf(At(name), value, least, most) : null;

    /// <summary>A whole number that must be there.</summary>
    public long NeededNumber(string name, long least = long.MinValue, long most = long.MaxValue) =>
        Number(name, least, most) ?? throw Missing(name);

    /// <summary>A number up to 2^64-1.</summary>
    public ulong NeededUnsigned(string name) => Take(name) is not JsonElement value ? throw Missing(name)
        : value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out ulong number) ? number
        : throw Invalid(At(name), $"is {Kind(value)}; it takes a whole number from 0");

    /// <summary>A user or group id; -1 of a user is none.</summary>
    public uint? Id(string name) => (uint?)Number(name, 0, uint.MaxValue - 1);

    /// <summary>A list of texts; empty where there is none.</summary>
    public IReadOnlyList<string> Texts(string name, int most = MaxEntries) => [.. Items(name, most).Select(i => TextOf(i.Path, i.Value))];

    /// <summary>A list of whole numbers; empty where there is none.</summary>
    public IReadOnlyList<long> Numbers(string name, long least, long most) =>
        [.. Items(name, MaxEntries).Select(i => NumberOf(i.Path, i.Value, least, most))];

    /// <summary>The names and texts of an object; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Map(string name)
    {
        if (Object(name) is not ConfigObject map)
        {
            return new Dictionary<string, string>();
        }

        RequireFew(map.Path, map._unread.Count, MaxEntries);
        return map._unread.Keys.ToList().ToDictionary(k => k, map.NeededText, StringComparer.Ordinal);
    }

    /// <summary>An object; null where there is none.</summary>
    public ConfigObject? Object(string name) => Take(name) is JsonElement value ? Child(At(name), value) : null;

    /// <summary>A list of objects; empty where there is none.</summary>
    public IReadOnlyList<ConfigObject> Objects(string name, int most = MaxEntries) =>
        [.. Items(name, most).Select(i => Child(i.Path, i.Value))];

    /// <summary>The JSON as it stands; null where there is none.</summary>
    public JsonElement? Raw(string name) => Take(name);

    /// <summary>Properties of the specification that are not supported: they may be there as long as they ask for nothing.</summary>
    /// <exception cref="NsException">One asks for something.</exception>
    public void Unsupported(string why, params string[] names)
    {
        foreach (string name in names)
        {
            if (Take(name) is JsonElement value && !AsksForNothing(value))
            {
                throw NotSupported(At(name), why);
            }
        }
    }

    /// <summary>Refuses what nobody has read, here and below.</summary>
    /// <exception cref="NsException">The first one, by its path.</exception>
    public void End()
    {
        if (_unread.Count > 0)
        {
            throw NotSupported(At(_unread.Keys.First()), "this property is unknown");
        }

        _children.ForEach(c => c.End());
    }

    /// <summary>The failure that a field is understood and cannot be done.</summary>
    public static NsException NotSupported(string path, string why) =>
        new(
            NsErrorId.BundleFieldNotSupported,
            NsErrorKind.NotSupported,
            path,
            $"{path} in the bundle's config.json is not supported: {why}. A field is never ignored: take it out of config.json, or run the"
                + " bundle with a runtime that has it.");

    /// <summary>The failure that a field makes no sense.</summary>
    public static NsException Invalid(string path, string why) =>
        new(NsErrorId.BundleInvalid, NsErrorKind.Argument, path, $"{path} in the bundle's config.json {why}.");

    private NsException Missing(string name) => Invalid(At(name), "is missing");

    private ConfigObject Child(string path, JsonElement value)
    {
        var child = new ConfigObject(path, value);
        _children.Add(child);
        return child;
    }

    private List<(string Path, JsonElement Value)> Items(string name, int most)
    {
        if (Take(name) is not JsonElement list)
        {
            return [];
        }

        Require(At(name), list, JsonValueKind.Array);
        RequireFew(At(name), list.GetArrayLength(), most);
        return [.. list.EnumerateArray().Select((v, i) => (FormattableString.Invariant($"{At(name)}[{i}]"), v))];
    }

    /// <summary>Some writers leave out what is empty, others write null: the same.</summary>
    private JsonElement? Take(string name) =>
        _unread.Remove(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static bool AsksForNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.String => value.GetString()!.Length == 0,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    private static string TextOf(string path, JsonElement value)
    {
        Require(path, value, JsonValueKind.String);
        try
        {
            string text = value.GetString()!;
            return text.Contains('\0', StringComparison.Ordinal)
                ? throw Invalid(path, "holds a NUL character, which ends every string in Linux")
                : text;
        }
        catch (InvalidOperationException)
        {
            throw Invalid(path, "holds half a character (a lone surrogate)");
        }
    }

    private static long NumberOf(string path, JsonElement value, long least, long most) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= least && number <= most ? number
        : throw Invalid(
            path,
            least == long.MinValue && most == long.MaxValue
                ? $"is {Kind(value)}; it takes a whole number"
                : FormattableString.Invariant($"is {Kind(value)}; it takes a whole number from {least} to {most}"));

    private static void RequireFew(string path, int count, int most)
    {
        if (count > most)
        {
            throw new NsException(
                NsErrorId.BundleLimitExceeded,
                NsErrorKind.Argument,
                path,
                $"{path} in the bundle's config.json has {count} entries, and may have {most}. Leave some out.");
        }
    }

    private static void Require(string path, JsonElement value, JsonValueKind kind)
    {
        if (value.ValueKind != kind)
        {
            throw Invalid(
                path.Length == 0 ? "The whole" : path,
                $"is {Kind(value)}; it takes"
                    + $" {(kind == JsonValueKind.Object ? "an object" : kind == JsonValueKind.Array ? "a list" : "a text")}");
        }
    }

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => Shown(value.GetRawText()),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => "null",
    };

    private static string Shown(string name) => PrintableText.Of(name.Length <= 100 ? name : name[..100] + "…");
}

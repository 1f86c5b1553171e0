using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Text;
using NsModule.Text;

namespace NsModule.Arguments;

/// <summary>
/// Reads mounts as users write them: objects of New-NsMount, hashtables with the names of its parameters, or <c>source:target[:ro]</c>.
/// </summary>
internal static class MountArgument
{
    /// <summary>What a mount has.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        nameof(NsMount.Target), nameof(NsMount.Type), nameof(NsMount.Source), nameof(NsMount.ReadOnly), nameof(NsMount.Recurse),
        nameof(NsMount.NoExec), nameof(NsMount.NoSuid), nameof(NsMount.NoDev), nameof(NsMount.Size), nameof(NsMount.Mode),
        nameof(NsMount.Content),
        nameof(NsMount.LowerPath), nameof(NsMount.UpperPath), nameof(NsMount.WorkPath), nameof(NsMount.Propagation), nameof(NsMount.IdMap),
        nameof(NsMount.Options),
    ];

    /// <param name="argument">The argument of -Mount.</param>
    /// <param name="resolve">Makes a path of the host absolute.</param>
    /// <exception cref="NsException">It is none of these.</exception>
    public static IReadOnlyList<NsMount> Read(object[]? argument, Func<string, string> resolve)
    {
        return [.. (argument ?? []).SelectMany(Several)];

        IEnumerable<NsMount> Several(object? item) => (item is PSObject wrapped && wrapped.BaseObject is not PSCustomObject
            ? wrapped.BaseObject
            : item) switch
        {
            NsMount mount => [mount],
            string text => [Parse(text, resolve)],
            IDictionary table => [FromTable(
                table.Cast<DictionaryEntry>().Select(e => (BareValue.Text(e.Key), e.Value)),
                resolve)],
            PSObject custom => [FromTable(custom.Properties.Select(p => (p.Name, (object?)p.Value)), resolve)],
            IEnumerable several => several.Cast<object?>().SelectMany(Several),
            var other => throw Invalid($"'{other}' is no mount. Give an object of New-NsMount, a hashtable such as @{{ Source = '/data';"
                + " Target = '/data'; ReadOnly = $true }, or 'source:target:ro'."),
        };
    }

    /// <summary>The mount that these parameters of New-NsMount describe.</summary>
    /// <exception cref="NsException">They describe none.</exception>
    public static NsMount FromTable(IEnumerable<(string Name, object? Value)> entries, Func<string, string> resolve)
    {
        var values = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, object? value) in entries)
        {
            string known = Names.FirstOrDefault(n => n.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw Invalid($"A mount has no '{name}'. It has {string.Join(", ", Names)}.");
            values[known] = BareValue.Of(value);
        }

        if (Text(nameof(NsMount.Target)) is not string target)
        {
            throw Invalid("A mount needs a Target: the path that it has in the session.");
        }

        return new NsMount
        {
            Target = Path.IsPathRooted(target) && !target.Contains('\0', StringComparison.Ordinal)
                ? Path.GetFullPath(target).TrimEnd('/') is { Length: > 0 } trimmed ? trimmed : "/"
                : target,
            Type = As<NsMountType?>(nameof(NsMount.Type)) ?? TypeOf(values),
            Source = HostPath(nameof(NsMount.Source)),
            ReadOnly = As<bool?>(nameof(NsMount.ReadOnly)) ?? false,
            Recurse = As<bool?>(nameof(NsMount.Recurse)) ?? false,
            NoExec = As<bool?>(nameof(NsMount.NoExec)),
            NoSuid = As<bool?>(nameof(NsMount.NoSuid)),
            NoDev = As<bool?>(nameof(NsMount.NoDev)),
            Size = As<long?>(nameof(NsMount.Size)) ?? 0,
            Mode = Octal(Text(nameof(NsMount.Mode))),
            Content = Bytes(values.GetValueOrDefault(nameof(NsMount.Content))),
            LowerPath = [.. (As<string[]?>(nameof(NsMount.LowerPath)) ?? []).Select(resolve)],
            UpperPath = HostPath(nameof(NsMount.UpperPath)),
            WorkPath = HostPath(nameof(NsMount.WorkPath)),
            Propagation = As<NsMountPropagation?>(nameof(NsMount.Propagation)) ?? NsMountPropagation.Private,
            IdMap = As<bool?>(nameof(NsMount.IdMap)) ?? false,
            Options = As<string[]?>(nameof(NsMount.Options)) ?? [],
        };

        T? As<T>(string name)
        {
            try
            {
                return values.GetValueOrDefault(name) is object value ? LanguagePrimitives.ConvertTo<T>(value) : default;
            }
            catch (PSInvalidCastException e)
            {
                string at = PrintableText.Of(Text(nameof(NsMount.Target)) ?? "");
                throw new NsException(
                    NsErrorId.InvalidMount,
                    NsErrorKind.Argument,
                    name,
                    $"{name} of the mount on {at}: {PrintableText.Of(e.Message)}",
                    e);
            }
        }

        string? Text(string name) =>
            values.GetValueOrDefault(name) is object value ? BareValue.Text(value) : null;

        string? HostPath(string name) => Text(name) is { Length: > 0 } path ? resolve(path) : null;
    }

    /// <summary>
    /// <c>source:target</c>, and behind another colon <c>ro</c>, <c>rbind</c>, <c>noexec</c>, <c>nosuid</c>, <c>nodev</c>, with commas.
    /// </summary>
    private static NsMount Parse(string text, Func<string, string> resolve)
    {
        string[] parts = text.Split(':');
        if (parts.Length is not (2 or 3) || parts[0].Length == 0 || parts[1].Length == 0)
        {
            throw Invalid($"'{text}' is no mount. Write source:target or source:target:ro; for a path with a colon in it,"
                + " use New-NsMount.");
        }

        string[] options = parts.Length == 3 ? parts[2].Split(',') : [];
        return options.Except(["ro", "rw", "rbind", "noexec", "nosuid", "nodev"]).FirstOrDefault() is string unknown
            ? throw Invalid($"'{unknown}' in '{text}' is no option of a mount. There are ro, rw, rbind, noexec, nosuid, nodev.")
            : FromTable(
                [
                    (nameof(NsMount.Source), parts[0]),
                    (nameof(NsMount.Target), parts[1]),
                    (nameof(NsMount.ReadOnly), options.Contains("ro")),
                    (nameof(NsMount.Recurse), options.Contains("rbind")),
                    (nameof(NsMount.NoExec), options.Contains("noexec") ? true : null),
                    (nameof(NsMount.NoSuid), options.Contains("nosuid") ? true : null),
                    (nameof(NsMount.NoDev), options.Contains("nodev") ? true : null),
                ],
                resolve);
    }

    private static NsMountType TypeOf(Dictionary<string, object?> values) =>
        values.GetValueOrDefault(nameof(NsMount.Content)) is not null ? NsMountType.File
        : values.GetValueOrDefault(nameof(NsMount.LowerPath)) is not null ? NsMountType.Overlay
        : values.GetValueOrDefault(nameof(NsMount.Source)) is not null ? NsMountType.Bind
        : NsMountType.Tmpfs;

    private static int? Octal(string? text)
    {
        return text is null ? null
            : OctalNumber.TryParse(text, OctalNumber.MaxMode, out int mode) ? mode
            : throw Invalid($"'{text}' is no Mode. Write permissions in octal digits, such as 0755.");
    }

    private static byte[] Bytes(object? content) => content switch
    {
        null => [],
        byte[] bytes => bytes,
        IEnumerable<byte> bytes => [.. bytes],
        string text => Encoding.UTF8.GetBytes(text),
        object[] several when several.All(i => BareValue.Of(i) is byte) && several.Length > 0 =>
            [.. several.Select(i => (byte)BareValue.Of(i)!)],

        // As Get-Content gives them: lines, each with its end.
        IEnumerable lines => Encoding.UTF8.GetBytes(string.Concat(
            lines.Cast<object?>().Select(l => BareValue.Text(l) + "\n"))),
        _ => Encoding.UTF8.GetBytes(BareValue.Text(content)),
    };

    private static NsException Invalid(string message) =>
        new(NsErrorId.InvalidMount, NsErrorKind.Argument, null, PrintableText.Of(message));
}

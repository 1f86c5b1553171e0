using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Management.Automation;
using NsModule.Text;

namespace NsModule.Arguments;

/// <summary>
/// Reads id maps as users write them: <c>0:1000:1</c>, <c>@{ 0 = 1000 }</c>, <c>@{ 1 = '100000:65535' }</c>, several of these, or
/// <see cref="NsIdMap"/> objects.
/// </summary>
internal static class IdMapArgument
{
    /// <exception cref="NsException">It is none of these.</exception>
    public static IReadOnlyList<NsIdMap>? Read(string parameter, object[]? argument)
    {
        try
        {
            return argument is null ? null : [.. Read(argument)];
        }
        catch (FormatException e)
        {
            throw new NsException(
                NsErrorId.InvalidIdMap,
                NsErrorKind.Argument,
                parameter,
                $"{parameter}: {PrintableText.Of(e.Message)}",
                e);
        }
    }

    private static IEnumerable<NsIdMap> Read(object? input) => (input is PSObject wrapped ? wrapped.BaseObject : input) switch
    {
        NsIdMap map => [map],
        string text => [NsIdMap.Parse(text)],
        IDictionary table => table
            .Cast<DictionaryEntry>()
            .OrderBy(e => Text(e.Key), StringComparer.Ordinal)
            .Select(e => NsIdMap.Parse($"{Text(e.Key)}:{Text(e.Value)}")),
        IEnumerable several => several.Cast<object?>().SelectMany(Read),
        var other => throw new FormatException($"'{other}' is not an id map. Write inside:outside:count, such as 0:1000:1."),
    };

    private static string Text(object? value) =>
        Convert.ToString(value is PSObject wrapped ? wrapped.BaseObject : value, CultureInfo.InvariantCulture) ?? "";
}

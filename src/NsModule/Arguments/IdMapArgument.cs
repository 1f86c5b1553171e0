using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
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

    private static IEnumerable<NsIdMap> Read(object? input) => BareValue.Of(input) switch
    {
        NsIdMap map => [map],
        string text => [NsIdMap.Parse(text)],
        IDictionary table => table
            .Cast<DictionaryEntry>()
            .OrderBy(e => BareValue.Text(e.Key), StringComparer.Ordinal)
            .Select(e => NsIdMap.Parse($"{BareValue.Text(e.Key)}:{BareValue.Text(e.Value)}")),
        IEnumerable several => several.Cast<object?>().SelectMany(Read),
        var other => throw new FormatException($"'{other}' is not an id map. Write inside:outside:count, such as 0:1000:1."),
    };
}

using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using NsModule.Text;

namespace NsModule.Arguments;

/// <summary>
/// Reads published ports as users write them: <c>8080:80</c>, <c>@{ 8080 = 80 }</c>, <c>@{ '127.0.0.1:5353' = '53/udp' }</c>, several of
/// these, or <see cref="NsPublishedPort"/> objects.
/// </summary>
internal static class PublishedPortArgument
{
    /// <exception cref="NsException">It is none of these.</exception>
    public static IReadOnlyList<NsPublishedPort> Read(string parameter, object[]? argument)
    {
        try
        {
            return [.. Read(argument ?? [])];
        }
        catch (FormatException e)
        {
            throw new NsException(
                NsErrorId.InvalidPublishedPort,
                NsErrorKind.Argument,
                parameter,
                $"{parameter}: {PrintableText.Of(e.Message)}",
                e);
        }
    }

    private static IEnumerable<NsPublishedPort> Read(object? input) => BareValue.Of(input) switch
    {
        NsPublishedPort port => [NsPublishedPort.Parse(port.ToString())],
        string text => [NsPublishedPort.Parse(text)],
        IDictionary table => table
            .Cast<DictionaryEntry>()
            .OrderBy(e => BareValue.Text(e.Key), StringComparer.Ordinal)
            .Select(e => NsPublishedPort.Parse($"{BareValue.Text(e.Key)}:{BareValue.Text(e.Value)}")),
        IEnumerable several => several.Cast<object?>().SelectMany(Read),
        var other => [NsPublishedPort.Parse(BareValue.Text(other))],
    };
}

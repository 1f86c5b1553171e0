using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Management.Automation;
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

    private static IEnumerable<NsPublishedPort> Read(object? input) => (input is PSObject wrapped ? wrapped.BaseObject : input) switch
    {
        NsPublishedPort port => [NsPublishedPort.Parse(port.ToString())],
        string text => [NsPublishedPort.Parse(text)],
        IDictionary table => table
            .Cast<DictionaryEntry>()
            .OrderBy(e => Text(e.Key), StringComparer.Ordinal)
            .Select(e => NsPublishedPort.Parse($"{Text(e.Key)}:{Text(e.Value)}")),
        IEnumerable several => several.Cast<object?>().SelectMany(Read),
        var other => [NsPublishedPort.Parse(Text(other))],
    };

    private static string Text(object? value) =>
        Convert.ToString(value is PSObject wrapped ? wrapped.BaseObject : value, CultureInfo.InvariantCulture) ?? "";
}

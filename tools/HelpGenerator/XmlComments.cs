using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace NsModule.HelpGenerator;

/// <summary>The documentation comments of an assembly, as the compiler has written them.</summary>
internal sealed class XmlComments
{
    private readonly Dictionary<string, string> _summaries;

    private XmlComments(Dictionary<string, string> summaries) => _summaries = summaries;

    /// <summary>Reads the file beside the assembly.</summary>
    public static XmlComments Read(string file) => new(XDocument.Load(file).Descendants("member")
        .Where(m => m.Element("summary") is not null)
        .ToDictionary(m => (string)m.Attribute("name")!, m => Text(m.Element("summary")!), StringComparer.Ordinal));

    /// <summary>The summary of a property, which may be inherited; null where there is none.</summary>
    public string? Summary(PropertyInfo property)
    {
        for (Type? type = property.DeclaringType; type is not null; type = type.BaseType)
        {
            if (_summaries.TryGetValue($"P:{type.FullName}.{property.Name}", out string? summary))
            {
                return summary;
            }
        }

        return null;
    }

    private static string Text(XElement element) =>
        Regex.Replace(string.Concat(element.Nodes().Select(Piece)), @"\s+", " ").Trim();

    /// <summary>A reference reads as the last part of the name that it is to.</summary>
    private static string Piece(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { IsEmpty: true } reference => (reference.FirstAttribute?.Value ?? "").Split('.', ':')[^1],
        XElement element => Text(element),
        _ => "",
    };
}

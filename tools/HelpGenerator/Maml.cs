using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Xml.Linq;

namespace NsModule.HelpGenerator;

/// <summary>Writes the XML that Get-Help reads.</summary>
internal static class Maml
{
    private static readonly XNamespace s_maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace s_command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace s_dev = "http://schemas.microsoft.com/maml/dev/2004/10";
    private static readonly XNamespace s_msh = "http://msh";

    /// <summary>Writes the help of all cmdlets into a file.</summary>
    public static void Write(string file, IEnumerable<CommandHelp> help)
    {
        _ = Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        new XDocument(new XElement(s_msh + "helpItems", new XAttribute("schema", "maml"), help.Select(Command))).Save(file);
    }

    private static XElement Command(CommandHelp help) => new(
        s_command + "command",
        new XAttribute(XNamespace.Xmlns + "maml", s_maml),
        new XAttribute(XNamespace.Xmlns + "command", s_command),
        new XAttribute(XNamespace.Xmlns + "dev", s_dev),
        new XElement(
            s_command + "details",
            new XElement(s_command + "name", help.Command.Name),
            new XElement(s_command + "verb", help.Command.Verb),
            new XElement(s_command + "noun", help.Command.Noun),
            Description([help.Synopsis])),
        Description(help.Description),
        new XElement(s_command + "syntax", help.Command.Sets.Select(s => Syntax(help, s))),
        new XElement(
            s_command + "parameters",
            help.Command.Parameters.Select(p => Parameter(p, help.Parameters[p.Name], [.. p.Sets.Values], isSyntax: false))),
        new XElement(s_command + "inputTypes", help.Inputs.Select(t => Typed("inputType", t))),
        new XElement(s_command + "returnValues", help.Outputs.Select(t => Typed("returnValue", t))),
        help.Notes.Count > 0 ? new XElement(s_maml + "alertSet", new XElement(s_maml + "alert", Paragraphs(help.Notes))) : null,
        new XElement(s_command + "examples", help.Examples.Select(Example)),
        new XElement(s_command + "relatedLinks", Links(help)));

    private static XElement Syntax(CommandHelp help, string set) => new(
        s_command + "syntaxItem",
        new XElement(s_maml + "name", help.Command.Name),
        help.Command.InSet(set).Select(p => Parameter(p, help.Parameters[p.Name], [p.In(set)!], isSyntax: true)));

    /// <summary>A parameter as it is in one set, or in all of them together.</summary>
    private static XElement Parameter(ParameterFacts facts, ParameterHelp help, ParameterAttribute[] inSets, bool isSyntax)
    {
        int position = inSets.Max(s => s.Position);
        string[] pipeline =
        [
            .. inSets.Any(s => s.ValueFromPipeline) ? ["ByValue"] : Array.Empty<string>(),
            .. inSets.Any(s => s.ValueFromPipelineByPropertyName) ? ["ByPropertyName"] : Array.Empty<string>(),
        ];
        return new XElement(
            s_command + "parameter",
            new XAttribute("required", inSets.Any(s => s.Mandatory)),
            new XAttribute("variableLength", facts.Type.IsArray),
            new XAttribute("globbing", facts.TakesWildcards),
            new XAttribute("pipelineInput", pipeline.Length > 0 ? $"True ({string.Join(", ", pipeline)})" : "False"),
            new XAttribute("position", position == int.MinValue ? "named" : position),
            new XAttribute("aliases", facts.Aliases.Count > 0 ? string.Join(", ", facts.Aliases) : "none"),
            new XElement(s_maml + "name", facts.Name),
            Description(help.Description),
            isSyntax && facts.Values.Count > 0
                ? new XElement(s_command + "parameterValueGroup", facts.Values.Select(v => Value(facts, v)))
                : null,
            isSyntax && facts.IsSwitch ? null : Value(facts, facts.Type.Name),
            new XElement(s_dev + "type", new XElement(s_maml + "name", facts.Type.Name), new XElement(s_maml + "uri")),
            new XElement(s_dev + "defaultValue", help.Default));
    }

    private static XElement Value(ParameterFacts facts, string text) => new(
        s_command + "parameterValue",
        new XAttribute("required", !facts.IsSwitch),
        new XAttribute("variableLength", facts.Type.IsArray),
        text);

    private static XElement Typed(string element, Section type) => new(
        s_command + element,
        new XElement(s_dev + "type", new XElement(s_maml + "name", type.Title)),
        Description(type.Paragraphs));

    private static XElement Example(Section example, int index) => new(
        s_command + "example",
        new XElement(s_maml + "title", $"Example {index + 1}: {example.Title}"),
        new XElement(s_dev + "code", example.Code),
        new XElement(s_dev + "remarks", Paragraphs(example.Paragraphs)));

    /// <summary>The first link with an address is the one that Get-Help -Online opens.</summary>
    private static IEnumerable<XElement> Links(CommandHelp help) =>
    [
        .. help.Command.HelpUri is { Length: > 0 } uri ? [Link("Online version", uri)] : Array.Empty<XElement>(),
        .. help.Related.Select(r => Link(r, "")),
    ];

    private static XElement Link(string text, string uri) =>
        new(s_maml + "navigationLink", new XElement(s_maml + "linkText", text), new XElement(s_maml + "uri", uri));

    private static XElement Description(IReadOnlyList<string> paragraphs) => new(s_maml + "description", Paragraphs(paragraphs));

    private static IEnumerable<XElement> Paragraphs(IReadOnlyList<string> paragraphs) =>
        paragraphs.Select(p => new XElement(s_maml + "para", p));
}

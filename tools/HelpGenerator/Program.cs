using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using NsModule.HelpGenerator;

// Writes the help that Get-Help shows (MAML) out of what exists: the parameters as the built assembly has them, their documentation
// comments, and the Markdown page of each cmdlet. What is missing, or is told of something that does not exist, is an error of the build.
if (args is not [string assembly, string pages, string output])
{
    Console.Error.WriteLine("Usage: NsModule.HelpGenerator NsModule.dll FOLDER-OF-MARKDOWN NsModule.dll-Help.xml");
    return 2;
}

var problems = new Problems();
var comments = XmlComments.Read(Path.ChangeExtension(assembly, ".xml"));
CommandFacts[] commands =
[
    .. Assembly.LoadFrom(Path.GetFullPath(assembly)).GetExportedTypes()
        .Where(CommandFacts.IsCmdlet)
        .Select(t => new CommandFacts(t))
        .OrderBy(c => c.Name, StringComparer.Ordinal),
];
IReadOnlyDictionary<string, MarkdownPage> written = MarkdownPage.ReadAll(pages, problems);

CommandHelp[] help = new HelpBook(commands, written, comments, pages, problems).Write();
if (problems.Report())
{
    return 1;
}

Maml.Write(output, help);
return 0;

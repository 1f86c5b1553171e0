using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsModule.Arguments;
using NsModule.Sessions;

namespace NsModule.Completers;

/// <summary>Completes the published ports of the session that is named on the command line, or of all that run.</summary>
public sealed class PublishedPortCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            var resolver = new SessionResolver(SessionStore.ForCurrentUser());
            object? named = fakeBoundParameters?["Session"];
            IEnumerable<NsSession> sessions = named is null ? resolver.All() : resolver.Many(named, allowWildcards: true);
            return [.. sessions
                .SelectMany(s => s.PublishedPorts, (s, p) => (Session: s, Port: NsPublishedPort.Parse(p)))
                .Select(p => (Text: p.Port.HostPort.ToString(CultureInfo.InvariantCulture), Tip: $"{p.Port} of {p.Session.Name}"))
                .Where(p => p.Text.StartsWith(wordToComplete ?? "", StringComparison.Ordinal))
                .DistinctBy(p => p.Text)
                .Select(p => new CompletionResult(p.Text, p.Text, CompletionResultType.ParameterValue, p.Tip))];
        }
        catch (NsException)
        {
            // Completion never fails; the command itself will say what is wrong.
            return [];
        }
    }
}

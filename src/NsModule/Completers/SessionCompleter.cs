using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsModule.Arguments;
using NsModule.Sessions;

namespace NsModule.Completers;

/// <summary>Completes the names and ids of this user's sessions.</summary>
public sealed class SessionCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        string word = (wordToComplete ?? "").Trim('\'', '"');
        try
        {
            return [.. new SessionResolver(SessionStore.ForCurrentUser()).All()
                .SelectMany(s => new[] { s.Name, s.Id }, (s, text) => (Session: s, Text: text))
                .Where(c => c.Text.StartsWith(word, StringComparison.OrdinalIgnoreCase))
                .Select(c => new CompletionResult(
                    c.Text,
                    c.Text,
                    CompletionResultType.ParameterValue,
                    $"{c.Session.State} {c.Session.Command}"))];
        }
        catch (NsException)
        {
            // Completion never fails; the command itself will say what is wrong.
            return [];
        }
    }
}

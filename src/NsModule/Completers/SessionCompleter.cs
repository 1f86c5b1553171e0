using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Sessions;

namespace NsModule.Completers;

/// <summary>Completes this user's sessions: each once, by its name, or by its id where that is what was begun with.</summary>
public sealed class SessionCompleter : IArgumentCompleter
{
    /// <summary>What can be done with a session that has ended, too.</summary>
    private static readonly string[] s_forAll =
        ["Get-NsProcess", "Get-NsScreen", "Receive-NsOutput", "Wait-NsOutput", "Wait-NsProcess"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = (wordToComplete ?? "").Trim('\'', '"');
        try
        {
            NsSession[] all = [.. new SessionResolver(SessionStore.ForCurrentUser()).All()
                .Where(s => IsWanted(s, commandName, parameterName, fakeBoundParameters))];

            // A name that several have had means none of them.
            string[] ambiguous =
            [
                .. all.GroupBy(s => s.Name, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1).Select(g => g.Key),
            ];
            return [.. all
                .Select(s => (Session: s, Text: Text(s, word, ambiguous)))
                .Where(c => c.Text is not null)
                .Select(c => new CompletionResult(
                    c.Text, c.Text, CompletionResultType.ParameterValue, $"{c.Session.Id} {c.Session.State} {c.Session.Command}"))];
        }
        catch (NsException)
        {
            // Completion never fails; the command itself will say what is wrong.
            return [];
        }
    }

    /// <summary>Whether a session makes sense in the place that is completed.</summary>
    private static bool IsWanted(NsSession session, string command, string parameter, IDictionary? parameters)
    {
        if (Is("Remove-NsProcess"))
        {
            return session.Refresh().IsFinal || parameters?.Contains("Force") == true;
        }

        return !session.Refresh().IsFinal || (s_forAll.Any(Is) && parameter != nameof(LaunchCmdlet.Join));

        bool Is(string name) => name.Equals(command, StringComparison.OrdinalIgnoreCase);
    }

    private static string? Text(NsSession session, string word, string[] ambiguous) =>
        session.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase)
            && !ambiguous.Contains(session.Name, StringComparer.OrdinalIgnoreCase)
            ? session.Name
            : session.Id.StartsWith(word, StringComparison.OrdinalIgnoreCase)
                || session.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase)
            ? session.Id
            : null;
}

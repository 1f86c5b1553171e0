using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using NsModule.Sessions;
using NsModule.Text;

namespace NsModule.Arguments;

/// <summary>Finds the sessions that a <c>-Session</c> argument means.</summary>
internal sealed class SessionResolver
{
    private const int IdLength = 12;

    private readonly SessionStore _store;

    public SessionResolver(SessionStore store) => _store = store;

    /// <summary>The one session that is meant.</summary>
    /// <exception cref="NsException">None is, or several are.</exception>
    public NsSession One(object argument) => Many(argument, allowWildcards: false)[0];

    /// <summary>The sessions that are meant; only a wildcard may mean none, or several.</summary>
    /// <param name="argument">A session, one that was serialized, an id, the beginning of one, or a name.</param>
    /// <param name="allowWildcards">Whether a text may be a wildcard pattern.</param>
    /// <exception cref="NsException">There is none, or several begin so.</exception>
    public IReadOnlyList<NsSession> Many(object argument, bool allowWildcards)
    {
        switch (Unwrap(argument))
        {
            case NsSession session:
                return [session];
            case string text when allowWildcards && WildcardPattern.ContainsWildcardCharacters(text):
                var pattern = new WildcardPattern(text, WildcardOptions.IgnoreCase);
                return [.. All().Where(s => pattern.IsMatch(s.Name) || pattern.IsMatch(s.Id))];
            case string text:
                return ByText(text) switch
                {
                    [] => throw NotFound(text),
                    [NsSession session] => [session],
                    var several => throw new NsException(
                        NsErrorId.SessionAmbiguous,
                        NsErrorKind.Argument,
                        text,
                        $"'{text}' begins the ids of {several.Count} sessions ({string.Join(", ", several.Select(s => s.Id))})."
                            + $" Give more of the id, or {text}* where all are meant."),
                };
            default:
                throw NotFound(argument.ToString() ?? "");
        }
    }

    /// <summary>All sessions of this user, oldest first.</summary>
    public IEnumerable<NsSession> All()
    {
        var processes = new SharedProcesses();
        return _store.List().Select(r => new NsSession(_store, r, processes));
    }

    private static NsException NotFound(string text) => new(
        NsErrorId.SessionNotFound,
        NsErrorKind.NotFound,
        text,
        $"There is no session with the id or name '{PrintableText.Of(text)}'. Get-NsProcess lists those there are.");

    /// <summary>
    /// A session that was serialized, or is of another version of the module in this process, stands for the one with its id.
    /// </summary>
    private static object Unwrap(object argument)
    {
        var wrapped = PSObject.AsPSObject(argument);
        bool isNoneOfOurs = wrapped.BaseObject is PSCustomObject || wrapped.BaseObject.GetType().FullName == typeof(NsSession).FullName;
        return wrapped.BaseObject is not NsSession && isNoneOfOurs && wrapped.Properties["Id"]?.Value is string id
            ? id
            : wrapped.BaseObject;
    }

    private List<NsSession> ByText(string text)
    {
        // One session's record is not read either from a directory that others could have filled.
        _store.Check();
        if (text.Length == IdLength && text.All(char.IsAsciiHexDigit) && _store.Read(text.ToLowerInvariant()) is SessionRecord exact)
        {
            return [new NsSession(_store, exact)];
        }

        NsSession[] all = [.. All()];

        // A name that was used again means the session that has it now.
        NsSession? named = Array.FindLast(all, s => Same(s.Name) && !s.Record.IsFinal) ?? Array.FindLast(all, s => Same(s.Name));
        return named is not null ? [named]
            : text.Length == 0 ? []
            : [.. all.Where(s => s.Id.StartsWith(text, StringComparison.OrdinalIgnoreCase))];

        bool Same(string name) => name.Equals(text, StringComparison.OrdinalIgnoreCase);
    }
}

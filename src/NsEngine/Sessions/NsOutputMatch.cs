using System;
using System.Collections;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;

namespace NsModule;

/// <summary>Where a session's output matched a pattern.</summary>
public sealed class NsOutputMatch
{
    internal NsOutputMatch(string session, Match match, string text)
    {
        Session = session;
        Match = match.Value;
        Text = text;
        foreach (Group group in match.Groups.Cast<Group>().Where(g => g.Success))
        {
            Groups[int.TryParse(group.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? number
                : group.Name] = group.Value;
        }
    }

    /// <summary>The id of the session.</summary>
    public string Session { get; }

    /// <summary>The text that matched.</summary>
    public string Match { get; }

    /// <summary>The groups that matched, as in <c>$Matches</c>: by number, 0 for the whole, or by name.</summary>
    public Hashtable Groups { get; } = [];

    /// <summary>All text from where the search began to the end of the match.</summary>
    public string Text { get; }

    /// <summary>The text that matched.</summary>
    public override string ToString() => Match;
}

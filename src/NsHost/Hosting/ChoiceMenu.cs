using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation.Host;

namespace NsModule.Host.Hosting;

/// <summary>The line of choices that pwsh prints for <c>-Confirm</c>: <c>[Y] Yes  [N] No  [?] Help (default is "Y"):</c>.</summary>
internal sealed class ChoiceMenu
{
    private readonly Choice[] _choices;
    private readonly int _preselected;

    internal ChoiceMenu(IEnumerable<ChoiceDescription> choices, int preselected)
    {
        _choices = [.. choices.Select(Choice.From)];
        _preselected = preselected;
    }

    internal string Question
    {
        get
        {
            string entries = string.Concat(_choices.Select(choice => $"[{choice.Key}] {choice.Label}  "));
            string hint = IsPreselected ? $" (default is \"{_choices[_preselected].Key}\")" : string.Empty;
            return $"{entries}[?] Help{hint}:";
        }
    }

    internal string Help => string.Join('\n', _choices.Select(choice => $"{choice.Key} - {choice.Help}"));

    private bool IsPreselected => _preselected >= 0;

    /// <summary>The number of the choice that was answered by key or label, or the preselected one for no answer.</summary>
    internal int? Find(string answer)
    {
        if (answer.Length == 0)
        {
            return IsPreselected ? _preselected : null;
        }

        int found = Array.FindIndex(_choices, choice => choice.IsMeantBy(answer));
        return found < 0 ? null : found;
    }

    private sealed record Choice(string Key, string Label, string Help)
    {
        // The key is the letter behind the ampersand; a label without one is its own key.
        internal static Choice From(ChoiceDescription description)
        {
            string label = description.Label.Replace("&", string.Empty, StringComparison.Ordinal);
            int mark = description.Label.IndexOf('&', StringComparison.Ordinal);
            bool hasKey = mark >= 0 && mark + 1 < description.Label.Length;
            string key = hasKey ? description.Label[mark + 1].ToString().ToUpperInvariant() : label;
            return new Choice(key, label, description.HelpMessage);
        }

        internal bool IsMeantBy(string answer) =>
            answer.Equals(Key, StringComparison.OrdinalIgnoreCase) || answer.Equals(Label, StringComparison.OrdinalIgnoreCase);
    }
}

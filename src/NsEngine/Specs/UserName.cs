using System;
using System.Globalization;
using System.Linq;
using NsModule.Text;

namespace NsModule.Specs;

/// <summary>A user as written: <c>name</c>, <c>uid</c>, <c>name:group</c>, <c>uid:gid</c> and mixtures.</summary>
/// <remarks>
/// Strict: what is neither a plain decimal number nor a name is refused. A number that is misread must never come out
/// as 0, which is root (CVE-2026-30892).
/// </remarks>
/// <param name="User">A name or a number.</param>
/// <param name="Group">A name or a number; null for the user's own group.</param>
internal readonly record struct UserName(string User, string? Group)
{
    private const int MaxName = 256;

    /// <summary>Reads <paramref name="text"/>.</summary>
    /// <exception cref="NsException">It is none of the forms.</exception>
    public static UserName Parse(string parameter, string text)
    {
        string[] parts = text.Split(':');
        return parts.Length <= 2 && parts.All(IsNameOrId)
            ? new UserName(parts[0], parts.Length == 2 ? parts[1] : null)
            : throw new NsException(
                NsErrorId.InvalidUser,
                NsErrorKind.Argument,
                PrintableText.Of(text),
                $"'{PrintableText.Of(text)}' cannot be used for {parameter}. Write a name or a decimal number from 0 to"
                    + $" {uint.MaxValue - 1}, and if need be a group behind a colon: app, 1000, app:www-data, 1000:1000.");
    }

    /// <summary>Whether it is a name, or a number that is an id.</summary>
    public static bool IsNameOrId(string text) => TryParseId(text, out _) || IsName(text);

    /// <summary>Digits only, without leading zeros, and not (uint)-1, which to the kernel means "no id".</summary>
    public static bool TryParseId(string text, out uint id)
    {
        id = uint.MaxValue;
        return text.Length is > 0 and <= 10
            && text.All(char.IsAsciiDigit)
            && (text[0] != '0' || text.Length == 1)
            && uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id)
            && id != uint.MaxValue;
    }

    /// <summary>
    /// What useradd(8) takes for a name, capitals, dots and domains (user@domain) included; never something that looks like a number.
    /// </summary>
    private static bool IsName(string text) =>
        text.Length is > 0 and <= MaxName
        && (char.IsAsciiLetter(text[0]) || text[0] == '_')
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '@' or '$' or '\\' or '+');
}

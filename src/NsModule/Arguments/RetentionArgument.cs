using System;
using System.Collections;
using System.Globalization;
using System.Management.Automation;
using NsModule.Sessions;
using NsModule.Text;

namespace NsModule.Arguments;

/// <summary>Reads the preference variable $NsRetention.</summary>
internal static class RetentionArgument
{
    private const string Unlimited = "Unlimited";
    private const string Example = "@{ MaximumCount = 500; MaximumAgeDays = 30; MaximumSize = 1GB }";

    /// <exception cref="NsException">It is no policy.</exception>
    public static RetentionPolicy Read(object? value)
    {
        value = BareValue.Of(value);
        if (value is null)
        {
            return new RetentionPolicy();
        }

        if (value is not IDictionary entries)
        {
            throw Invalid(value, $"it is a {value.GetType().Name}, and takes a hashtable");
        }

        var policy = new RetentionPolicy();
        foreach (DictionaryEntry entry in entries)
        {
            string key = Text(entry.Key);
            object? given = BareValue.Of(entry.Value);
            policy = given is null ? policy : Apply(policy, key, given);
        }

        return policy;
    }

    private static RetentionPolicy Apply(RetentionPolicy policy, string key, object given)
    {
        bool unlimited = Text(given).Equals(Unlimited, StringComparison.OrdinalIgnoreCase);
        if (Is(nameof(policy.MaximumCount)))
        {
            return policy with
            {
                MaximumCount = unlimited ? null : Number(int.MaxValue) is var count && count == Math.Floor(count)
                ? (long)count : throw Wrong("a whole number from 0")
            };
        }

        if (Is("MaximumAgeDays"))
        {
            const int MostDays = 36500;
            return policy with
            {
                MaximumAge = unlimited ? null : given is TimeSpan span && span >= TimeSpan.Zero ? span
                : TimeSpan.FromDays(Number(MostDays))
            };
        }

        if (Is(nameof(policy.MaximumSize)))
        {
            string text = Text(given).Trim();
            return unlimited ? policy with { MaximumSize = null, MaximumShare = null }
                : !text.EndsWith('%') ? policy with { MaximumSize = (long)Number(long.MaxValue / 2), MaximumShare = null }
                : double.TryParse(text[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out double percent)
                && percent is >= 0 and <= 100 ? policy with { MaximumSize = null, MaximumShare = percent / 100 }
                : throw Wrong("a number of bytes, such as 1GB, or a part of the file system, such as '5%'");
        }

        throw Invalid(key, $"it has no {key}. It takes MaximumCount, MaximumAgeDays and MaximumSize");

        bool Is(string name) => key.Equals(name, StringComparison.OrdinalIgnoreCase);

        double Number(double most) => LanguagePrimitives.TryConvertTo(given, CultureInfo.InvariantCulture, out double number)
            && number >= 0 && number <= most
            ? number
            : throw Wrong(string.Create(CultureInfo.InvariantCulture, $"a number from 0 to {most}"));

        NsException Wrong(string takes) => Invalid(given, $"its {key} is '{Text(given)}', and takes {takes}, or {Unlimited}");
    }

    private static string Text(object value) => PrintableText.Of(BareValue.Text(value));

    private static NsException Invalid(object target, string why) =>
        new(NsErrorId.InvalidRetention, NsErrorKind.Argument, target,
            $"$NsRetention cannot be used: {why}. An example: $NsRetention = {Example}");
}

using System;
using System.Globalization;
using NsModule.Text;

namespace NsModule.Arguments;

/// <summary>Reads a time in the past: a time, local unless it says otherwise, or a span before now.</summary>
internal static class PastTimeArgument
{
    /// <summary>The time, as UTC.</summary>
    /// <param name="parameter">What it is given for, as it is written.</param>
    /// <param name="value">What was given.</param>
    /// <exception cref="NsException">It is neither.</exception>
    public static DateTime Read(string parameter, object value) => BareValue.Of(value) switch
    {
        DateTime time => time.ToUniversalTime(),
        DateTimeOffset time => time.UtcDateTime,
        TimeSpan span => Before(span),
        string text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan span) => Before(span),
        string text when DateTime.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeLocal | DateTimeStyles.AdjustToUniversal,
            out DateTime time) => time,
        var other => throw new NsException(
            NsErrorId.InvalidSince,
            NsErrorKind.Argument,
            other,
            $"{parameter}: '{PrintableText.Of(other?.ToString() ?? "")}' is neither a time nor a span of time."
                + " Give a [datetime], or a [timespan]"
                + " such as 00:05:00 for the last five minutes, or 7.00:00:00 for a week."),
    };

    private static DateTime Before(TimeSpan span)
    {
        DateTime now = DateTime.UtcNow;
        return span.Duration() < now - DateTime.MinValue ? now - span.Duration() : DateTime.MinValue;
    }
}

using System.Globalization;

namespace NsModule.Arguments;

/// <summary>Reads the seconds that a wait may take.</summary>
internal static class SecondsArgument
{
    /// <summary>What means that a wait has no limit.</summary>
    public const double NoLimit = -1;

    /// <summary>Seconds from 0 to <paramref name="maximum"/>.</summary>
    /// <param name="what">What lasts so long, for the error.</param>
    /// <param name="seconds">The argument.</param>
    /// <param name="maximum">The most that can be kept.</param>
    /// <param name="least">The least, for the error, with what it means.</param>
    /// <exception cref="NsException">It is another number.</exception>
    public static double Read(string what, double seconds, int maximum, string least = "0") =>
        seconds >= 0 && seconds <= maximum ? seconds : throw Invalid(what, seconds, $"{least} to {maximum}");

    /// <summary>Likewise, or <see cref="NoLimit"/>.</summary>
    public static double ReadOrNoLimit(string what, double seconds, int maximum) =>
        seconds is NoLimit || (seconds >= 0 && seconds <= maximum)
            ? seconds
            : throw Invalid(what, seconds, $"0 to {maximum}, or -1 for no limit");

    private static NsException Invalid(string what, double seconds, string range) => new(
        NsErrorId.InvalidTimeout,
        NsErrorKind.Argument,
        seconds,
        string.Create(CultureInfo.InvariantCulture, $"A {what} of {seconds} seconds cannot be kept. Give a number from {range}."));
}

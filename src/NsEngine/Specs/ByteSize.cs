using System;
using System.Globalization;

namespace NsModule.Specs;

/// <summary>
/// Reads numbers of bytes as users write them: <c>1048576</c>, <c>1.5G</c>, <c>512MB</c>, <c>512MiB</c>. Units are powers of 1024, as in
/// PowerShell's own literals.
/// </summary>
internal static class ByteSize
{
    private const string Units = "KMGTP";

    /// <summary>Whole bytes, rounded down; what does not fit a number of 64 bits is none.</summary>
    public static bool TryParse(string text, out ulong bytes) =>
        TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, out bytes);

    /// <summary>The same, of whole numbers only.</summary>
    public static bool TryParseWhole(string text, out ulong bytes) => TryParse(text, NumberStyles.None, out bytes);

    private static bool TryParse(string text, NumberStyles styles, out ulong bytes)
    {
        string number = text.Trim().ToUpperInvariant();
        number = number.EndsWith("IB", StringComparison.Ordinal) ? number[..^2] : number.EndsWith('B') ? number[..^1] : number;
        int unit = number.Length > 0 ? Units.IndexOf(number[^1], StringComparison.Ordinal) : -1;
        number = unit < 0 ? number : number[..^1];
        bytes = 0;

        // A decimal keeps every digit of a number of 64 bits, which a double does not.
        if (!decimal.TryParse(number, styles, CultureInfo.InvariantCulture, out decimal value)
            || value > ulong.MaxValue / (decimal)(1UL << (10 * (unit + 1))))
        {
            return false;
        }

        bytes = (ulong)(value * (1UL << (10 * (unit + 1))));
        return true;
    }
}

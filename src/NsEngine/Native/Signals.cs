using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace NsModule.Native;

/// <summary>Signal names and numbers (signal(7)), the same on every architecture we build for.</summary>
internal static class Signals
{
    private static readonly string[] s_names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
        "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>The first real-time signal that programs have: the C library keeps two before it for itself (signal(7)).</summary>
    private const int RtMin = 34;

    private const int RtMax = Sys.SIGNAL_COUNT;

    /// <summary>
    /// All names, without the SIG prefix, in the order of their numbers; of the real-time signals the first and the last.
    /// </summary>
    public static IEnumerable<string> All => [.. s_names[1..], "RTMIN", "RTMAX"];

    /// <summary>
    /// Reads <c>TERM</c>, <c>SIGTERM</c>, <c>term</c> or <c>15</c>; real-time signals as <c>RTMIN+3</c>, <c>RTMAX-1</c> or by number.
    /// </summary>
    public static bool TryParse(string text, out int signal)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out signal))
        {
            return signal is >= 1 and <= Sys.SIGNAL_COUNT;
        }

        string name = text.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? text[3..] : text;
        if (name.StartsWith("RT", StringComparison.OrdinalIgnoreCase))
        {
            return TryParseRealTime(name, out signal);
        }

        signal = name.Length == 0 ? -1 : Array.FindIndex(s_names, n => n.Equals(name, StringComparison.OrdinalIgnoreCase));
        return signal >= 1;
    }

    /// <summary><c>RTMIN</c>, <c>RTMIN+n</c>, <c>RTMAX</c> or <c>RTMAX-n</c>, as kill(1) has them.</summary>
    private static bool TryParseRealTime(string name, out int signal)
    {
        const int PrefixLength = 5;
        (int start, char sign, int direction) = name.StartsWith("RTMIN", StringComparison.OrdinalIgnoreCase) ? (RtMin, '+', 1)
            : name.StartsWith("RTMAX", StringComparison.OrdinalIgnoreCase) ? (RtMax, '-', -1)
            : (-1, ' ', 0);
        int distance = 0;
        bool known = start > 0 && (name.Length == PrefixLength
            || (name[PrefixLength] == sign
                && int.TryParse(name.AsSpan(PrefixLength + 1), NumberStyles.None, CultureInfo.InvariantCulture, out distance)
                && distance <= RtMax - RtMin));
        signal = start + (direction * distance);
        return known;
    }
}

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

    /// <summary>All names, without the SIG prefix, in the order of their numbers.</summary>
    public static IEnumerable<string> All => s_names[1..];

    /// <summary>Reads <c>TERM</c>, <c>SIGTERM</c>, <c>term</c> or <c>15</c>. Real-time signals go by number (up to 64).</summary>
    public static bool TryParse(string text, out int signal)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out signal))
        {
            return signal is >= 1 and <= Sys.SIGNAL_COUNT;
        }

        string name = text.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? text[3..] : text;
        signal = name.Length == 0 ? -1 : Array.FindIndex(s_names, n => n.Equals(name, StringComparison.OrdinalIgnoreCase));
        return signal >= 1;
    }
}

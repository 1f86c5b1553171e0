using System;
using System.Linq;

namespace NsModule.Text;

/// <summary>Permissions in octal digits, as chmod(1) and umask(1) take them.</summary>
internal static class OctalNumber
{
    /// <summary>The largest mode: permissions with set-user-id, set-group-id and sticky bit (chmod(2)).</summary>
    public const int MaxMode = 0xfff;

    /// <summary>The largest umask: permissions alone (umask(2)).</summary>
    public const int MaxUmask = 0x1ff;

    /// <summary>Reads a number of at most <paramref name="max"/>, with one digit more for the usual leading zero.</summary>
    public static bool TryParse(string text, int max, out int value)
    {
        int maxDigits = Convert.ToString(max, 8).Length + 1;
        bool octal = text.Length > 0 && text.Length <= maxDigits && text.All(c => c is >= '0' and <= '7');
        value = octal ? Convert.ToInt32(text, 8) : 0;
        return octal && value <= max;
    }
}

using System;

namespace NsModule.Terminal;

/// <summary>Reads the control sequence that selects colours and attributes (SGR, ECMA-48 8.3.117, and xterm's ctlseqs).</summary>
internal static class GraphicRendition
{
    /// <summary>What text looks like after the sequence.</summary>
    /// <param name="style">What it looked like before.</param>
    /// <param name="parameters">The parameters; -1 for one that is left out.</param>
    /// <param name="parser">Has what follows a parameter after colons.</param>
    public static CellStyle Select(CellStyle style, ReadOnlySpan<int> parameters, TerminalParser parser)
    {
        if (parameters.IsEmpty)
        {
            return CellStyle.Default;
        }

        for (int i = 0; i < parameters.Length; i++)
        {
            int parameter = Math.Max(parameters[i], 0);
            if (parameter is not (38 or 48 or 58))
            {
                style = Select(style, parameter, parser.Parts(i));
                continue;
            }

            ReadOnlySpan<int> parts = parser.Parts(i);
            if (!parts.IsEmpty)
            {
                // 38:2:SPACE:R:G:B, of which many programs leave the colour space out.
                style = With(style, parameter, Read(parts[0], parts[0] == 2 && parts.Length > 4 ? parts[2..] : parts[1..]));
                continue;
            }

            int kind = i + 1 < parameters.Length ? parameters[i + 1] : 0;
            style = With(style, parameter, Read(kind, parameters[Math.Min(i + 2, parameters.Length)..]));
            i += kind switch
            {
                2 => 4,
                5 => 2,
                _ => 0,
            };
        }

        return style;
    }

    private static CellStyle Select(CellStyle style, int parameter, ReadOnlySpan<int> parts) => parameter switch
    {
        0 => CellStyle.Default,
        1 => style with { Bold = true },
        2 => style with { Dim = true },
        3 => style with { Italic = true },
        4 when parts.IsEmpty => style with { Underline = NsUnderline.Single },
        4 when parts[0] is >= 0 and <= 5 => style with { Underline = (NsUnderline)parts[0] },
        5 or 6 => style with { Blink = true },
        7 => style with { Inverse = true },
        8 => style with { Invisible = true },
        9 => style with { Strike = true },
        21 => style with { Underline = NsUnderline.Double },
        22 => style with { Bold = false, Dim = false },
        23 => style with { Italic = false },
        24 => style with { Underline = NsUnderline.None },
        25 => style with { Blink = false },
        27 => style with { Inverse = false },
        28 => style with { Invisible = false },
        29 => style with { Strike = false },
        >= 30 and <= 37 => style with { Foreground = NsColor.FromIndex(parameter - 30) },
        39 => style with { Foreground = default },
        >= 40 and <= 47 => style with { Background = NsColor.FromIndex(parameter - 40) },
        49 => style with { Background = default },
        >= 90 and <= 97 => style with { Foreground = NsColor.FromIndex(parameter - 90 + 8) },
        >= 100 and <= 107 => style with { Background = NsColor.FromIndex(parameter - 100 + 8) },
        _ => style,
    };

    /// <summary>A colour of the palette (5) or a mixture (2); null where there is none such.</summary>
    private static NsColor? Read(int kind, ReadOnlySpan<int> numbers) => kind switch
    {
        5 when At(numbers, 0) is byte index => NsColor.FromIndex(index),
        2 when (At(numbers, 0), At(numbers, 1), At(numbers, 2)) is (byte red, byte green, byte blue) => NsColor.FromRgb(red, green, blue),
        _ => null,
    };

    /// <summary>A number from 0 to 255, 0 where it is left out; null for others.</summary>
    private static byte? At(ReadOnlySpan<int> numbers, int index) =>
        index >= numbers.Length || numbers[index] < 0 ? (byte)0 : numbers[index] <= byte.MaxValue ? (byte)numbers[index] : null;

    /// <summary>The colour of underlines (58) is read, so that its numbers are not taken for attributes, and not kept.</summary>
    private static CellStyle With(CellStyle style, int parameter, NsColor? color) => (parameter, color) switch
    {
        (38, NsColor foreground) => style with { Foreground = foreground },
        (48, NsColor background) => style with { Background = background },
        _ => style,
    };
}

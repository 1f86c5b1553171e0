using System;
using System.Globalization;

namespace NsModule;

/// <summary>A colour as a program asked for it: the terminal's own, one of the palette, or a mixture of red, green and blue.</summary>
public readonly record struct NsColor
{
    /// <summary>0 is the default, 1 to 256 an index of the palette plus one, and with this bit it is 8 bits for each of red, green and blue.</summary>
    private const int IsRgb = 1 << 24;
    private const int IndexBase = 1;

    /// <summary>The first sixteen of xterm's palette; programs know them by names such as red and bright red.</summary>
    private static readonly int[] s_named =
    [
        0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
        0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
    ];

    private readonly int _value;

    private NsColor(int value) => _value = value;

    /// <summary>What kind of colour it is.</summary>
    public NsColorKind Kind => _value == 0 ? NsColorKind.Default : _value >= IsRgb ? NsColorKind.Rgb : NsColorKind.Palette;

    /// <summary>The index in the palette, 0 to 255; null where it is none of the palette.</summary>
    public int? Index => Kind == NsColorKind.Palette ? _value - IndexBase : null;

    /// <summary>As #rrggbb, of the palette as xterm has it; null for the terminal's own colour, which programs do not know.</summary>
    public string? Rgb => Kind == NsColorKind.Default ? null : string.Create(CultureInfo.InvariantCulture, $"#{Value:x6}");

    /// <summary>Red, green and blue, 8 bits each, red the highest; 0 for the default.</summary>
    internal int Value
    {
        get
        {
            switch (Index)
            {
                case null:
                    return _value & ~IsRgb;
                case < 16 and int named:
                    return s_named[named];
                case < 232 and int mixed:
                    // A cube of 6 by 6 by 6, whose steps are not even.
                    (int red, int green, int blue) = ((mixed - 16) / 36, (mixed - 16) / 6 % 6, (mixed - 16) % 6);
                    return (Step(red) << 16) | (Step(green) << 8) | Step(blue);
                case int grey:
                    return (8 + (10 * (grey - 232))) * 0x010101;
            }

            static int Step(int level) => level == 0 ? 0 : 55 + (40 * level);
        }
    }

    /// <summary>Default, the index in the palette, or #rrggbb.</summary>
    public override string ToString() => Kind switch
    {
        NsColorKind.Default => nameof(NsColorKind.Default),
        NsColorKind.Palette => (_value - IndexBase).ToString(CultureInfo.InvariantCulture),
        _ => Rgb!,
    };

    /// <summary>A colour of the palette.</summary>
    /// <param name="index">From 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such index.</exception>
    internal static NsColor FromIndex(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, byte.MaxValue);
        return new NsColor(index + IndexBase);
    }

    internal static NsColor FromRgb(byte red, byte green, byte blue) => new(IsRgb | (red << 16) | (green << 8) | blue);
}

using System;

namespace NsModule.Host.Hosting;

/// <summary>Console colours as the sequences of an ANSI terminal.</summary>
internal static class Colour
{
    // ConsoleColor counts blue, green, red in its bits; ANSI counts red, green, blue.
    private static readonly int[] AnsiOrder = [0, 4, 2, 6, 1, 5, 3, 7];

    internal static string Paint(ConsoleColor foreground, ConsoleColor background, string text) =>
        $"\e[{Code(foreground, 30, 90, 39)};{Code(background, 40, 100, 49)}m{text}\e[0m";

    private static int Code(ConsoleColor colour, int dark, int bright, int unchanged) => colour switch
    {
        >= ConsoleColor.Black and <= ConsoleColor.Gray => dark + AnsiOrder[(int)colour],
        >= ConsoleColor.DarkGray and <= ConsoleColor.White => bright + AnsiOrder[(int)colour - 8],
        _ => unchanged,
    };
}

namespace NsModule.Host.Hosting;

/// <summary>How many columns of a terminal a character takes; tables of East Asian text line up by it.</summary>
internal static class CharacterWidth
{
    internal static int Of(char character) => IsWide(character) ? 2 : 1;

    // The wide and fullwidth blocks of the basic plane (Unicode, UAX #11).
    private static bool IsWide(char character) => character
        is (>= '\u1100' and <= '\u115F')
        or (>= '\u2E80' and <= '\u303E')
        or (>= '\u3041' and <= '\uA4CF')
        or (>= '\uAC00' and <= '\uD7A3')
        or (>= '\uF900' and <= '\uFAFF')
        or (>= '\uFE30' and <= '\uFE6F')
        or (>= '\uFF00' and <= '\uFF60')
        or (>= '\uFFE0' and <= '\uFFE6');
}

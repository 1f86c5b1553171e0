namespace NsModule;

/// <summary>The kinds of <see cref="NsColor"/>.</summary>
public enum NsColorKind
{
    /// <summary>The colour that the terminal has for text, or behind it.</summary>
    Default = 0,

    /// <summary>One of the 256 that the terminal has numbers for.</summary>
    Palette = 1,

    /// <summary>A mixture of red, green and blue.</summary>
    Rgb = 2,
}

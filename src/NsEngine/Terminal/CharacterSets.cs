using System.Text;

namespace NsModule.Terminal;

/// <summary>
/// Which characters the bytes of ASCII stand for: themselves, or the lines and corners of DEC's special graphics (ISO 2022).
/// </summary>
internal readonly record struct CharacterSets(bool G0IsGraphics, bool G1IsGraphics, bool ShiftedOut)
{
    /// <summary>What 0x5f to 0x7e stand for.</summary>
    private const string SpecialGraphics = " ◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";

    /// <summary>After ESC ( X, or ESC ) X.</summary>
    public CharacterSets Designate(char which, char set) =>
        which == '(' ? this with { G0IsGraphics = set == '0' } : this with { G1IsGraphics = set == '0' };

    /// <summary>After SO, which selects G1, or SI, which selects G0.</summary>
    public CharacterSets Shift(bool toG1) => this with { ShiftedOut = toG1 };

    public Rune Map(Rune character) =>
        character.Value is >= 0x5f and <= 0x7e && (ShiftedOut ? G1IsGraphics : G0IsGraphics)
            ? new Rune(SpecialGraphics[character.Value - 0x5f])
            : character;
}

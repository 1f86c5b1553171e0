using System.Text;

namespace NsModule.Terminal;

/// <summary>Which characters the bytes of ASCII stand for: themselves, or the lines and corners of DEC's special graphics (ISO 2022).</summary>
internal struct CharacterSets
{
    /// <summary>What 0x5f to 0x7e stand for.</summary>
    private const string SpecialGraphics = " ◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";

    private bool _g0IsGraphics;
    private bool _g1IsGraphics;
    private bool _shiftedOut;

    /// <summary>ESC ( X and ESC ) X.</summary>
    public void Designate(char which, char set)
    {
        if (which == '(')
        {
            _g0IsGraphics = set == '0';
        }
        else if (which == ')')
        {
            _g1IsGraphics = set == '0';
        }
    }

    /// <summary>SO selects G1, SI selects G0.</summary>
    public void Shift(bool toG1) => _shiftedOut = toG1;

    public readonly Rune Map(Rune character) =>
        character.Value is >= 0x5f and <= 0x7e && (_shiftedOut ? _g1IsGraphics : _g0IsGraphics)
            ? new Rune(SpecialGraphics[character.Value - 0x5f])
            : character;
}

using System;
using System.Text;

namespace NsModule.Terminal;

/// <summary>
/// What <see cref="TerminalParser"/> finds in a terminal's output, or in its input. What a sink has no use for it leaves out.
/// </summary>
internal interface ITerminalSink
{
    /// <summary>
    /// Whether it wants the text, and the C0 controls in it other than ENQ. Text that is not wanted is passed over many bytes at a time.
    /// </summary>
    bool WantsText => true;

    /// <summary>A character to show.</summary>
    void Print(Rune character)
    {
    }

    /// <summary>A C0 control such as CR or BS.</summary>
    void Control(char control)
    {
    }

    /// <summary>ESC, at most one intermediate that matters (NUL for none), a final; C1 controls come so, too.</summary>
    void Escape(char intermediate, char final)
    {
    }

    /// <summary>
    /// A control sequence. <paramref name="marker"/> (<c>?</c>, <c>&gt;</c>, ...) and <paramref name="intermediate"/> are NUL where there
    /// is none; a parameter left out is -1.
    /// </summary>
    void Csi(char marker, char intermediate, ReadOnlySpan<int> parameters, char final)
    {
    }

    /// <summary>A control string such as a title, which is the operating system command <c>0;text</c>.</summary>
    /// <param name="kind">
    /// What it begins with after ESC: <c>]</c> (OSC), <c>P</c> (DCS), <c>_</c> (APC), <c>^</c> (PM) or <c>X</c> (SOS).
    /// </param>
    /// <param name="text">What is between that and its end, as far as it is kept.</param>
    void String(char kind, string text)
    {
    }
}

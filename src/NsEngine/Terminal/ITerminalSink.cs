using System;
using System.Text;

namespace NsModule.Terminal;

/// <summary>What <see cref="TerminalParser"/> finds in a terminal's output.</summary>
internal interface ITerminalSink
{
    /// <summary>A character to show.</summary>
    void Print(Rune character);

    /// <summary>A C0 control such as CR or BS.</summary>
    void Control(char control);

    /// <summary>ESC, at most one intermediate that matters (NUL for none), a final; C1 controls come so, too.</summary>
    void Escape(char intermediate, char final);

    /// <summary>A control sequence. <paramref name="marker"/> (<c>?</c>, <c>&gt;</c>, ...) and <paramref name="intermediate"/> are NUL where there is none; a parameter left out is -1.</summary>
    void Csi(char marker, char intermediate, ReadOnlySpan<int> parameters, char final);

    /// <summary>An operating system command, such as a title: <c>0;text</c>.</summary>
    void Osc(string text);
}

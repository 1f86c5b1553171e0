using System;
using System.Management.Automation.Host;
using System.Text;

namespace NsModule.Host.Terminal;

/// <summary>Text to standard output or standard error. Colours get through to a terminal only.</summary>
internal sealed class TextOutput(int descriptor)
{
    internal bool ShowsColours { get; } =
        Descriptors.IsTerminal(descriptor) && Environment.GetEnvironmentVariable("TERM") != "dumb";

    internal void Write(string text) =>
        Descriptors.Write(descriptor, Encoding.UTF8.GetBytes(PSHostUserInterface.GetOutputString(text, ShowsColours)));

    internal void WriteLine(string text) => Write(text + "\n");
}

using NsModule.Native;
using NsModule.Text;

namespace NsModule.Arguments;

/// <summary>Reads signals as users write them.</summary>
internal static class SignalArgument
{
    /// <summary>The signal's number.</summary>
    /// <exception cref="NsException">There is no such signal.</exception>
    public static int Read(string text) => Signals.TryParse(text, out int signal)
        ? signal
        : throw new NsException(
            NsErrorId.InvalidSignal,
            NsErrorKind.Argument,
            text,
            $"'{PrintableText.Of(text)}' is no signal. Give a name such as TERM, SIGINT or RTMIN+1, or a number from 1 to"
                + $" {Sys.SIGNAL_COUNT}.");
}

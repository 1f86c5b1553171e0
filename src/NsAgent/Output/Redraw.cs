using System;
using NsModule.Terminal;

namespace NsModule.Agent.Output;

/// <summary>What a terminal that attaches later is shown, so that it looks like the session's screen.</summary>
/// <remarks>
/// The output that made the screen may be long gone, and was made for another window. So: the last lines of the main screen, the
/// modes, and for the rest the program itself, which is made to draw again.
/// </remarks>
internal static class Redraw
{
    /// <summary>How much of the main screen's past is shown, in bytes: some screenfuls.</summary>
    private const int Replay = 32 * 1024;

    /// <summary>What to send first; <paramref name="position"/> is where the live output goes on from.</summary>
    public static byte[] Compose(Scrollback output, TerminalModes modes, out long position)
    {
        position = output.End;
        long mainScreenEnd = modes.AlternateScreenSince ?? output.End;
        byte[] past = mainScreenEnd > output.Start ? LastLines(output, mainScreenEnd) : [];

        // The past may have switched modes on and off: what counts is how they are now.
        var replayed = new TerminalModes();
        replayed.Feed(past);
        return [.. past, .. replayed.UndoSequence(), .. modes.RedoSequence()];
    }

    private static byte[] LastLines(Scrollback output, long end)
    {
        long start = Math.Max(output.Start, end - Replay);
        byte[] bytes = new byte[end - start];
        for (int done = 0; done < bytes.Length;)
        {
            ReadOnlySpan<byte> slice = output.Slice(start + done, bytes.Length - done);
            slice.CopyTo(bytes.AsSpan(done));
            done += slice.Length;
        }

        // A cut line may begin within an escape sequence or a character.
        int newline = start > 0 ? Array.IndexOf(bytes, (byte)'\n') : -1;
        return bytes[(newline + 1)..];
    }
}

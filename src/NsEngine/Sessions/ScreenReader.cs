using System;
using NsModule.Protocol;
using NsModule.Terminal;

namespace NsModule.Sessions;

/// <summary>Follows what an <see cref="OutputReader"/> reads, and knows what a person sees after that.</summary>
/// <param name="session">The session.</param>
/// <param name="state">How the output stood when reading began.</param>
internal sealed class ScreenReader(NsSession session, OutputState state)
{
    private Screen? _screen;
    private long _end;

    /// <summary>Takes the next piece of output.</summary>
    public void Feed(OutputMark mark, ReadOnlySpan<byte> output)
    {
        long end = mark.Position + output.Length;
        if (mark.Position > _end)
        {
            // What came before is not kept any more: this may begin within a sequence or a character.
            output = output[Math.Max(0, output.IndexOfAny((byte)'\e', (byte)'\n'))..];
            _screen = null;
        }

        _end = end;

        _screen ??= new Screen(mark.Size);
        _screen.Resize(mark.Size);
        _screen.Feed(output);
        if (mark.Position < state.End && end >= state.End)
        {
            // It may have changed after the last of what was there when reading began.
            _screen.Resize(state.Size);
        }
    }

    /// <summary>The screen as it is now.</summary>
    public NsScreen Now() => new(session, _screen ?? new Screen(state.Size));
}

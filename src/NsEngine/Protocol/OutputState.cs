using System;

namespace NsModule.Protocol;

/// <summary>How a session's output stands: what a reader is told before it gets output.</summary>
/// <param name="Start">Position, in the whole stream, of the oldest byte that is kept.</param>
/// <param name="End">Position after the newest byte.</param>
/// <param name="SearchFrom">Where a search for a pattern goes on; of standard error, what nobody's error stream has had yet.</param>
/// <param name="Size">The terminal's size now.</param>
/// <param name="LostLines">How many lines ended before the oldest byte that is kept; <see cref="Unknown"/> where nobody counted.</param>
internal readonly record struct OutputState(
    long Start, long End, long SearchFrom, NsTerminalSize Size, long LostLines = OutputState.Unknown)
{
    /// <summary>A number of lines that is not known.</summary>
    public const long Unknown = -1;

    public byte[] ToFrame() => new WireWriter(FrameKind.OutputState)
        .Int64(Start).Int64(End).Int64(SearchFrom).Int32(Size.Columns).Int32(Size.Rows).Int64(LostLines).ToFrame();

    /// <exception cref="System.IO.InvalidDataException">It is malformed.</exception>
    public static OutputState Read(ReadOnlySpan<byte> payload)
    {
        var reader = new WireReader(payload);
        var state = new OutputState(reader.Int64(), reader.Int64(), reader.Int64(), Hello.ReadSize(ref reader));

        // A session may outlive an update: older supervisors did not count lines.
        return reader.AtEnd ? state : state with { LostLines = reader.Int64() };
    }
}

namespace NsModule.Terminal;

/// <summary>A line of output as it reads on a screen.</summary>
/// <param name="Text">Its characters.</param>
/// <param name="Positions">For each UTF-16 unit of the text, the position in the stream after what wrote it.</param>
/// <param name="End">Position in the stream after all of the line, its end included.</param>
internal sealed record PlainLine(string Text, long[] Positions, long End);

using System.Globalization;
using System.Numerics;

namespace NsModule.Specs;

/// <summary>How much of a session's output is kept for those who come later, such as Receive-NsOutput.</summary>
internal static class OutputBuffer
{
    /// <summary>What is kept where nobody says otherwise, in bytes.</summary>
    public const int DefaultSize = 1 << 20;

    /// <summary>The least that can be asked for, in bytes: one screen has to fit.</summary>
    public const int MinSize = 1 << 16;

    /// <summary>The most that can be asked for, in bytes. It is memory of the session's supervisor, and a file at its end.</summary>
    public const int MaxSize = 1 << 30;

    /// <summary>The size that is used for what was asked for: the next power of two.</summary>
    /// <exception cref="NsException">It is too little or too much.</exception>
    public static int Size(long asked) => asked is >= MinSize and <= MaxSize
        ? (int)BitOperations.RoundUpToPowerOf2((ulong)asked)
        : throw new NsException(
            NsErrorId.InvalidOutputBufferSize,
            NsErrorKind.Argument,
            asked,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{asked} bytes of the output cannot be kept. -OutputBufferSize takes {MinSize >> 10}KB to {MaxSize >> 30}GB.")
                + " All output goes into a file with -OutputLog.");
}

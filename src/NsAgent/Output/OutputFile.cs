using System;
using System.Globalization;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Output;

/// <summary>What is left of a session's output when the supervisor has gone: the frames that a reader would have got.</summary>
internal static class OutputFile
{
    private const int MaxPiece = 64 * 1024;
    private const int MinKept = 4096;

    /// <summary>
    /// Writes the kept output. Where there is no room for all of it, the last part that there is room for: the session ends all the same.
    /// </summary>
    /// <returns>What is missing of it, and why; null where nothing is.</returns>
    public static string? TryWrite(string path, KeptOutput output)
    {
        Scrollback kept = output.Bytes;
        if (kept.End == 0)
        {
            return null;
        }

        string? why = null;
        for (long start = kept.Start; kept.End - start >= MinKept || start == kept.Start; start = (start + kept.End + 1) / 2)
        {
            try
            {
                using FileDescriptor file = FileDescriptor.Open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0x180);
                if (why is null)
                {
                    Write(file.Value, output.State, output, start);
                    return null;
                }

                Write(file.Value, output.State with { Start = start, LostLines = OutputState.Unknown }, output, start);
                return Lost(start - kept.Start);
            }
            catch (NativeException e)
            {
                why ??= e.Message;
            }
        }

        // Less is as good as nothing.
        SessionStore.TryDelete(path);
        return "all " + Lost(kept.End - kept.Start);

        string Lost(long count) =>
            string.Create(CultureInfo.InvariantCulture, $"{count} bytes of the output that is usually kept are lost: {why}");
    }

    private static void Write(int file, OutputState state, KeptOutput output, long start)
    {
        Scrollback kept = output.Bytes;
        FileDescriptor.WriteAll(file, state.ToFrame());
        byte[] header = new byte[WireWriter.HeaderLength + OutputMark.Length];
        for (long position = start; position < kept.End;)
        {
            long end = Math.Min(kept.End, position + MaxPiece);
            OutputMark mark = output.Marks.At(position, ref end) with { Position = position };
            ReadOnlySpan<byte> piece = kept.Slice(position, (int)(end - position));
            mark.WriteHeader(header, piece.Length);
            FileDescriptor.WriteAll(file, header);
            FileDescriptor.WriteAll(file, piece);
            position += piece.Length;
        }
    }
}

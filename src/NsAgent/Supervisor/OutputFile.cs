using System;
using System.IO;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Supervisor;

/// <summary>What is left of a session's output when the supervisor has gone: the frames that a reader would have got.</summary>
internal static class OutputFile
{
    private const int MaxPiece = 64 * 1024;

    /// <summary>Writes the kept output. Without any, or where it cannot be written whole, there is no file: the session ends all the same.</summary>
    public static void TryWrite(string path, OutputState state, Scrollback kept, OutputMarks marks)
    {
        if (kept.End == 0)
        {
            return;
        }

        try
        {
            using FileDescriptor file = FileDescriptor.Open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0x180);
            Write(file.Value, state, kept, marks);
        }
        catch (NativeException)
        {
            try
            {
                File.Delete(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A part is as good as nothing: readers see that it is cut short.
            }
        }
    }

    private static void Write(int file, OutputState state, Scrollback kept, OutputMarks marks)
    {
        SessionStore.WriteAll(file, state.ToFrame());
        byte[] header = new byte[WireWriter.HeaderLength + OutputMark.Length];
        for (long position = kept.Start; position < kept.End;)
        {
            long end = Math.Min(kept.End, position + MaxPiece);
            OutputMark mark = marks.At(position, ref end) with { Position = position };
            ReadOnlySpan<byte> piece = kept.Slice(position, (int)(end - position));
            mark.WriteHeader(header, piece.Length);
            SessionStore.WriteAll(file, header);
            SessionStore.WriteAll(file, piece);
            position += piece.Length;
        }
    }
}

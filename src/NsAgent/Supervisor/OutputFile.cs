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
    public static void TryWrite(string path, SessionSupervisor session)
    {
        if (session.Output.End == 0)
        {
            return;
        }

        try
        {
            using FileDescriptor file = FileDescriptor.Open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0x180);
            Write(file.Value, session);
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

    private static void Write(int file, SessionSupervisor session)
    {
        SessionStore.WriteAll(file, session.OutputState.ToFrame());
        byte[] header = new byte[WireWriter.HeaderLength + OutputMark.Length];
        for (long position = session.Output.Start; position < session.Output.End;)
        {
            long end = Math.Min(session.Output.End, position + MaxPiece);
            OutputMark mark = session.Marks.At(position, ref end) with { Position = position };
            ReadOnlySpan<byte> piece = session.Output.Slice(position, (int)(end - position));
            mark.WriteHeader(header, piece.Length);
            SessionStore.WriteAll(file, header);
            SessionStore.WriteAll(file, piece);
            position += piece.Length;
        }
    }
}

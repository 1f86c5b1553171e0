using System;
using System.IO;
using static Tmds.Linux.LibC;

namespace NsModule.Native;

/// <summary>
/// Reads files whole that others may have written: never a device or a FIFO, which may have no end, and never more than the reader can
/// use.
/// </summary>
internal static unsafe class RegularFile
{
    private const int AT_EMPTY_PATH = 0x1000;

    /// <summary>The content of a file, links followed.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="most">How many bytes it may have.</param>
    /// <exception cref="NativeException">It cannot be read; EINVAL: it is no regular file; EFBIG: it has more bytes.</exception>
    public static byte[] Read(string path, int most)
    {
        using FileDescriptor file = Open(path);
        return Read(file, path, most);
    }

    /// <summary>The first bytes of a file, links followed.</summary>
    /// <exception cref="NativeException">It cannot be read; EINVAL: it is no regular file.</exception>
    public static byte[] ReadStart(string path, int most)
    {
        using FileDescriptor file = Open(path);
        RequireRegular(file, path);
        byte[] content = ReadUpTo(file, path, most);
        return content.Length <= most ? content : content[..most];
    }

    /// <summary>The content of an open file.</summary>
    /// <exception cref="NativeException">As above.</exception>
    public static byte[] Read(FileDescriptor file, string path, int most)
    {
        RequireRegular(file, path);
        byte[] content = ReadUpTo(file, path, most);
        return content.Length <= most ? content : throw new NativeException($"read({path})", EFBIG);
    }

    private static void RequireRegular(FileDescriptor file, string path)
    {
        Sys.statx_t status;
        byte empty = 0;
        _ = NativeException.Check(Sys.statx(file.Value, &empty, AT_EMPTY_PATH, Sys.STATX_BASIC_STATS, &status), $"statx({path})");
        if ((status.stx_mode & 0xf000) != 0x8000)
        {
            throw new NativeException($"read({path})", EINVAL);
        }
    }

    /// <summary>
    /// More than so many bytes where there are more. The size is no promise: files of /proc have none, and another may grow.
    /// </summary>
    private static byte[] ReadUpTo(FileDescriptor file, string path, int most)
    {
        using var content = new MemoryStream();
        byte[] buffer = new byte[8192];
        fixed (byte* p = buffer)
        {
            int count;
            while (content.Length <= most && (count = NativeException.Check((int)read(file.Value, p, buffer.Length), $"read({path})")) > 0)
            {
                content.Write(buffer, 0, count);
            }
        }

        return content.ToArray();
    }

    /// <summary>
    /// A FIFO must not keep us waiting, nor a terminal become ours. A socket cannot be opened: it, too, is no regular file.
    /// </summary>
    private static FileDescriptor Open(string path)
    {
        try
        {
            return FileDescriptor.Open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        }
        catch (NativeException e) when (e.Errno == ENXIO)
        {
            throw new NativeException(e.Call, EINVAL);
        }
    }
}

using System;
using System.IO;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Output;

/// <summary>A file that grows at its end, and makes room by taking the name <c>FILE.1</c>.</summary>
/// <remarks>
/// All by the descriptor of its directory, so it does not matter what becomes of the path to it. The last component is never
/// followed where it is a link, nor written where it is no regular file.
/// </remarks>
internal sealed unsafe class LogFile : IDisposable
{
    private const uint OwnerOnly = 0x180;
    private const uint TypeMask = 0xf000;
    private const uint Regular = 0x8000;

    private readonly FileDescriptor _directory;
    private readonly byte[] _name;
    private readonly byte[] _rotatedName;
    private readonly bool _mustBeEmpty;
    private readonly bool _isNew;
    private FileDescriptor _file = new(-1);
    private Sys.statx_t _identity;

    /// <param name="path">The file; made where it is not there.</param>
    /// <param name="mustBeEmpty">
    /// Refuse one that holds something already. Such a file is ours alone, and never keeps half of what was to be added.
    /// </param>
    /// <exception cref="NativeException">It cannot be opened, or must not be: see <see cref="Protocol.LaunchStep.OutputLog"/>.</exception>
    public LogFile(string path, bool mustBeEmpty)
    {
        _mustBeEmpty = mustBeEmpty;
        _name = CString.From(Path.GetFileName(path));
        _rotatedName = CString.From(Path.GetFileName(path) + ".1");
        _ = _name.Length > 1 ? 0 : throw new NativeException("open", EISDIR);
        _directory = FileDescriptor.Open(Path.GetDirectoryName(path)!, O_PATH | O_DIRECTORY);
        try
        {
            _isNew = TryOpen(O_EXCL) == 0;
            if (!_isNew)
            {
                int error = TryOpen(0);
                _ = error == 0 ? 0 : throw new NativeException("open", error);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>How much is in it.</summary>
    public long Size { get; private set; }

    /// <exception cref="NativeException">Not all of it could be written.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            FileDescriptor.WriteAll(_file.Value, bytes);
        }
        catch (NativeException) when (_mustBeEmpty)
        {
            _ = ftruncate(_file.Value, Size);
            throw;
        }

        Size += bytes.Length;
    }

    /// <summary>
    /// Goes on in a new file. The present one gets the name <c>FILE.1</c>, and replaces what had it; where somebody has moved it away
    /// already, that is left to them.
    /// </summary>
    /// <exception cref="NativeException">It cannot be renamed, or no new one be made.</exception>
    public void Rotate()
    {
        Sys.statx_t now;
        fixed (byte* name = _name, rotated = _rotatedName)
        {
            if (Sys.statx(_directory.Value, name, AT_SYMLINK_NOFOLLOW, Sys.STATX_BASIC_STATS, &now) == 0 && IsSame(now, _identity))
            {
                _ = NativeException.Check(Sys.renameat(_directory.Value, name, _directory.Value, rotated), "rename");
            }
        }

        _file.Dispose();
        int error = TryOpen(0);
        _ = error == 0 ? 0 : throw new NativeException("open", error);
    }

    /// <summary>Takes it away where it was made here: of a failed launch nothing remains.</summary>
    public void Discard()
    {
        fixed (byte* name = _name)
        {
            _ = _isNew ? unlinkat(_directory.Value, name, 0) : 0;
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _directory.Dispose();
    }

    /// <summary>
    /// Opens it; 0, or the error. The kernel's own guards of files in shared directories hold for opens that may create
    /// (fs.protected_regular).
    /// </summary>
    private int TryOpen(int more)
    {
        fixed (byte* name = _name)
        {
            // A pipe without a reader would hold us up, a terminal become ours.
            int flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | more;
            int fd = openat(_directory.Value, name, flags, (mode_t)OwnerOnly);
            if (fd < 0)
            {
                return errno;
            }

            _file = new FileDescriptor(fd);
        }

        Sys.statx_t status;
        byte empty = 0;
        _ = NativeException.Check(Sys.statx(_file.Value, &empty, AT_EMPTY_PATH, Sys.STATX_BASIC_STATS, &status), "statx");
        _identity = status;
        Size = (long)status.stx_size;
        return (status.stx_mode & TypeMask) != Regular ? ENODEV
            : status.stx_nlink > 1 ? EMLINK
            : _mustBeEmpty && Size > 0 ? EEXIST
            : 0;
    }

    private static bool IsSame(in Sys.statx_t a, in Sys.statx_t b) =>
        (a.stx_ino, a.stx_dev_major, a.stx_dev_minor) == (b.stx_ino, b.stx_dev_major, b.stx_dev_minor);
}

using System;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Native;

/// <summary>An owned file descriptor: closed once.</summary>
internal sealed class FileDescriptor : IDisposable
{
    private int _value;

    public FileDescriptor(int value) => _value = value;

    ~FileDescriptor() => Close();

    /// <summary>The number; -1 after <see cref="Dispose"/>.</summary>
    public int Value => _value;

    /// <summary>Opens <paramref name="path"/> close-on-exec (open(2)).</summary>
    public static unsafe FileDescriptor Open(string path, int flags, uint mode = 0)
    {
        fixed (byte* p = CString.From(path))
        {
            return new FileDescriptor(NativeException.Check(open(p, flags | O_CLOEXEC, (mode_t)mode), $"open({path})"));
        }
    }

    /// <summary>Writes all of it, waiting where the descriptor does.</summary>
    /// <exception cref="NativeException">Not all of it could be written.</exception>
    public static unsafe void WriteAll(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* p = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                int count = (int)write(fd, p + done, bytes.Length - done);
                int error = count < 0 ? errno : 0;
                done += count >= 0 ? count : error == EINTR ? 0 : throw new NativeException("write", error);
            }
        }
    }

    /// <summary>Gives it away: the number stays open, and is no longer closed here.</summary>
    public int Release()
    {
        int value = _value;
        _value = -1;
        return value;
    }

    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    private void Close()
    {
        if (_value >= 0)
        {
            _ = close(_value);
            _value = -1;
        }
    }
}

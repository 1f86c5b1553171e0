using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Cgroups;

/// <summary>
/// The cgroup file system. Results are error numbers, 0 for success; unit tests put a hierarchy of their own in its place.
/// </summary>
internal unsafe class CgroupFiles
{
    /// <summary>The kernel's.</summary>
    public static readonly CgroupFiles Kernel = new();

    public virtual int MakeDirectory(string path)
    {
        fixed (byte* p = CString.From(path))
        {
            return mkdir(p, (mode_t)0x1ed) < 0 ? errno : 0;
        }
    }

    public virtual int RemoveDirectory(string path)
    {
        fixed (byte* p = CString.From(path))
        {
            return rmdir(p) < 0 ? errno : 0;
        }
    }

    /// <summary>Writes a file that is there, in one write(2), as these files want it.</summary>
    public virtual int Write(string path, string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        fixed (byte* p = CString.From(path), data = bytes)
        {
            int fd = open(p, O_WRONLY | O_CLOEXEC);
            if (fd < 0)
            {
                return errno;
            }

            int error = write(fd, data, bytes.Length) < 0 ? errno : 0;
            _ = close(fd);
            return error;
        }
    }

    /// <summary>Whether a file may be written, or a directory may get others (access(2)).</summary>
    public virtual int Access(string path)
    {
        fixed (byte* p = CString.From(path))
        {
            return access(p, W_OK) < 0 ? errno : 0;
        }
    }

    public virtual bool Exists(string path)
    {
        fixed (byte* p = CString.From(path))
        {
            return access(p, F_OK) == 0;
        }
    }

    /// <summary>A file's text; null where it cannot be read.</summary>
    /// <exception cref="NativeException">No descriptor is left, which is no file that is not there.</exception>
    public virtual string? Read(string path)
    {
        // A launch reads dozens of them: FileStream would make seven system calls of each.
        fixed (byte* p = CString.From(path))
        {
            int fd = open(p, O_RDONLY | O_CLOEXEC);
            return fd >= 0 ? ReadToEnd(fd)
                : errno is var error && (error == EMFILE || error == ENFILE) ? throw new NativeException($"open({path})", error)
                : null;
        }
    }

    /// <summary>The schedulers that the machine's disks can have, as the kernel lists them.</summary>
    public virtual string DiskSchedulers() =>
        string.Join(' ', Children("/sys/block").Select(d => Read(Path.Combine(d, "queue/scheduler"))));

    /// <summary>The cgroups right below one.</summary>
    public virtual IReadOnlyList<string> Children(string path)
    {
        try
        {
            return Directory.GetDirectories(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? ReadToEnd(int fd)
    {
        byte[] buffer = new byte[4096];
        int length = 0;
        while (true)
        {
            int count;
            fixed (byte* p = buffer)
            {
                count = (int)read(fd, p + length, buffer.Length - length);
            }

            if (count <= 0)
            {
                _ = close(fd);
                return count < 0 ? null : Encoding.ASCII.GetString(buffer, 0, length);
            }

            length += count;
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }
}

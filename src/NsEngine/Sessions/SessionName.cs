using System;
using System.IO;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Sessions;

/// <summary>A name that a session has as long as it runs: a file of that name, locked by its supervisor.</summary>
/// <remarks>
/// The lock is what counts: the kernel takes it away with the supervisor, however that dies, and it is seen from every PID namespace. So
/// taking a name costs the same however many sessions there are. A file without a lock is what a killed supervisor left; it may be taken.
/// </remarks>
internal sealed unsafe class SessionName : IDisposable
{
    private readonly string _path;
    private FileDescriptor? _file;

    private SessionName(string path, FileDescriptor file) => (_path, _file) = (path, file);

    /// <summary>Takes a name.</summary>
    /// <param name="directory">Where the names are.</param>
    /// <param name="name">The name, valid as such.</param>
    /// <returns>The name, until it is disposed of; null where a running session has it.</returns>
    /// <exception cref="NativeException">The file cannot be made or locked.</exception>
    public static SessionName? TryTake(string directory, string name)
    {
        const int Tries = 1000;
        string path = Path.Combine(directory, name);
        for (int i = 0; i < Tries; i++)
        {
            // For reading, so that the file system can still be made read-only.
            FileDescriptor? file = FileDescriptor.Open(path, O_RDONLY | O_CREAT | O_NOFOLLOW, 0x180);
            try
            {
                if (TryLock(file, Sys.LOCK_EX))
                {
                    // Who had the name may have removed the file between the two calls: then the lock is on nothing.
                    if (IsAt(path, file))
                    {
                        var taken = new SessionName(path, file);
                        file = null;
                        return taken;
                    }
                }
                else if (!TryLock(file, Sys.LOCK_SH))
                {
                    return null;
                }

                // Removed just now, or about to be (Sweep): once more.
                _ = sched_yield();
            }
            finally
            {
                file?.Dispose();
            }
        }

        return null;
    }

    /// <summary>Removes what killed supervisors have left. One at a time: the caller holds the store's lock.</summary>
    public static void Sweep(string directory)
    {
        foreach (string path in Directory.Exists(directory) ? Directory.EnumerateFiles(directory) : [])
        {
            try
            {
                // Shared, so that who wants the name sees that no session has it. Once it is locked, no other file can come in its place.
                using FileDescriptor file = FileDescriptor.Open(path, O_RDONLY | O_NOFOLLOW);
                if (TryLock(file, Sys.LOCK_SH) && IsAt(path, file))
                {
                    File.Delete(path);
                }
            }
            catch (NativeException e) when (!e.IsNoDescriptorLeft)
            {
                // It went away by itself.
            }
        }
    }

    /// <summary>Gives the name back.</summary>
    public void Dispose()
    {
        if (_file is not null)
        {
            // Nobody else removes what is locked like this.
            fixed (byte* path = CString.From(_path))
            {
                _ = unlink(path);
            }

            _file.Dispose();
            _file = null;
        }
    }

    /// <summary>Whether the path still leads to the open file.</summary>
    private static bool IsAt(string path, FileDescriptor file) =>
        FileIdentity.Inode(file) is ulong inode && FileIdentity.Inode(path) == inode;

    private static bool TryLock(FileDescriptor file, int kind)
    {
        while (Sys.flock(file.Value, kind | Sys.LOCK_NB) < 0)
        {
            if (errno != EINTR)
            {
                return errno == EWOULDBLOCK ? false : throw new NativeException("flock", errno);
            }
        }

        return true;
    }
}

using NsModule.Native;
using static Tmds.Linux.LibC;

namespace NsModule.Sessions;

/// <summary>
/// The lock that a supervisor holds on a file in its session's directory for as long as it lives. The kernel gives it back, however the
/// supervisor ends.
/// </summary>
/// <remarks>
/// A process id says nothing in another PID namespace, where the directory may be seen as well. This lock does, everywhere, and who
/// looks at it is told the holder's number in its own PID namespace. It is one of the kind that belongs to a process and
/// not to a descriptor (fcntl(2), F_SETLK): init, a copy of the supervisor, does not have it. For the same reason the supervisor
/// itself must never open the file again: it would give the lock back when it closes that.
/// </remarks>
internal static unsafe class SupervisorLock
{
    /// <summary>
    /// Makes the file and takes the lock, until this process ends. A descriptor for reading will do, so that the file system can still be
    /// made read-only.
    /// </summary>
    public static void Hold(string path)
    {
        // Never closed before that.
        int file = FileDescriptor.Open(path, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0x180).Release();
        Sys.flock_t request = new() { l_type = Sys.F_RDLCK };
        _ = NativeException.Check(Sys.fcntl(file, Sys.F_SETLK, &request), "fcntl(F_SETLK)");
    }

    /// <summary>Looks who holds it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="holder">The holder's process id, 0 where it has none in this PID namespace; null when nobody holds the lock.</param>
    /// <returns>Whether there is such a file.</returns>
    /// <exception cref="NativeException">It cannot be looked at.</exception>
    public static bool TryRead(string path, out int? holder)
    {
        holder = null;
        try
        {
            using FileDescriptor file = FileDescriptor.Open(path, O_RDONLY | O_NOFOLLOW);
            Sys.flock_t request = new() { l_type = Sys.F_WRLCK };
            _ = NativeException.Check(Sys.fcntl(file.Value, Sys.F_GETLK, &request), "fcntl(F_GETLK)");
            holder = request.l_type == Sys.F_UNLCK ? null : request.l_pid;
            return true;
        }
        catch (NativeException e) when (e.Errno == ENOENT || e.Errno == ENOTDIR)
        {
            return false;
        }
    }
}

using System.IO;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Launching;

/// <summary>A copy of a program in memory that nobody can change any more (memfd_create(2)), one for this process.</summary>
/// <remarks>
/// Init is a copy of the supervisor, so a session's root finds the supervisor's program behind /proc/1/exe. Were it the module's
/// file, what is written there would run on the host at the next launch (CVE-2019-5736).
/// </remarks>
internal static unsafe class SealedProgram
{
    private const uint MFD_EXEC = 0x10;

    private static readonly object s_lock = new();
    private static FileDescriptor? s_copy;
    private static (ulong Inode, ulong Size, long Modified) s_original;

    /// <summary>
    /// A path that executes the copy, for this process and its children; null where the kernel or an administrator does not allow one
    /// (vm.memfd_noexec), or the file may not be read.
    /// </summary>
    public static string? PathOf(string file)
    {
        lock (s_lock)
        {
            Sys.statx_t status;
            fixed (byte* path = CString.From(file))
            {
                if (Sys.statx(AT_FDCWD, path, 0, Sys.STATX_BASIC_STATS, &status) < 0 || access(path, R_OK) < 0)
                {
                    return null;
                }
            }

            (ulong, ulong, long) original = (status.stx_ino, status.stx_size, File.GetLastWriteTimeUtc(file).Ticks);
            if (s_copy is null || s_original != original)
            {
                s_copy?.Dispose();
                s_copy = Copy(file);
                s_original = original;
            }

            return s_copy is null ? null : $"/proc/self/fd/{s_copy.Value}";
        }
    }

    private static FileDescriptor? Copy(string file)
    {
        FileDescriptor copy;
        fixed (byte* name = "ns-agent"u8)
        {
            int fd = memfd_create(name, (uint)(MFD_CLOEXEC | MFD_ALLOW_SEALING) | MFD_EXEC);
            if (fd < 0 && errno == EINVAL)
            {
                // Before Linux 6.3 every one is executable, and the flag unknown.
                fd = memfd_create(name, (uint)(MFD_CLOEXEC | MFD_ALLOW_SEALING));
            }

            if (fd < 0)
            {
                return null;
            }

            copy = new FileDescriptor(fd);
        }

        try
        {
            FileDescriptor.WriteAll(copy.Value, File.ReadAllBytes(file));

            // Executed without the seals it would be no better than the file.
            int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
            _ = NativeException.Check(fcntl(copy.Value, F_ADD_SEALS, seals), "fcntl(F_ADD_SEALS)");
            return copy;
        }
        catch (NativeException)
        {
            copy.Dispose();
            return null;
        }
    }
}

using System;
using System.IO;
using NsModule.Native;
using static Tmds.Linux.LibC;

namespace NsModule.Sessions;

/// <summary>
/// Whether the way to a directory is safe: whoever may rename a directory on it can have its path mean another one at any moment.
/// </summary>
internal static unsafe class TrustedPath
{
    private const uint OthersMayWrite = 0x2;
    private const uint Sticky = 0x200;

    /// <summary>What the ids of other user namespaces look like in ours.</summary>
    private const uint OverflowId = 65534;

    /// <summary>
    /// The first directory from this one up to the root that belongs to another user than us and root, or that all may rename
    /// things in; null where there is none.
    /// </summary>
    /// <param name="directory">A descriptor of the directory.</param>
    public static string? FirstUnsafe(int directory)
    {
        FileDescriptor? opened = null;
        try
        {
            int current = directory;
            (ulong, uint, uint)? below = null;
            byte empty = 0;
            Sys.statx_t status;
            while (Sys.statx(current, &empty, AT_EMPTY_PATH, Sys.STATX_BASIC_STATS, &status) == 0
                && below != (status.stx_ino, status.stx_dev_major, status.stx_dev_minor))
            {
                if (!IsSafe(status.stx_uid, status.stx_mode))
                {
                    return new FileInfo(FormattableString.Invariant($"/proc/self/fd/{current}")).LinkTarget;
                }

                below = (status.stx_ino, status.stx_dev_major, status.stx_dev_minor);
                int parent;
                fixed (byte* up = ".."u8)
                {
                    parent = openat(current, up, O_PATH | O_DIRECTORY | O_CLOEXEC);
                }

                int error = errno;
                opened?.Dispose();
                if (parent < 0)
                {
                    // Closed to us, and with it every path that leads this way.
                    return error == EACCES ? null : throw new NativeException("openat(..)", error);
                }

                opened = new FileDescriptor(parent);
                current = parent;
            }

            return null;
        }
        finally
        {
            opened?.Dispose();
        }
    }

    private static bool IsSafe(uint owner, uint mode) =>
        (owner == 0 || owner == (uint)geteuid() || (owner == OverflowId && !IdMapping.IsInitial))
        && ((mode & OthersMayWrite) == 0 || (mode & Sticky) != 0);
}

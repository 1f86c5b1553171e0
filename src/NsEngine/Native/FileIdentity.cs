using static Tmds.Linux.LibC;

namespace NsModule.Native;

/// <summary>Whose a file is, and which one (statx(2)).</summary>
internal static unsafe class FileIdentity
{
    private const int AT_EMPTY_PATH = 0x1000;

    /// <summary>The inode that a path leads to, links followed; null when it cannot be looked at.</summary>
    public static ulong? Inode(string path) => Look(AT_FDCWD, path, 0) is Sys.statx_t status ? status.stx_ino : null;

    /// <summary>The inode of an open file.</summary>
    public static ulong? Inode(FileDescriptor file) => Look(file.Value, "", AT_EMPTY_PATH) is Sys.statx_t status ? status.stx_ino : null;

    /// <summary>The user id of a file's owner; null when it cannot be looked at.</summary>
    public static uint? Owner(string path) => Look(AT_FDCWD, path, 0) is Sys.statx_t status ? status.stx_uid : null;

    private static Sys.statx_t? Look(int directory, string path, int flags)
    {
        Sys.statx_t status;
        fixed (byte* p = CString.From(path))
        {
            return Sys.statx(directory, p, flags, Sys.STATX_BASIC_STATS, &status) == 0 ? status : null;
        }
    }
}

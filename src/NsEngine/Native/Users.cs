using System.Runtime.InteropServices;

namespace NsModule.Native;

/// <summary>The user database of this machine.</summary>
internal static unsafe class Users
{
    /// <summary>The name of a user (getpwuid(3)); null for one that has none.</summary>
    public static string? Name(uint uid)
    {
        byte* buffer = stackalloc byte[4096];
        Sys.passwd_t entry;
        Sys.passwd_t* found;
        return Sys.getpwuid_r(uid, &entry, buffer, 4096, &found) == 0 && found != null
            ? Marshal.PtrToStringUTF8((nint)entry.pw_name)
            : null;
    }
}

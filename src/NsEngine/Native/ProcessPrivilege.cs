using static Tmds.Linux.LibC;

namespace NsModule.Native;

/// <summary>What this process may do on its machine (capabilities(7)).</summary>
internal static class ProcessPrivilege
{
    /// <summary>
    /// Whether it is root and may make namespaces, and mount, without a user namespace around them (CAP_SYS_ADMIN). Root of a container
    /// usually may not: all that it can have it has as an ordinary user has it.
    /// </summary>
    public static unsafe bool IsAdministrator
    {
        get
        {
            Sys.cap_user_header header = new() { version = Sys.LINUX_CAPABILITY_VERSION_3 };
            Sys.cap_user_data* data = stackalloc Sys.cap_user_data[2];
            return geteuid() == 0 && Sys.capget(&header, data) == 0 && (data[0].effective & (1u << Sys.CAP_SYS_ADMIN)) != 0;
        }
    }
}

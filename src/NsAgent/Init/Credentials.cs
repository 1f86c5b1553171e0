using NsModule.Native;
using Tmds.Linux;

namespace NsModule.Agent.Init;

/// <summary>Ids, capabilities and filters of this process. As bare as <see cref="InitProgram"/>.</summary>
internal static unsafe class Credentials
{
    /// <summary>Takes on the ids, all three of each kind, the group's first: the user's take the privilege for it away.</summary>
    public static int SetIds(uint uid, uint gid) => Sys.setresgid(gid, gid, gid) < 0 ? -1 : Sys.setresuid(uid, uid, uid);

    /// <summary>Takes capabilities out of the bounding set.</summary>
    public static int DropFromBoundingSet(ulong capabilities)
    {
        for (int capability = 0; capability < 64; capability++)
        {
            if ((capabilities & (1ul << capability)) != 0 && Sys.prctl(Sys.PR_CAPBSET_DROP, (nuint)capability, 0, 0, 0) < 0)
            {
                return -1;
            }
        }

        return 0;
    }

    /// <summary>Reduces the permitted and effective capabilities to some, and makes of these the inheritable ones.</summary>
    public static int SetCapabilities(ulong keep, ulong inheritable)
    {
        Sys.cap_user_header header = new() { version = Sys.LINUX_CAPABILITY_VERSION_3 };
        Sys.cap_user_data* data = stackalloc Sys.cap_user_data[2];
        if (Sys.capget(&header, data) < 0)
        {
            return -1;
        }

        for (int half = 0; half < 2; half++)
        {
            data[half].permitted &= (uint)(keep >> (32 * half));
            data[half].effective = data[half].permitted;
            data[half].inheritable = (uint)(inheritable >> (32 * half)) & data[half].permitted;
        }

        return Sys.capset(&header, data);
    }

    /// <summary>Makes those of some capabilities ambient that are inheritable, and no others.</summary>
    public static int SetAmbient(ulong ambient)
    {
        Sys.cap_user_header header = new() { version = Sys.LINUX_CAPABILITY_VERSION_3 };
        Sys.cap_user_data* data = stackalloc Sys.cap_user_data[2];
        if (Sys.prctl(Sys.PR_CAP_AMBIENT, Sys.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 || Sys.capget(&header, data) < 0)
        {
            return -1;
        }

        ambient &= data[0].inheritable | ((ulong)data[1].inheritable << 32);
        for (int capability = 0; capability < 64; capability++)
        {
            if ((ambient & (1ul << capability)) != 0
                && Sys.prctl(Sys.PR_CAP_AMBIENT, Sys.PR_CAP_AMBIENT_RAISE, (nuint)capability, 0, 0) < 0)
            {
                return -1;
            }
        }

        return 0;
    }

    /// <summary>Loads a seccomp filter: instructions of 8 bytes each.</summary>
    public static int LoadFilter(byte* code, int length, uint flags)
    {
        Sys.sock_fprog program = new() { len = (ushort)(length / 8), filter = code };
        return (int)Sys.seccomp(Sys.SECCOMP_SET_MODE_FILTER, flags, &program);
    }
}

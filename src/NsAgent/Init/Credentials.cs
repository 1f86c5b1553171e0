using NsModule.Native;
using NsModule.Protocol;
using NsModule.Seccomp;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Init;

/// <summary>Makes the command's process the user it is to be, with the privileges it is to have. As bare as <see cref="InitProgram"/>.</summary>
/// <remarks>
/// The order is the point. A filter takes CAP_SYS_ADMIN where no_new_privs is off, so then it comes first of all; otherwise
/// last of all, and only execve has to pass it. The bounding set takes CAP_SETPCAP, so it shrinks before the user changes.
/// Inheritable capabilities are never left over from the caller (CVE-2022-27650, CVE-2022-29162): they are the ambient ones,
/// which the kernel ties to them.
/// </remarks>
internal static unsafe class Credentials
{
    /// <summary>Becomes the user. The working directory can be entered as that user after this.</summary>
    public static void BecomeUser(InitPlan* plan)
    {
        CredentialPlan* credentials = &plan->Credentials;
        if (credentials->Umask >= 0)
        {
            _ = Sys.umask((uint)credentials->Umask);
        }

        if (!credentials->NoNewPrivileges)
        {
            LoadFilters(plan);
        }

        for (int capability = 0; capability <= credentials->LastCapability; capability++)
        {
            if ((credentials->Capabilities & (1ul << capability)) == 0 && Sys.prctl(Sys.PR_CAPBSET_DROP, (nuint)capability, 0, 0, 0) < 0)
            {
                InitProgram.Fail(plan, LaunchStep.Capabilities);
            }
        }

        if (!credentials->SetUser)
        {
            return;
        }

        if (Sys.prctl(Sys.PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0
            || (!credentials->KeepGroups && Sys.setgroups((nuint)credentials->GroupCount, credentials->Groups) < 0)
            || Sys.setresgid(credentials->Gid, credentials->Gid, credentials->Gid) < 0
            || Sys.setresuid(credentials->Uid, credentials->Uid, credentials->Uid) < 0
            || Sys.prctl(Sys.PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0)
        {
            InitProgram.Fail(plan, LaunchStep.BecomeUser);
        }

        // Changing the ids has cleared it. Who was to send it may be gone since: then the other end of the channel is closed,
        // or the PID namespace is.
        _ = Sys.prctl(Sys.PR_SET_PDEATHSIG, (nuint)SIGKILL, 0, 0, 0);
        pollfd supervisor = new() { fd = plan->Channel, events = 0 };
        if (Sys.poll(&supervisor, 1, 0) > 0)
        {
            _exit(InitProgram.ExitFailure);
        }
    }

    /// <summary>Gives up what the command is not to have. Only execve may follow.</summary>
    public static void GiveUpPrivileges(InitPlan* plan)
    {
        CredentialPlan* credentials = &plan->Credentials;
        if (!SetCapabilities(credentials->SetUser && credentials->Uid != 0 ? credentials->Ambient : credentials->Capabilities & credentials->Permitted, credentials->Ambient))
        {
            InitProgram.Fail(plan, LaunchStep.Capabilities);
        }

        if (credentials->NoNewPrivileges)
        {
            if (Sys.prctl(Sys.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
            {
                InitProgram.Fail(plan, LaunchStep.NoNewPrivileges);
            }

            LoadFilters(plan);
        }
    }

    /// <summary>Reduces this process to some of its capabilities, effective and permitted, with these as inheritable and ambient ones.</summary>
    public static bool SetCapabilities(ulong keep, ulong ambient)
    {
        Sys.cap_user_header header = new() { version = Sys.LINUX_CAPABILITY_VERSION_3 };
        Sys.cap_user_data* data = stackalloc Sys.cap_user_data[2];
        if (Sys.prctl(Sys.PR_CAP_AMBIENT, Sys.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 || Sys.capget(&header, data) < 0)
        {
            return false;
        }

        for (int half = 0; half < 2; half++)
        {
            data[half].permitted &= (uint)(keep >> (32 * half));
            data[half].effective = data[half].permitted;
            data[half].inheritable = (uint)(ambient >> (32 * half)) & data[half].permitted;
        }

        if (Sys.capset(&header, data) < 0)
        {
            return false;
        }

        for (int capability = 0; capability < 64; capability++)
        {
            if ((data[capability / 32].inheritable & (1u << (capability % 32))) != 0
                && Sys.prctl(Sys.PR_CAP_AMBIENT, Sys.PR_CAP_AMBIENT_RAISE, (nuint)capability, 0, 0) < 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The user's last: it may forbid to load another.</summary>
    private static void LoadFilters(InitPlan* plan)
    {
        if (!LoadFilter(&plan->Credentials.NetworkFilter, NetworkFilter.Flags) || !LoadFilter(&plan->Credentials.Filter, plan->Credentials.FilterFlags))
        {
            InitProgram.Fail(plan, LaunchStep.Seccomp);
        }
    }

    private static bool LoadFilter(Sys.sock_fprog* filter, uint flags) =>
        filter->len == 0 || Sys.seccomp(Sys.SECCOMP_SET_MODE_FILTER, flags, filter) == 0;
}

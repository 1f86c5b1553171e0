using System.Collections.Generic;
using System.Globalization;
using NsModule.Agent.Init;
using NsModule.Agent.Processes;
using NsModule.Agent.Users;
using NsModule.Native;
using NsModule.Protocol;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Mounts;

/// <summary>A user namespace that nobody lives in, for its maps alone: what gives a mount ids of its own (mount_setattr(2)).</summary>
internal static unsafe class IdMapNamespace
{
    /// <summary>Makes one.</summary>
    /// <exception cref="LaunchException">It may not be made, or not with these maps.</exception>
    public static FileDescriptor Make(IReadOnlyList<NsIdMap> uids, IReadOnlyList<NsIdMap> gids)
    {
        int pidfd = -1;
        Sys.clone_args args = default;
        args.flags = (ulong)(long)NsNamespaceKind.User | (uint)Sys.CLONE_PIDFD;
        args.pidfd = (ulong)&pidfd;
        args.exit_signal = (ulong)SIGCHLD;
        int pid = Sys.clone3(&args);
        if (pid == 0)
        {
            // As in InitProgram: system calls, and nothing else. It waits to be killed.
            _ = Sys.prctl(Sys.PR_SET_PDEATHSIG, (nuint)SIGKILL, 0, 0, 0);
            _ = Sys.poll(null, 0, -1);
            _exit(InitProgram.ExitFailure);
        }

        if (pid < 0)
        {
            throw new LaunchException(LaunchStep.IdMappedMount, errno, "clone3(CLONE_NEWUSER)");
        }

        using var process = new FileDescriptor(pidfd);
        try
        {
            IdMaps.Write(pid, uids, gids);
            return FileDescriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/user"), O_RDONLY);
        }
        finally
        {
            _ = Sys.pidfd_send_signal(pidfd, SIGKILL);
            Sys.siginfo_t info;
            _ = Sys.waitid(Sys.P_PIDFD, (uint)pidfd, &info, Sys.WEXITED);
        }
    }
}

using System;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Init;

/// <summary>
/// A terminal from the session's own devpts, so that it has a name in there: tty(1), and all that reopen it, work. As bare as <see
/// cref="InitProgram"/>.
/// </summary>
internal static unsafe class InsideTerminal
{
    /// <summary>Opens it, and passes the master side to the supervisor.</summary>
    /// <param name="plan">The plan, whose slot gets the slave side.</param>
    /// <param name="op">Says which slot, and whose the terminal is.</param>
    /// <param name="devpts">The file system.</param>
    /// <returns>Negative, with errno, for a failure.</returns>
    public static int Open(InitPlan* plan, InitOp* op, int devpts)
    {
        int master;
        fixed (byte* name = "ptmx"u8)
        {
            master = openat(devpts, name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        }

        int unlocked = 0;
        if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0)
        {
            return -1;
        }

        int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        plan->Slots[op->From] = slave;
        return slave < 0
            || (op->Uid != InitOp.Unchanged && fchown(slave, (uid_t)op->Uid, unchecked((gid_t)InitOp.Unchanged)) < 0)
            || Send(plan->Slots[Slots.Channel], master) < 0
            ? -1
            : close(master);
    }

    /// <summary>Passes a descriptor on (SCM_RIGHTS, unix(7)).</summary>
    private static int Send(int channel, int descriptor)
    {
        Report report = new() { Kind = ReportKind.Terminal };
        var vector = new iovec { iov_base = &report, iov_len = sizeof(Report) };
        byte* control = stackalloc byte[24];
        new Span<byte>(control, 24).Clear();
        var header = (cmsghdr*)control;
        header->cmsg_len = 20;
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        *(int*)(control + sizeof(cmsghdr)) = descriptor;
        msghdr message = default;
        message.msg_iov = &vector;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = 24;
        return (int)sendmsg(channel, &message, MSG_NOSIGNAL);
    }
}

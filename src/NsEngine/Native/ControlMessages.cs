using System;
using System.Collections.Generic;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Native;

/// <summary>What comes with a message on a unix socket besides its bytes (cmsg(3), unix(7)).</summary>
internal static unsafe class ControlMessages
{
    private const uint Alignment = 8;

    /// <summary>Takes the descriptors of a message, and says who sent it.</summary>
    /// <param name="message">The message, as recvmsg(2) has filled it in.</param>
    /// <param name="descriptors">Where the descriptors go (SCM_RIGHTS); they belong to the caller.</param>
    /// <returns>The sender's pid (SCM_CREDENTIALS); 0 where the socket does not ask for it.</returns>
    public static int Take(in msghdr message, ICollection<FileDescriptor> descriptors)
    {
        int sender = 0;
        byte* at = (byte*)message.msg_control;
        byte* end = at + (uint)message.msg_controllen;
        while (at + sizeof(cmsghdr) <= end)
        {
            uint length = Math.Min((uint)((cmsghdr*)at)->cmsg_len, (uint)(end - at));
            byte* data = at + sizeof(cmsghdr);
            if (((cmsghdr*)at)->cmsg_type == SCM_CREDENTIALS)
            {
                sender = ((ucred*)data)->pid;
            }
            else if (((cmsghdr*)at)->cmsg_type == SCM_RIGHTS)
            {
                for (; data + sizeof(int) <= at + length; data += sizeof(int))
                {
                    descriptors.Add(new FileDescriptor(*(int*)data));
                }
            }

            at += (length + Alignment - 1) & ~(Alignment - 1);
        }

        return sender;
    }
}

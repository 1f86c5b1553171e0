using System;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Init;

/// <summary>The loopback device of a network namespace (netdevice(7)). As bare as <see cref="InitProgram"/>.</summary>
internal static unsafe class Loopback
{
    private const int SIOCGIFFLAGS = 0x8913;
    private const int SIOCSIFFLAGS = 0x8914;
    private const short IFF_UP = 1;

    /// <summary>Brings it up.</summary>
    /// <returns>0, or -1 with errno.</returns>
    public static int BringUp()
    {
        // struct ifreq: 16 bytes of name, then the flags.
        byte* request = stackalloc byte[40];
        new Span<byte>(request, 40).Clear();
        request[0] = (byte)'l';
        request[1] = (byte)'o';
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, request) < 0)
        {
            return -1;
        }

        *(short*)(request + 16) |= IFF_UP;
        return ioctl(fd, SIOCSIFFLAGS, request) < 0 ? -1 : close(fd);
    }
}

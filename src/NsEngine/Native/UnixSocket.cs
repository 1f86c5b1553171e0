using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Native;

/// <summary>
/// Unix stream sockets by path (unix(7)), non-blocking and close-on-exec. Paths may be longer than the 107 bytes an address holds.
/// </summary>
internal static unsafe class UnixSocket
{
    private const int PathOffset = 2;
    private const int MaxPath = 107;
    private const int MaxDescriptors = 8;
    private const long ConnectTimeoutMilliseconds = 10_000;

    /// <summary>Room for a control message (cmsg(3)) with that many descriptors.</summary>
    private const int ControlCapacity = 64;

    /// <summary>
    /// Connects. Where the listener's queue is full, because it takes nobody, that waits for at most <paramref
    /// name="timeoutMilliseconds"/>.
    /// </summary>
    /// <exception cref="NativeException">
    /// Nobody listens (ECONNREFUSED), there is no socket (ENOENT), or the time is over (EAGAIN).
    /// </exception>
    public static FileDescriptor Connect(
        string path, long timeoutMilliseconds = ConnectTimeoutMilliseconds) => Open(path, (fd, address, length) =>
    {
        var limit = TimeLimit.In(timeoutMilliseconds);
        long* time = stackalloc long[2];
        int result;
        do
        {
            // unix(7) heeds the time to send (socket(7), seconds and microseconds) when it connects, too; none at all would be for ever.
            // With such a time a signal ends the wait, whatever its handler says (signal(7)).
            long left = Math.Max(1, limit.Left);
            (time[0], time[1]) = (left / 1000, left % 1000 * 1000);
            _ = NativeException.Check(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, time, 2 * sizeof(long)), "setsockopt(SO_SNDTIMEO)");
            result = connect(fd, (sockaddr*)address, (socklen_t)length);
        }
        while (result < 0 && errno == EINTR);
        return NativeException.Check(result, "connect");
    });

    public static FileDescriptor Listen(string path) => Open(path, static (fd, address, length) =>
    {
        _ = NativeException.Check(bind(fd, (sockaddr*)address, (socklen_t)length), "bind");
        return NativeException.Check(listen(fd, 128), "listen");
    });

    /// <summary>The user id of the process at the other end, as it was when it connected (SO_PEERCRED).</summary>
    public static uint PeerUid(int fd)
    {
        ucred credentials;
        socklen_t length = sizeof(ucred);
        _ = NativeException.Check(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length), "getsockopt(SO_PEERCRED)");
        return credentials.uid;
    }

    /// <summary>Sends a few bytes with descriptors (SCM_RIGHTS, unix(7)), at once or not at all.</summary>
    /// <returns>Whether they were sent.</returns>
    public static bool TrySend(int socket, ReadOnlySpan<byte> bytes, ReadOnlySpan<int> descriptors)
    {
        int length = sizeof(cmsghdr) + (descriptors.Length * sizeof(int));
        byte* control = stackalloc byte[ControlCapacity];
        new Span<byte>(control, ControlCapacity).Clear();
        var header = (cmsghdr*)control;
        header->cmsg_len = (uint)length;
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        descriptors.CopyTo(new Span<int>(control + sizeof(cmsghdr), MaxDescriptors));
        fixed (byte* p = bytes)
        {
            var vector = new iovec { iov_base = p, iov_len = bytes.Length };
            msghdr message = default;
            message.msg_iov = &vector;
            message.msg_iovlen = 1;
            message.msg_control = control;
            message.msg_controllen = (uint)length;
            return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == bytes.Length;
        }
    }

    /// <summary>Sends what can be sent now.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="count">How many of them went; 0 where there is no room now.</param>
    /// <returns>False where the connection is broken.</returns>
    public static bool TrySend(int socket, ReadOnlySpan<byte> bytes, out int count)
    {
        fixed (byte* p = bytes)
        {
            long result = send(socket, p, bytes.Length, MSG_NOSIGNAL | MSG_DONTWAIT);
            count = (int)Math.Max(0, result);
            return result >= 0 || IsNotNow(errno);
        }
    }

    /// <summary>
    /// Receives what is there now, and the descriptors that come with it: close-on-exec from the first moment, so no child started
    /// meanwhile gets them.
    /// </summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">Where the bytes go; not empty.</param>
    /// <param name="descriptors">Where the descriptors go; they belong to the caller.</param>
    /// <param name="count">How many bytes came; 0 where there is nothing now.</param>
    /// <returns>False at the end of the connection.</returns>
    public static bool TryReceive(int socket, Span<byte> buffer, ICollection<FileDescriptor> descriptors, out int count)
    {
        byte* control = stackalloc byte[ControlCapacity];
        fixed (byte* p = buffer)
        {
            var vector = new iovec { iov_base = p, iov_len = buffer.Length };
            msghdr message = default;
            message.msg_iov = &vector;
            message.msg_iovlen = 1;
            message.msg_control = control;
            message.msg_controllen = ControlCapacity;
            long result = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
            count = (int)Math.Max(0, result);
            bool connected = result > 0 || (result < 0 && IsNotNow(errno));
            if (count > 0)
            {
                _ = ControlMessages.Take(message, descriptors);
            }

            return connected;
        }
    }

    private delegate int Use(int fd, byte* address, uint length);

    /// <summary>Whether a call that does not wait has failed only because it would have to.</summary>
    private static bool IsNotNow(int error) => error == EAGAIN || error == EINTR;

    private static FileDescriptor Open(string path, Use use)
    {
        // A path too long for the address goes by way of its directory's descriptor.
        using FileDescriptor? directory = Encoding.UTF8.GetByteCount(path) <= MaxPath
            ? null
            : FileDescriptor.Open(Path.GetDirectoryName(path)!, O_PATH | O_DIRECTORY);
        byte[] name = CString.From(directory is null
            ? path
            : string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{directory.Value}/{Path.GetFileName(path)}"));

        var socket = new FileDescriptor(NativeException.Check(LibC.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
        byte* address = stackalloc byte[PathOffset + MaxPath + 1];
        *(ushort*)address = (ushort)AF_UNIX;
        name.CopyTo(new Span<byte>(address + PathOffset, MaxPath + 1));
        try
        {
            // Blocking until here: connect waits where a listener's queue is full, instead of failing.
            _ = use(socket.Value, address, (uint)(PathOffset + name.Length));
            _ = NativeException.Check(fcntl(socket.Value, F_SETFL, O_NONBLOCK), "fcntl");
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

using System;
using System.Globalization;
using System.IO;
using System.Text;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Native;

/// <summary>Unix stream sockets by path (unix(7)), non-blocking and close-on-exec. Paths may be longer than the 107 bytes an address holds.</summary>
internal static unsafe class UnixSocket
{
    private const int PathOffset = 2;
    private const int MaxPath = 107;

    /// <exception cref="NativeException">Nobody listens (ECONNREFUSED), or there is no socket (ENOENT).</exception>
    public static FileDescriptor Connect(string path) =>
        Open(path, static (fd, address, length) => NativeException.Check(connect(fd, (sockaddr*)address, (socklen_t)length), "connect"));

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

    private delegate int Use(int fd, byte* address, uint length);

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

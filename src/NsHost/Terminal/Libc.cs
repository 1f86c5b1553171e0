using System.Runtime.InteropServices;

namespace NsModule.Host.Terminal;

/// <summary>
/// The few system calls of the host, by their man-page names. The host has its own so that nothing it loads can stand in
/// for an assembly that the module forgot to ship.
/// </summary>
internal static class Libc
{
    internal const int EINTR = 4;
    internal const int EAGAIN = 11;

    internal const short POLLIN = 0x1;
    internal const short POLLOUT = 0x4;

    internal const int EFD_NONBLOCK = 0x800;
    internal const int EFD_CLOEXEC = 0x80000;

    internal const nuint TIOCGWINSZ = 0x5413;
    internal const int TCSAFLUSH = 2;
    internal const uint ECHO = 0x8;

    [DllImport("libc", SetLastError = true)]
    internal static extern nint read(int fd, ref byte buffer, nuint count);

    [DllImport("libc", SetLastError = true)]
    internal static extern nint write(int fd, in byte buffer, nuint count);

    [DllImport("libc", SetLastError = true)]
    internal static extern int poll(ref PollDescriptor first, nuint count, int timeout);

    [DllImport("libc", SetLastError = true)]
    internal static extern int eventfd(uint initial, int flags);

    [DllImport("libc", SetLastError = true)]
    internal static extern int isatty(int fd);

    [DllImport("libc", SetLastError = true)]
    internal static extern int ioctl(int fd, nuint request, out WindowSize size);

    [DllImport("libc", SetLastError = true)]
    internal static extern int tcgetattr(int fd, out Termios state);

    [DllImport("libc", SetLastError = true)]
    internal static extern int tcsetattr(int fd, int actions, in Termios state);

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort PixelWidth;
        public ushort PixelHeight;
    }

    /// <summary>The flags of a terminal; the rest of the 60 bytes is carried along untouched.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 60)]
    internal struct Termios
    {
        public uint InputFlags;
        public uint OutputFlags;
        public uint ControlFlags;
        public uint LocalFlags;
    }
}

using System;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Supervisor;

/// <summary>A pseudo-terminal (pty(7)): both ends, the master non-blocking.</summary>
/// <param name="Master">The supervisor's side.</param>
/// <param name="Slave">The command's side. The supervisor keeps it open, so that programs may close and reopen the terminal.</param>
internal sealed record Pty(FileDescriptor Master, FileDescriptor Slave) : IDisposable
{
    /// <exception cref="LaunchException">There is none left.</exception>
    public static unsafe Pty Open(NsTerminalSize size)
    {
        FileDescriptor? master = null;
        try
        {
            master = FileDescriptor.Open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
            int unlocked = 0;
            _ = NativeException.Check(ioctl(master.Value, TIOCSPTLCK, &unlocked), "ioctl(TIOCSPTLCK)");

            // By descriptor: what /dev/pts/N names is up to whoever controls that directory.
            int slave = NativeException.Check(ioctl(master.Value, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), "ioctl(TIOCGPTPEER)");
            var pty = new Pty(master, new FileDescriptor(slave));
            if (Termios.TryGet(slave, out Termios settings))
            {
                _ = settings.WithUtf8().TrySet(slave);
            }

            _ = WindowSize.TrySet(master.Value, size == default ? NsTerminalSize.Default : size);
            return pty;
        }
        catch (NativeException e)
        {
            master?.Dispose();
            throw new LaunchException(LaunchStep.Pty, e.Errno, e.Call);
        }
    }

    public void Dispose()
    {
        Master.Dispose();
        Slave.Dispose();
    }
}

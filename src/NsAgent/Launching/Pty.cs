using System;
using System.IO;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Launching;

/// <summary>A pseudo-terminal (pty(7)): both ends, the master non-blocking.</summary>
/// <param name="Master">The supervisor's side.</param>
/// <param name="Slave">The command's side. The supervisor keeps it open, so that programs may close and reopen the terminal.</param>
internal sealed record Pty(FileDescriptor Master, FileDescriptor Slave) : IDisposable
{
    /// <summary>The path of the slave side, in the mount namespace that the terminal was opened in.</summary>
    public string Path => File.ResolveLinkTarget($"/proc/self/fd/{Slave.Value}", returnFinalTarget: false)!.FullName;

    /// <param name="size">The window's size; that of most terminals where it is not given.</param>
    /// <param name="habits">The settings of the user's terminal; empty for the kernel's.</param>
    /// <exception cref="LaunchException">There is none left.</exception>
    public static unsafe Pty Open(NsTerminalSize size, ReadOnlyMemory<byte> habits = default)
    {
        try
        {
            var master = FileDescriptor.Open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
            int unlocked = 0;
            return ioctl(master.Value, TIOCSPTLCK, &unlocked) < 0 ? throw Failed(master, "ioctl(TIOCSPTLCK)") : From(master, size, habits);
        }
        catch (NativeException e)
        {
            throw new LaunchException(LaunchStep.Pty, e.Errno, e.Call);
        }
    }

    /// <summary>The terminal of an unlocked master side.</summary>
    /// <inheritdoc cref="Open"/>
    /// <exception cref="LaunchException">Its slave side cannot be opened.</exception>
    public static Pty From(FileDescriptor master, NsTerminalSize size, ReadOnlyMemory<byte> habits)
    {
        // By descriptor: what /dev/pts/N names is up to whoever controls that directory.
        int slave = ioctl(master.Value, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (slave < 0)
        {
            throw Failed(master, "ioctl(TIOCGPTPEER)");
        }

        if (Termios.TryGet(slave, out Termios settings))
        {
            settings = habits.Length == Termios.Size ? settings.WithHabitsOf(Termios.Read(habits.Span)) : settings;
            _ = settings.WithUtf8().TrySet(slave);
        }

        _ = WindowSize.TrySet(master.Value, size == default ? NsTerminalSize.Default : size);
        return new Pty(master, new FileDescriptor(slave));
    }

    private static LaunchException Failed(FileDescriptor master, string call)
    {
        var failure = new LaunchException(LaunchStep.Pty, errno, call);
        master.Dispose();
        return failure;
    }

    public void Dispose()
    {
        Master.Dispose();
        Slave.Dispose();
    }
}

using System;
using System.Threading;
using NsModule.Native;
using NsModule.Terminal;
using static Tmds.Linux.LibC;

namespace NsModule.Bench.Running;

/// <summary>A pseudo-terminal (pty(7)) of the benchmark's own, blocking.</summary>
internal sealed unsafe class BenchPty : IDisposable
{
    public BenchPty()
    {
        Master = FileDescriptor.Open("/dev/ptmx", O_RDWR | O_NOCTTY);
        int unlocked = 0;
        _ = NativeException.Check(ioctl(Master.Value, TIOCSPTLCK, &unlocked), "ioctl(TIOCSPTLCK)");
        Slave = new FileDescriptor(
            NativeException.Check(ioctl(Master.Value, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), "ioctl(TIOCGPTPEER)"));
        _ = WindowSize.TrySet(Master.Value, NsTerminalSize.Default);
    }

    public FileDescriptor Master { get; }

    public FileDescriptor Slave { get; }

    /// <summary>Reads whatever is shown, from now on.</summary>
    public void Drain() => new Thread(() =>
    {
        byte[] buffer = new byte[4096];
        while (Descriptors.Read(Master.Value, buffer) > 0)
        {
        }
    })
    { IsBackground = true }.Start();

    public void Dispose()
    {
        Slave.Dispose();
        Master.Dispose();
    }
}

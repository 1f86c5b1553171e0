using System;
using NsModule.Native;
using NsModule.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Harness;

/// <summary>A pseudo-terminal, whose settings are none of the usual ones: a program that puts back the usual ones is found out.</summary>
internal sealed unsafe class PseudoTerminal : IDisposable
{
    private const byte ControlH = 8;

    public PseudoTerminal(NsTerminalSize size)
    {
        Master = FileDescriptor.Open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
        int unlocked = 0;
        _ = NativeException.Check(ioctl(Master.Value, TIOCSPTLCK, &unlocked), "ioctl(TIOCSPTLCK)");

        // Held open, so that the settings can be looked at when all programs have ended.
        Slave = new FileDescriptor(
            NativeException.Check(ioctl(Master.Value, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), "ioctl(TIOCGPTPEER)"));
        uint number;
        _ = NativeException.Check(ioctl(Master.Value, TIOCGPTN, &number), "ioctl(TIOCGPTN)");
        Name = $"/dev/pts/{number}";
        Size = size;

        termios unusual;
        _ = NativeException.Check(tcgetattr(Slave.Value, &unusual), "tcgetattr");
        unusual.c_iflag &= ~IXON;
        unusual.c_lflag &= ~ECHOCTL;
        unusual.c_cc[VERASE] = ControlH;
        _ = NativeException.Check(tcsetattr(Slave.Value, (int)TCSANOW, &unusual), "tcsetattr");
        InitialSettings = Settings;
    }

    public FileDescriptor Master { get; }

    public FileDescriptor Slave { get; }

    /// <summary>The device of the slave.</summary>
    public string Name { get; }

    /// <summary>The settings before any program had it.</summary>
    public Termios InitialSettings { get; }

    public Termios Settings => Termios.TryGet(Slave.Value, out Termios settings) ? settings : throw new NativeException("tcgetattr", errno);

    /// <summary>Whether it is in raw mode.</summary>
    public bool IsRaw => Settings.SameAs(InitialSettings.ToRaw());

    public NsTerminalSize Size
    {
        get => WindowSize.Get(Master.Value) ?? default;
        set => _ = WindowSize.TrySet(Master.Value, value) ? 0 : throw new NativeException("ioctl(TIOCSWINSZ)", errno);
    }

    public void Dispose()
    {
        Master.Dispose();
        Slave.Dispose();
    }
}

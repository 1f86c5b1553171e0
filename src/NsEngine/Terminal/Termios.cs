using System;
using System.Diagnostics.CodeAnalysis;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Terminal;

/// <summary>A terminal's settings (termios(3)) as a value: saved, changed, compared, put back.</summary>
internal unsafe struct Termios
{
    /// <summary>The size of the structure, as it travels in a frame.</summary>
    public static readonly int Size = sizeof(termios);

    /// <summary>NCCS of termios(3).</summary>
    private const int Keys = 32;

    private termios _value;

    public static bool TryGet(int fd, out Termios termios)
    {
        fixed (Termios* p = &termios)
        {
            return tcgetattr(fd, &p->_value) == 0;
        }
    }

    public static Termios Read(ReadOnlySpan<byte> bytes)
    {
        Termios termios = default;
        bytes[..Size].CopyTo(new Span<byte>(&termios, Size));
        return termios;
    }

    public readonly byte[] ToArray()
    {
        fixed (Termios* p = &this)
        {
            return new ReadOnlySpan<byte>(p, Size).ToArray();
        }
    }

    /// <summary>Sets the terminal at once, dropping nothing that was typed ahead.</summary>
    public readonly bool TrySet(int fd)
    {
        fixed (Termios* p = &this)
        {
            return tcsetattr(fd, (int)TCSANOW, &p->_value) == 0;
        }
    }

    /// <summary>The same terminal in raw mode: every byte goes through both ways (cfmakeraw(3)).</summary>
    public readonly Termios ToRaw()
    {
        Termios raw = this;
        raw._value.c_iflag &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
        raw._value.c_oflag &= ~OPOST;
        raw._value.c_lflag &= ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
        raw._value.c_cflag = (raw._value.c_cflag & ~(CSIZE | PARENB)) | CS8;
        raw._value.c_cc[VMIN] = 1;
        raw._value.c_cc[VTIME] = 0;
        return raw;
    }

    /// <summary>The same with IUTF8: erasing in a line takes whole characters.</summary>
    public readonly Termios WithUtf8()
    {
        Termios utf8 = this;
        utf8._value.c_iflag |= IUTF8;
        return utf8;
    }

    /// <summary>
    /// The same with what a person has chosen by stty(1) for another terminal: its keys, and how lines are edited and output is held. The
    /// mode that a program has put that one in is not taken over.
    /// </summary>
    public readonly Termios WithHabitsOf(Termios other)
    {
        uint flow = IXON | IXOFF | IXANY;
        uint echoes = ECHOE | ECHOK | ECHOKE | ECHOCTL;
        Termios mixed = this;
        for (int key = 0; key < Keys; key++)
        {
            // These two are none: read(2) goes by them in raw mode.
            bool isKey = key != VMIN && key != VTIME;
            mixed._value.c_cc[key] = isKey ? other._value.c_cc[key] : _value.c_cc[key];
        }

        if (other.IsCanonical)
        {
            mixed._value.c_iflag = (_value.c_iflag & ~flow) | (other._value.c_iflag & flow);
            mixed._value.c_lflag = (_value.c_lflag & ~echoes) | (other._value.c_lflag & echoes);
        }

        return mixed;
    }

    /// <summary>Whether input comes in lines, and the end-of-file character means one (ICANON).</summary>
    public readonly bool IsCanonical => (_value.c_lflag & ICANON) != 0;

    /// <summary>The end-of-file character (VEOF).</summary>
    public readonly byte EndOfFile => _value.c_cc[VEOF];

    /// <summary>Whether both are the same in everything tcsetattr can set.</summary>
    [SuppressMessage(
        "Usage",
        "CA2231:Overload operator equals on overriding value type Equals",
        Justification = "Not Equals: a named comparison.")]
    public readonly bool SameAs(Termios other) => ToArray().AsSpan().SequenceEqual(other.ToArray());
}

/// <summary>A terminal's window size (tty_ioctl(4), TIOCGWINSZ).</summary>
internal static unsafe class WindowSize
{
    /// <summary>The size, or null where <paramref name="fd"/> is no terminal or has none.</summary>
    public static NsTerminalSize? Get(int fd)
    {
        winsize size;
        return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col != 0 && size.ws_row != 0
            ? new NsTerminalSize(size.ws_col, size.ws_row)
            : null;
    }

    /// <summary>Sets it; the kernel sends SIGWINCH to the foreground process group when it differs.</summary>
    public static bool TrySet(int fd, NsTerminalSize size)
    {
        var value = new winsize { ws_col = size.Columns, ws_row = size.Rows };
        return ioctl(fd, TIOCSWINSZ, &value) == 0;
    }
}

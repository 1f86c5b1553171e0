using System;
using NsModule.Agent.Launching;
using NsModule.Native;
using NsModule.Terminal;
using Tmds.Linux;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Terminal;

/// <summary>Settings of a real pseudo-terminal.</summary>
public sealed class TermiosTests : IDisposable
{
    private readonly Pty _pty = Pty.Open(new NsTerminalSize(100, 30));

    public void Dispose() => _pty.Dispose();

    [Fact]
    public void Settings_can_be_saved_changed_and_put_back()
    {
        Termios saved = Get();
        Assert.True(saved.ToRaw().TrySet(_pty.Slave.Value));
        Assert.False(Get().SameAs(saved));
        Assert.True(saved.TrySet(_pty.Slave.Value));
        Assert.True(Get().SameAs(saved));
    }

    [Fact]
    public unsafe void Raw_mode_lets_every_byte_through()
    {
        Assert.True(Get().ToRaw().TrySet(_pty.Slave.Value));
        byte[] all = new byte[256];
        for (int i = 0; i < 256; i++)
        {
            all[i] = (byte)i;
        }

        Assert.Equal(all, Through(_pty.Master.Value, _pty.Slave.Value, all));
        Assert.Equal(all, Through(_pty.Slave.Value, _pty.Master.Value, all));
    }

    [Fact]
    public void Settings_survive_the_wire()
    {
        Termios saved = Get();
        byte[] bytes = saved.ToArray();
        Assert.Equal(Termios.Size, bytes.Length);
        Assert.True(Termios.Read(bytes).SameAs(saved));
        Assert.False(Termios.Read(bytes).ToRaw().SameAs(saved));
    }

    [Fact]
    public void A_terminal_takes_a_person_s_keys_and_not_the_mode_of_a_program()
    {
        Termios mine = Get();
        Assert.True(mine.WithHabitsOf(mine).SameAs(mine));

        byte[] bytes = mine.ToArray();
        int keys = Array.IndexOf(bytes, mine.EndOfFile);
        bytes[keys] = 1;
        Termios other = Termios.Read(bytes);
        Assert.Equal(1, mine.WithHabitsOf(other).EndOfFile);
        Assert.True(other.SameAs(mine.WithHabitsOf(other)));
        Assert.True(other.SameAs(mine.WithHabitsOf(other.ToRaw())));
    }

    [Fact]
    public void A_session_s_terminal_is_opened_with_a_person_s_keys()
    {
        byte[] bytes = Get().ToArray();
        bytes[Array.IndexOf(bytes, Get().EndOfFile)] = 1;
        using Pty pty = Pty.Open(default, bytes);
        Assert.True(Termios.TryGet(pty.Slave.Value, out Termios settings));
        Assert.Equal(1, settings.EndOfFile);
        using Pty none = Pty.Open(default, new byte[3]);
        Assert.True(Termios.TryGet(none.Slave.Value, out settings));
        Assert.Equal(4, settings.EndOfFile);
    }

    [Fact]
    public void The_end_of_file_character_is_control_d() => Assert.Equal(4, Get().EndOfFile);

    [Fact]
    public void A_session_s_terminal_knows_utf8()
    {
        Termios settings = Get();
        Assert.True(settings.WithUtf8().SameAs(settings));
    }

    [Fact]
    public void The_window_has_the_size_it_was_opened_with_and_takes_another()
    {
        Assert.Equal(new NsTerminalSize(100, 30), WindowSize.Get(_pty.Slave.Value));
        Assert.True(WindowSize.TrySet(_pty.Master.Value, new NsTerminalSize(65535, 1)));
        Assert.Equal(new NsTerminalSize(65535, 1), WindowSize.Get(_pty.Slave.Value));
        Assert.True(WindowSize.TrySet(_pty.Master.Value, default));
        Assert.Null(WindowSize.Get(_pty.Slave.Value));
    }

    [Fact]
    public void A_terminal_opened_without_a_size_has_the_usual_one()
    {
        using Pty pty = Pty.Open(default);
        Assert.Equal(NsTerminalSize.Default, WindowSize.Get(pty.Slave.Value));
    }

    [Fact]
    public void What_is_no_terminal_has_neither_settings_nor_size()
    {
        using FileDescriptor none = FileDescriptor.Open("/dev/null", O_RDWR);
        Assert.False(Termios.TryGet(none.Value, out _));
        Assert.False(Get().TrySet(none.Value));
        Assert.Null(WindowSize.Get(none.Value));
        Assert.False(WindowSize.TrySet(none.Value, NsTerminalSize.Default));
    }

    private Termios Get()
    {
        Assert.True(Termios.TryGet(_pty.Slave.Value, out Termios settings));
        return settings;
    }

    private static unsafe byte[] Through(int from, int to, byte[] bytes)
    {
        byte[] read = new byte[bytes.Length];
        fixed (byte* source = bytes, target = read)
        {
            Assert.Equal(bytes.Length, (int)write(from, source, bytes.Length));
            for (int done = 0; done < read.Length;)
            {
                pollfd ready = new() { fd = to, events = (short)POLLIN };
                Assert.Equal(1, Sys.poll(&ready, 1, -1));
                done += NativeException.Check((int)LibC.read(to, target + done, read.Length - done), "read");
            }
        }

        return read;
    }
}

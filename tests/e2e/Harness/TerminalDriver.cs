using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Text;
using NsModule.Native;
using Tmds.Linux;
using Xunit.Sdk;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Harness;

/// <summary>A person at a terminal: starts a program on a pseudo-terminal of its own, types, reads, resizes, waits for its end.</summary>
/// <remarks>Nothing is read behind the test's back: output is taken while one of the methods waits.</remarks>
internal sealed unsafe class TerminalDriver : IDisposable
{
    private const int ChunkSize = 64 * 1024;
    private const int ShownOnFailure = 4000;

    /// <summary>What .NET writes to a terminal whenever it starts a child there: the keypad's application mode. It shows nothing.</summary>
    private static ReadOnlySpan<byte> ApplicationMode => "\e[?1h\e="u8;

    private readonly Process _program;
    private readonly ProcessWatch _watch;
    private byte[] _output = new byte[ChunkSize];
    private int _length;
    private int _position;
    private bool _ended;
    private Deadline _deadline = new();

    /// <summary>Starts a program.</summary>
    /// <param name="workspace">Whose program it is.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="before">Shell commands for what the program is to inherit: limits, descriptors, ignored signals.</param>
    /// <param name="size">The window; 80 by 24 by default.</param>
    /// <param name="wrapper">A program that the tests' own user runs it under.</param>
    public TerminalDriver(
        Workspace workspace,
        IEnumerable<string> command,
        string before = ":",
        NsTerminalSize size = default,
        IEnumerable<string>? wrapper = null)
    {
        Pty = new PseudoTerminal(size == default ? new NsTerminalSize(80, 24) : size);
        workspace.Own(Pty.Slave);

        // Managed code can neither become a session leader nor hand a descriptor of its choice to a child: a shell and setsid(1)
        // do, each by turning into the next, so that our child's pid and status are the program's. It starts once we watch it.
        // The tests may themselves run under nohup(1), which no shell can undo.
        var start = new ProcessStartInfo("/usr/bin/env")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workspace.Directory,
        };
        string[] arguments =
        [
            "--default-signal=HUP",
            "/bin/sh",
            "-c",
            $"read -r _; {before}\nexec setsid --ctty \"$@\" <>\"$0\" >&0 2>&1",
            Pty.Name,
            .. wrapper ?? [],
            .. workspace.RunAs,
            .. command,
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        workspace.GiveEnvironment(start);

        _program = Process.Start(start)!;
        _watch = ProcessWatch.Open(_program.Id);
        _program.StandardInput.WriteLine();
        _program.StandardInput.Close();
    }

    public PseudoTerminal Pty { get; }

    /// <summary>The program's process.</summary>
    public ProcessWatch Program => _watch;

    public int ProgramId => _program.Id;

    /// <summary>Everything that has been read so far, byte for byte.</summary>
    public ReadOnlySpan<byte> Output => _output.AsSpan(0, _length);

    /// <summary>The same without what pwsh has written to the terminal before and after its command.</summary>
    public ReadOnlySpan<byte> CommandOutput
    {
        get
        {
            ReadOnlySpan<byte> output = Output;
            while (output.StartsWith(ApplicationMode))
            {
                output = output[ApplicationMode.Length..];
            }

            while (output.EndsWith(ApplicationMode))
            {
                output = output[..^ApplicationMode.Length];
            }

            return output;
        }
    }

    /// <summary>The same as text, without the empty title that pwsh gives the window after a native command.</summary>
    public string OutputText => Text(Output).Replace("\e]0;\a", "", StringComparison.Ordinal);

    public void Send(string text) => Send(Encoding.UTF8.GetBytes(text));

    /// <summary>Types; what is shown meanwhile is read, as a person's terminal would.</summary>
    public void Send(ReadOnlySpan<byte> input)
    {
        _deadline = new Deadline();
        while (!input.IsEmpty)
        {
            if (_ended)
            {
                Fail("The program ended before it was given all its input.");
            }

            int count;
            fixed (byte* p = input)
            {
                count = (int)write(Pty.Master.Value, p, input.Length);
            }

            if (count > 0)
            {
                input = input[count..];
                _deadline.Extend();
            }
            else
            {
                Wait((short)POLLOUT, "The program does not take its input.");
            }
        }
    }

    /// <summary>Waits until the text is shown, and returns what was shown before it since the last such text.</summary>
    public string Expect(string text)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(text);
        int scanned = _position;
        _deadline = new Deadline();
        while (true)
        {
            int at = Output[scanned..].IndexOf(wanted);
            if (at >= 0)
            {
                string before = Text(Output[_position..(scanned + at)]);
                _position = scanned + at + wanted.Length;
                return before;
            }

            if (_ended)
            {
                Fail($"The program ended and did not show '{text}'.");
            }

            scanned = Math.Max(_position, _length - wanted.Length + 1);
            Wait(0, $"'{text}' was not shown.");
        }
    }

    /// <summary>Waits for the program's end, and reads everything that was shown until then.</summary>
    /// <returns>The exit status, 128 + n for signal n.</returns>
    public int WaitForExit()
    {
        _deadline = new Deadline();
        while (!_ended)
        {
            Wait(0, "The program did not end.");
        }

        _program.WaitForExit();
        return _program.ExitCode;
    }

    /// <summary>Waits for the program's end, and fails if it is another one.</summary>
    public void ExpectExit(int status)
    {
        int actual = WaitForExit();
        if (actual != status)
        {
            Fail($"The program ended with {actual} instead of {status}.");
        }
    }

    public void Dispose()
    {
        if (!_program.HasExited)
        {
            _program.Kill();
            _program.WaitForExit();
        }

        _program.Dispose();
        _watch.Dispose();
        Pty.Dispose();
    }

    /// <summary>Waits for output, for the end of the program, or for <paramref name="events"/> on the terminal; takes the output.</summary>
    private void Wait(short events, string failure)
    {
        pollfd* polls = stackalloc pollfd[2];
        polls[0] = new pollfd { fd = Pty.Master.Value, events = (short)(POLLIN | events) };
        polls[1] = new pollfd { fd = _watch.Pidfd, events = (short)POLLIN };
        int ready = Sys.poll(polls, 2, _deadline.Left);
        if (ready == 0)
        {
            Fail(failure);
        }

        // What the program showed before its end is there when its end is.
        bool ended = ready > 0 && polls[1].revents != 0;
        bool any = Read();
        while (any && ended)
        {
            any = Read();
        }

        _ended |= ended;
    }

    private static string Text(ReadOnlySpan<byte> output) =>
        Encoding.UTF8.GetString(output).Replace(Encoding.UTF8.GetString(ApplicationMode), "", StringComparison.Ordinal);

    private bool Read()
    {
        if (_output.Length - _length < ChunkSize)
        {
            Array.Resize(ref _output, 2 * _output.Length);
        }

        fixed (byte* p = &_output[_length])
        {
            int count = (int)read(Pty.Master.Value, p, ChunkSize);
            if (count <= 0)
            {
                return false;
            }

            _length += count;
            _deadline.Extend();
            return true;
        }
    }

    [DoesNotReturn]
    private void Fail(string failure)
    {
        string output = Encoding.UTF8.GetString(Output[Math.Max(0, _length - ShownOnFailure)..]);
        string visible = string.Concat(output.Select(c => c is '\n' ? "\n" : char.IsControl(c) ? $"\\x{(int)c:x2}" : c.ToString()));
        throw new XunitException($"{failure} The terminal, up to now:\n{visible}");
    }
}

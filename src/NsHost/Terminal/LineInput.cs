using System;
using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace NsModule.Host.Terminal;

/// <summary>
/// Lines from standard input, read byte by byte so that nothing past the line is taken: the rest belongs to the next command.
/// </summary>
internal sealed class LineInput
{
    private readonly int _interrupt = Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);

    internal bool IsTerminal { get; } = Descriptors.IsTerminal(Descriptors.Input);

    /// <summary>The next line without its end, or null at the end of input.</summary>
    /// <exception cref="OperationCanceledException">Ctrl+C came first.</exception>
    internal string? ReadLine()
    {
        ArrayBufferWriter<byte> line = new();
        while (ReadByte() is byte next)
        {
            if (next == '\n')
            {
                return Decode(line);
            }

            line.Write([next]);
        }

        return line.WrittenCount == 0 ? null : Decode(line);
    }

    /// <summary>The next line, not shown while it is typed.</summary>
    /// <exception cref="OperationCanceledException">Ctrl+C came first.</exception>
    internal string? ReadHiddenLine()
    {
        if (Libc.tcgetattr(Descriptors.Input, out Libc.Termios shown) != 0)
        {
            return ReadLine();
        }

        Libc.Termios hidden = shown;
        hidden.LocalFlags &= ~Libc.ECHO;
        _ = Libc.tcsetattr(Descriptors.Input, Libc.TCSAFLUSH, hidden);
        try
        {
            return ReadLine();
        }
        finally
        {
            _ = Libc.tcsetattr(Descriptors.Input, Libc.TCSAFLUSH, shown);
        }
    }

    /// <summary>Ends the read under way, and every further one until <see cref="Resume"/>. For any thread.</summary>
    internal void Interrupt() => Descriptors.Write(_interrupt, MemoryMarshal.AsBytes<ulong>([1]));

    /// <summary>Takes back an interruption that has been acted on.</summary>
    internal void Resume()
    {
        Span<byte> count = stackalloc byte[sizeof(ulong)];
        _ = Libc.read(_interrupt, ref count[0], (nuint)count.Length);
    }

    private byte? ReadByte()
    {
        if (!Descriptors.WaitToRead(Descriptors.Input, _interrupt))
        {
            throw new OperationCanceledException("The input was interrupted.");
        }

        Span<byte> one = stackalloc byte[1];
        return Descriptors.Read(Descriptors.Input, one) == 1 ? one[0] : null;
    }

    private static string Decode(ArrayBufferWriter<byte> line) => Encoding.UTF8.GetString(line.WrittenSpan).TrimEnd('\r');
}

using System;
using System.Runtime.InteropServices;

namespace NsModule.Host.Terminal;

/// <summary>
/// Reading, writing and waiting on the standard descriptors. System.Console is avoided on purpose: it switches the terminal to
/// its own modes on first use, and reads ahead of the line it returns; both belong to the programs that cmdlets start.
/// </summary>
internal static class Descriptors
{
    internal const int Input = 0;
    internal const int Output = 1;
    internal const int Error = 2;

    internal static bool IsTerminal(int descriptor) => Libc.isatty(descriptor) == 1;

    /// <summary>Reads what there is, at least one byte. Zero at the end of input; a failing descriptor has ended too.</summary>
    internal static int Read(int descriptor, Span<byte> buffer)
    {
        while (true)
        {
            nint count = Libc.read(descriptor, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length);
            if (count >= 0)
            {
                return (int)count;
            }

            if (!CanRetry(descriptor, Libc.POLLIN))
            {
                return 0;
            }
        }
    }

    /// <summary>Writes everything, or as much as the other end takes: a reader that left (<c>| head</c>) is no error.</summary>
    internal static void Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            nint count = Libc.write(descriptor, in MemoryMarshal.GetReference(bytes), (nuint)bytes.Length);
            if (count >= 0)
            {
                bytes = bytes[(int)count..];
            }
            else if (!CanRetry(descriptor, Libc.POLLOUT))
            {
                return;
            }
        }
    }

    /// <summary>Waits until there is something to read, or until the interruption comes; false when it came.</summary>
    internal static bool WaitToRead(int descriptor, int interruption)
    {
        Span<Libc.PollDescriptor> waiting =
        [
            new() { Descriptor = descriptor, Events = Libc.POLLIN },
            new() { Descriptor = interruption, Events = Libc.POLLIN },
        ];

        while (Libc.poll(ref waiting[0], (nuint)waiting.Length, -1) < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR)
        {
        }

        return waiting[1].Returned == 0;
    }

    // A program that shares the descriptor may have left it non-blocking behind.
    private static bool CanRetry(int descriptor, short events)
    {
        switch (Marshal.GetLastPInvokeError())
        {
            case Libc.EINTR:
                return true;
            case Libc.EAGAIN:
                Libc.PollDescriptor waiting = new() { Descriptor = descriptor, Events = events };
                _ = Libc.poll(ref waiting, 1, -1);
                return true;
            default:
                return false;
        }
    }
}

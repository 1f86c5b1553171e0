using System;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Bench.Running;

/// <summary>Reads and writes on descriptors, all of it or an exception.</summary>
internal static unsafe class Descriptors
{
    public static FileDescriptor Null() => FileDescriptor.Open("/dev/null", O_RDWR);

    /// <summary>A pipe (pipe(2)), close-on-exec.</summary>
    public static (FileDescriptor Read, FileDescriptor Write) Pipe()
    {
        int* ends = stackalloc int[2];
        _ = NativeException.Check(pipe2(ends, O_CLOEXEC), "pipe2");
        return (new FileDescriptor(ends[0]), new FileDescriptor(ends[1]));
    }

    /// <summary>What is there, blocking; 0 at the end, which EIO of a PTY is as well.</summary>
    public static int Read(int fd, Span<byte> buffer)
    {
        while (true)
        {
            int count;
            fixed (byte* p = buffer)
            {
                count = (int)read(fd, p, buffer.Length);
            }

            if (count >= 0)
            {
                return count;
            }

            if (errno == EIO)
            {
                return 0;
            }

            if (errno != EINTR)
            {
                throw new NativeException("read", errno);
            }
        }
    }

    public static void Write(int fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* p = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                done += NativeException.Check((int)write(fd, p + done, bytes.Length - done), "write");
            }
        }
    }

    /// <summary>Reads until <paramref name="text"/> has come.</summary>
    public static void ReadUntil(int fd, ReadOnlySpan<byte> text)
    {
        byte[] buffer = new byte[4096];
        byte[] seen = [];
        while (seen.AsSpan().IndexOf(text) < 0)
        {
            int count = Read(fd, buffer);
            seen = count > 0 ? [.. seen, .. buffer.AsSpan(0, count)] : throw new BenchmarkException("A program ended before it was ready.");
        }
    }

    /// <summary>Waits until a pidfd (or anything else) is readable.</summary>
    public static void AwaitReadable(int fd)
    {
        var poll = new pollfd { fd = fd, events = (short)POLLIN };
        while (Sys.poll(&poll, 1, -1) < 0)
        {
        }
    }
}

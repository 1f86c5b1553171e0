using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using NsModule.Native;
using static Tmds.Linux.LibC;

namespace NsModule.Bench.Running;

/// <summary>Starts programs on given descriptors. Every contender goes through the same Process.Start; no shell is in between.</summary>
internal static class Spawn
{
    /// <summary>Where a program is, null where it is missing.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Append("/usr/sbin")
        .Select(d => Path.Combine(d, name))
        .FirstOrDefault(File.Exists);

    /// <summary>Starts a program with these standard streams; the descriptors stay ours.</summary>
    public static Process Start(int input, int output, int error, string file, params string[] arguments)
    {
        // A child that redirects nothing inherits 0, 1 and 2: they are the given ones for the moment of the fork.
        int[] streams = [input, output, error];
        int[] saved = [.. Enumerable.Range(0, 3).Select(fd => NativeException.Check(fcntl(fd, F_DUPFD_CLOEXEC, 10), "fcntl"))];
        try
        {
            // A stream that is to stay what it is may be one of those replaced.
            int[] sources = [.. streams.Select(fd => fd < 3 ? saved[fd] : fd)];
            for (int fd = 0; fd < 3; fd++)
            {
                _ = NativeException.Check(dup2(sources[fd], fd), "dup2");
            }

            return Process.Start(new ProcessStartInfo(file, arguments) { UseShellExecute = false, WorkingDirectory = "/" })!;
        }
        finally
        {
            for (int fd = 0; fd < 3; fd++)
            {
                _ = dup2(saved[fd], fd);
                _ = close(saved[fd]);
            }
        }
    }

    /// <summary>Waits for the end of a program, which must be a success.</summary>
    public static void AwaitSuccess(Process process)
    {
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new BenchmarkException($"{process.StartInfo.FileName} {string.Join(' ', process.StartInfo.ArgumentList)}: exit code"
                + $" {process.ExitCode}");
        }

        process.Dispose();
    }

    /// <summary>The milliseconds from start to successful exit of a program, its standard streams all <paramref name="streams"/>.</summary>
    public static double Time(int streams, string file, params string[] arguments)
    {
        long start = Stopwatch.GetTimestamp();
        AwaitSuccess(Start(streams, streams, 2, file, arguments));
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}

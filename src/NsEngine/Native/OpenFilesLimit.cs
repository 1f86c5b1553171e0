using System;
using System.Globalization;
using System.IO;
using System.Linq;
using static Tmds.Linux.LibC;

namespace NsModule.Native;

/// <summary>The soft limit of open files (RLIMIT_NOFILE, getrlimit(2)) that a command is to get.</summary>
/// <remarks>
/// .NET raises its own to the hard limit when it starts, and everything started from PowerShell inherits that. Programs
/// that use select(2), or close every possible descriptor, suffer from it. What it was before can only be seen where it
/// came from: in the process that started this one.
/// </remarks>
internal static class OpenFilesLimit
{
    /// <summary>The limit before the runtime raised it; null to leave it as it is.</summary>
    public static ulong? BeforeRuntime() => BeforeRuntime(Read("self"), Read(((int)getppid()).ToString(CultureInfo.InvariantCulture)));

    /// <summary>
    /// The same for the limits (soft, hard) of this process and of its parent. A parent with another hard limit had it
    /// set on purpose: it tells nothing.
    /// </summary>
    public static ulong? BeforeRuntime((ulong Soft, ulong Hard)? own, (ulong Soft, ulong Hard)? parent) =>
        own is { } mine && parent is { } theirs && mine.Soft == mine.Hard && theirs.Hard == mine.Hard && theirs.Soft < mine.Soft
            ? theirs.Soft
            : null;

    private static (ulong Soft, ulong Hard)? Read(string process)
    {
        try
        {
            string line = File.ReadLines($"/proc/{process}/limits").First(l => l.StartsWith("Max open files", StringComparison.Ordinal));
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return (ulong.Parse(fields[3], CultureInfo.InvariantCulture), ulong.Parse(fields[4], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}

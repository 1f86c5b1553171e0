using System;
using System.Globalization;
using System.Text;
using static Tmds.Linux.LibC;

namespace NsModule.Native;

/// <summary>The kernel's log (/dev/kmsg), for those who may read it.</summary>
internal static unsafe class KernelLog
{
    /// <summary>What one read gives at most: one message.</summary>
    private const int MaxMessage = 8192;

    /// <summary>Clock ticks in a second, as in <see cref="ProcessIdentity.StartTicks"/>.</summary>
    private const long TicksPerSecond = 100;

    /// <summary>Whether the kernel has killed a process because memory had run out; false where that is not known.</summary>
    public static bool SaysOutOfMemory(ProcessIdentity process)
    {
        try
        {
            using FileDescriptor log = FileDescriptor.Open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
            string killed = string.Create(CultureInfo.InvariantCulture, $"Killed process {process.Pid} (");
            byte* buffer = stackalloc byte[MaxMessage];
            int count;

            // EPIPE: messages were overwritten meanwhile.
            while ((count = (int)read(log.Value, buffer, MaxMessage)) > 0 || errno == EPIPE)
            {
                string message = Encoding.UTF8.GetString(buffer, Math.Max(0, count));
                if (message.Contains(killed, StringComparison.Ordinal) && IsKernelsSince(message, process.StartTicks))
                {
                    return true;
                }
            }
        }
        catch (NativeException)
        {
            // Not for us.
        }

        return false;
    }

    /// <summary>
    /// Whether a message is the kernel's own (facility 0, others can write here, too), and of after a process was started: another may have
    /// had its number before.
    /// </summary>
    private static bool IsKernelsSince(string message, long startTicks) =>
        message.Split(';')[0].Split(',') is [string priority, _, string microseconds, ..]
        && int.TryParse(priority, NumberStyles.None, CultureInfo.InvariantCulture, out int level)
        && level < 8
        && long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out long time)
        && time / 1_000_000 >= startTicks / TicksPerSecond;
}

using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Harness;

/// <summary>
/// Waits on a descriptor for what must happen. A signal to this process, such as another test's child ends with, is none of it.
/// </summary>
internal static unsafe class Poll
{
    private const int TimeoutMilliseconds = 60_000;

    public static bool IsReadable(FileDescriptor descriptor) => IsReady(descriptor, POLLIN);

    public static bool IsWritable(FileDescriptor descriptor) => IsReady(descriptor, POLLOUT);

    private static bool IsReady(FileDescriptor descriptor, int events)
    {
        pollfd poll = new() { fd = descriptor.Value, events = (short)events };
        int ready;
        do
        {
            ready = Sys.poll(&poll, 1, TimeoutMilliseconds);
        }
        while (ready < 0 && errno == EINTR);
        return ready > 0;
    }
}

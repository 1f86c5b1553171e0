using System;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using NsModule.EndToEndTests.Harness;
using NsModule.Native;
using NsModule.Testing;
using Tmds.Linux;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>Signals come to pwsh all the time (a child has ended, the window has another size); who waits to be let in waits on.</summary>
public sealed class InterruptedConnectTests
{
    private const long SYS_gettid = 186;
    private const long SYS_tgkill = 234;

    [Fact]
    public async Task A_signal_does_not_end_the_wait_for_a_busy_listener()
    {
        Assert.SkipUnless(
            RuntimeInformation.ProcessArchitecture == Architecture.X64,
            "The numbers of the system calls are those of x86-64.");
        using var directory = new ScratchDirectory();
        using var handler = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => { });
        string path = directory["socket"];
        using FileDescriptor listener = UnixSocket.Listen(path);
        FillQueue(path);

        var thread = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<bool> connected = Task.Factory.StartNew(
            () =>
            {
                thread.SetResult(ThreadId());
                using FileDescriptor client = UnixSocket.Connect(path, 60_000);
                return true;
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        long id = await thread.Task;
        for (int i = 0; i < 1000; i++)
        {
            Interrupt(id);
            Thread.Yield();
        }

        while (!connected.IsCompleted)
        {
            if (Poll.IsReadable(listener))
            {
                Accept(listener);
            }
        }

        Assert.True(await connected);
    }

    /// <summary>Connects until nobody more is let in.</summary>
    private static void FillQueue(string path)
    {
        try
        {
            while (true)
            {
                _ = UnixSocket.Connect(path, 1).Release();
            }
        }
        catch (NativeException e) when (e.Errno == EAGAIN)
        {
        }
    }

    private static unsafe long ThreadId() => (long)syscall((long_t)SYS_gettid);

    private static unsafe void Interrupt(long thread) =>
        _ = (long)syscall((long_t)SYS_tgkill, (long_t)Environment.ProcessId, (long_t)thread, (long_t)SIGWINCH);

    private static unsafe void Accept(FileDescriptor listener) => _ = close(accept(listener.Value, null, null));
}

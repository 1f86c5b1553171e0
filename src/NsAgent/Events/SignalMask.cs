using System;
using System.Runtime.CompilerServices;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Events;

/// <summary>The signal mask of the whole process.</summary>
internal static unsafe class SignalMask
{
    /// <summary>Blocks all signals in the calling thread.</summary>
    public static void Block()
    {
        sigset_t all;
        _ = sigfillset(&all);

        // A fault must still end the process instead of repeating for ever.
        foreach (int fault in (ReadOnlySpan<int>)[SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT])
        {
            _ = sigdelset(&all, fault);
        }

        _ = sigprocmask(SIG_BLOCK, &all, null);
    }

    /// <summary>Blocks all signals in every thread, so that signalfd(2) gets them.</summary>
    /// <remarks>
    /// The runtime's finalizer thread exists before Main and has them unblocked: a signal to the process would go there,
    /// and take its default action. A thread's mask can only be set from inside the thread, so a finalizer does it.
    /// </remarks>
    public static void BlockInAllThreads()
    {
        Block();
        LeaveGarbage();
        GC.Collect(0);
        GC.WaitForPendingFinalizers();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LeaveGarbage() => _ = new BlockOnFinalizerThread();

    private sealed class BlockOnFinalizerThread
    {
        ~BlockOnFinalizerThread() => Block();
    }
}

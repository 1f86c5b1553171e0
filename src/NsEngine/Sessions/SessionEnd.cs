using System.Threading;

namespace NsModule.Sessions;

/// <summary>Ends one session and waits until it has ended.</summary>
internal static class SessionEnd
{
    /// <summary>How long a supervisor may take to do what it is told, in milliseconds, on the busiest machine.</summary>
    public const long SupervisorPatience = 10_000;

    /// <summary>Asks the command, kills everything after the grace period, and the supervisor where that does not do as it is told.</summary>
    public static void Stop(NsSession session, int signal, int graceMilliseconds)
    {
        using ExitWatch watch = ExitWatch.Open(session);
        watch.Stop(signal, graceMilliseconds);
        if (ExitWatch.WaitAny([watch], graceMilliseconds + SupervisorPatience, CancellationToken.None).Count == 0 && !watch.Ended)
        {
            watch.KillSupervisor();
            _ = ExitWatch.WaitAny([watch], -1, CancellationToken.None);
        }
    }
}

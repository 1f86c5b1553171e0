namespace NsModule;

/// <summary>When a command gets a processor (sched(7)). The values are the SCHED_* constants.</summary>
public enum NsSchedulingPolicy
{
    /// <summary>As usual: a fair share, by the nice value.</summary>
    Other = 0,

    /// <summary>As usual, but for work that nobody waits for: it is woken a little later.</summary>
    Batch = 3,

    /// <summary>Only what the others leave over, whatever the nice value.</summary>
    Idle = 5,
}

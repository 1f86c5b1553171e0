using System.Collections.Generic;
using System.Linq;

namespace NsModule.Specs;

/// <summary>What the command gets of the machine, as a process: limits, priority, processors.</summary>
internal sealed record ResourceSpec
{
    /// <summary>Limits of setrlimit(2).</summary>
    public IReadOnlyList<ResourceLimit> Limits { get; init; } = [];

    /// <summary>What /proc/PID/oom_score_adj is set to, -1000 (never killed) to 1000 (killed first); null to leave it.</summary>
    public int? OomScoreAdjustment { get; init; }

    /// <summary>The nice value, -20 to 19 (setpriority(2)); null to leave it.</summary>
    public int? Nice { get; init; }

    /// <summary>The scheduling policy (sched_setscheduler(2)); null to leave it.</summary>
    public NsSchedulingPolicy? SchedulingPolicy { get; init; }

    /// <summary>The processors it may run on (sched_setaffinity(2)); empty to leave it.</summary>
    public IReadOnlyList<int> CpuAffinity { get; init; } = [];

    /// <summary>These, and of <paramref name="other"/> what these leave open.</summary>
    public ResourceSpec Or(ResourceSpec other) => new()
    {
        Limits = [.. Limits, .. other.Limits.Where(l => !Limits.Any(m => m.Resource == l.Resource))],
        OomScoreAdjustment = OomScoreAdjustment ?? other.OomScoreAdjustment,
        Nice = Nice ?? other.Nice,
        SchedulingPolicy = SchedulingPolicy ?? other.SchedulingPolicy,
        CpuAffinity = CpuAffinity.Count > 0 ? CpuAffinity : other.CpuAffinity,
    };
}

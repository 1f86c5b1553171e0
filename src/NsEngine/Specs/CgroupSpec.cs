namespace NsModule.Specs;

/// <summary>
/// How much of the machine a session may use, all its processes together. What is null is left as it is; 0 takes a limit away.
/// </summary>
internal sealed record CgroupSpec
{
    /// <summary>The period of the CPU quota in microseconds: the kernel's default.</summary>
    public const int CpuPeriod = 100_000;

    /// <summary>The smallest limit of memory in bytes in which a command starts at all.</summary>
    public const long MinMemory = 512 * 1024;

    /// <summary>The smallest limit of CPUs: a millisecond in each period, the kernel's minimum.</summary>
    public const double MinCpus = 0.01;

    /// <summary>The largest limit of CPUs, more than any machine has.</summary>
    public const double MaxCpus = 1_000_000;

    /// <summary>The kernel's limit of process ids.</summary>
    public const long MaxProcesses = 4_194_304;

    /// <summary>The largest weight of cgroup v2's io.weight.</summary>
    public const int MaxIOWeight = 10_000;

    /// <summary>No limits.</summary>
    public static readonly CgroupSpec None = new();

    /// <summary>Bytes of memory; swap space cannot be used in their place.</summary>
    public long? Memory { get; init; }

    /// <summary>CPUs.</summary>
    public double? Cpus { get; init; }

    /// <summary>Processes and threads.</summary>
    public long? Processes { get; init; }

    /// <summary>The share of the disks when others want them too, 1 to <see cref="MaxIOWeight"/>; 100 is usual.</summary>
    public int? IOWeight { get; init; }

    /// <summary>The least share of the processors.</summary>
    public const int MinCpuShares = 2;

    /// <summary>The most.</summary>
    public const int MaxCpuShares = 262_144;

    /// <summary>
    /// The share of the processors when others want them too, as cgroups version 1 counts it: <see cref="MinCpuShares"/> to
    /// <see cref="MaxCpuShares"/>; 1024 is usual.
    /// </summary>
    public int? CpuShares { get; init; }

    /// <summary>The processors that can be used, as cpuset(7) writes them: <c>0-3,7</c>.</summary>
    public string? Processors { get; init; }

    /// <summary>The memory nodes that can be used, likewise.</summary>
    public string? MemoryNodes { get; init; }

    /// <summary>Whether nothing is asked for.</summary>
    public bool IsEmpty => this == None;
}

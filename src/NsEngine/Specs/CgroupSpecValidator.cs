using System.Globalization;

namespace NsModule.Specs;

/// <summary>Refuses limits that no kernel keeps.</summary>
internal static class CgroupSpecValidator
{
    /// <param name="limits">What is asked for.</param>
    /// <param name="launching">
    /// A command is about to start under them: a limit that is none makes no sense, nor one in which nothing starts.
    /// </param>
    /// <param name="hasInit">An init is one of the processes.</param>
    /// <param name="locksMounts">And for a moment, what locks the mounts.</param>
    /// <exception cref="NsException">The first one that is wrong.</exception>
    public static void Validate(CgroupSpec limits, bool launching, bool hasInit = false, bool locksMounts = false)
    {
        if (limits.Memory is long memory && memory < CgroupSpec.MinMemory && (launching || memory != 0))
        {
            throw Invalid(
                NsErrorId.InvalidMemoryLimit,
                memory,
                $"-MemoryLimit {memory}: it takes at least {CgroupSpec.MinMemory / 1024} KB, in bytes or as 512MB{NoLimit(launching)}");
        }

        (double min, double max) = (CgroupSpec.MinCpus, CgroupSpec.MaxCpus);
        if (limits.Cpus is double cpus && !(cpus >= min && cpus <= max) && (launching || cpus != 0))
        {
            throw Invalid(
                NsErrorId.InvalidCpuLimit,
                cpus,
                $"-CpuLimit {cpus}: it takes a number of CPUs from {min} to {max:0}, such as 1.5{NoLimit(launching)}");
        }

        long least = hasInit || locksMounts ? 2 : 1;
        if (launching && hasInit && limits.Processes == 1)
        {
            throw Invalid(
                NsErrorId.InvalidProcessLimit,
                limits.Processes,
                $"-ProcessLimit 1: the session's init is one process, the command another. Give at least 2, or add -NoInit.");
        }

        if (limits.Processes is long processes
            && (processes < least || processes > CgroupSpec.MaxProcesses)
            && (launching || processes != 0))
        {
            throw Invalid(
                NsErrorId.InvalidProcessLimit,
                processes,
                $"-ProcessLimit {processes}: it takes a number from {least} to {CgroupSpec.MaxProcesses}{NoLimit(launching)}");
        }

        const int MaxWeight = CgroupSpec.MaxIOWeight;
        if (limits.IOWeight is int weight && weight is < 1 or > MaxWeight && (launching || limits.IOWeight != 0))
        {
            throw Invalid(
                NsErrorId.InvalidIOWeight,
                limits.IOWeight,
                $"-IOWeight {weight}: it takes a number from 1 to {MaxWeight}; 100 is what everybody else has{NoLimit(launching)}");
        }
    }

    private static string NoLimit(bool launching) => launching ? ". Leave it out for no limit." : ", or 0 for no limit.";

    private static NsException Invalid(string errorId, object? target, System.FormattableString message) =>
        new(errorId, NsErrorKind.Argument, target, message.ToString(CultureInfo.InvariantCulture));
}

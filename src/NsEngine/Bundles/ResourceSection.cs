using System;
using System.Linq;
using NsModule.Specs;

namespace NsModule.Bundles;

/// <summary>The <c>linux.resources</c> of a bundle.</summary>
internal static class ResourceSection
{
    public static LaunchOptions Read(ConfigObject? resources, LaunchOptions options)
    {
        if (resources is null)
        {
            return options;
        }

        resources.Unsupported("this limit is not kept", "hugepageLimits", "network", "rdma", "unified");
        ConfigObject? cpu = resources.Object("cpu");
        cpu?.Unsupported(
            "of the processors, quota and period, shares, cpus and mems are kept",
            "burst",
            "realtimeRuntime",
            "realtimePeriod",
            "idle");
        return options with
        {
            FileSystem = options.FileSystem with { NoDevices = DeviceSection.ReadRules(resources) },
            Limits = new CgroupSpec
            {
                Memory = Memory(resources.Object("memory")),
                Cpus = Cpus(cpu),
                CpuShares = Shares(cpu),
                Processors = Set(cpu, "cpus"),
                MemoryNodes = Set(cpu, "mems"),
                Processes = Processes(resources.Object("pids"), hasInit: !options.NoInit),
                IOWeight = IOWeight(resources.Object("blockIO")),
            },
        };
    }

    /// <summary>Swap space cannot be used in addition: memory and both together have the same limit.</summary>
    private static long? Memory(ConfigObject? memory)
    {
        if (memory is null)
        {
            return null;
        }

        memory.Unsupported(
            "this limit of memory is not kept", "reservation", "kernel", "kernelTCP", "swappiness", "disableOOMKiller", "useHierarchy",
            "checkBeforeUpdate");
        long? limit = memory.Number("limit") is long given and > 0 ? given : null;
        long? both = memory.Number("swap") is long sum and > 0 ? sum : null;
        return both is null || both == limit
            ? limit
            : throw ConfigObject.NotSupported(
                memory.At("swap"),
                "swap space cannot be used in addition to memory.limit: make both the same");
    }

    private static double? Cpus(ConfigObject? cpu)
    {
        if (cpu is null)
        {
            return null;
        }

        long? quota = cpu.Number("quota");
        long period = cpu.Number("period", 1) ?? CgroupSpec.CpuPeriod;
        return quota > 0 ? (double)quota / period : null;
    }

    /// <summary>What is beyond the kernel's range becomes its end, as the kernel has it; 0 is none.</summary>
    private static int? Shares(ConfigObject? cpu) =>
        cpu?.Number("shares", 0) is long shares and > 0
            ? (int)Math.Clamp(shares, CgroupSpec.MinCpuShares, CgroupSpec.MaxCpuShares)
            : null;

    /// <summary>A list of numbers and ranges (cpuset(7)); what else it must be the kernel knows.</summary>
    private static string? Set(ConfigObject? cpu, string name) =>
        cpu?.Text(name) is not { Length: > 0 } set ? null
        : set.All(c => char.IsAsciiDigit(c) || c is ',' or '-') ? set
        : throw ConfigObject.Invalid(cpu.At(name), "is no list of numbers and ranges, such as 0-3,7");

    /// <summary>The session's init counts, and is none of the bundle's processes.</summary>
    private static long? Processes(ConfigObject? pids, bool hasInit) =>
        pids?.Number("limit") is long limit and > 0 ? limit + (hasInit ? 1 : 0) : null;

    /// <summary>The weights of cgroups version 1, 10 to 1000, as those of version 2.</summary>
    private static int? IOWeight(ConfigObject? blockIO)
    {
        if (blockIO is null)
        {
            return null;
        }

        blockIO.Unsupported(
            "of the disks, the weight can be given",
            "leafWeight",
            "weightDevice",
            "throttleReadBpsDevice",
            "throttleWriteBpsDevice",
            "throttleReadIOPSDevice",
            "throttleWriteIOPSDevice");
        return blockIO.Number("weight", 0, 1000) is long weight and > 0
            ? (int)(1 + (((Math.Max(weight, 10) - 10) * (CgroupSpec.MaxIOWeight - 1)) / 990))
            : null;
    }
}

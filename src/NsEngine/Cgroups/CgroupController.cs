using System.Collections.Generic;
using NsModule.Specs;

namespace NsModule.Cgroups;

/// <summary>What limits need of the kernel, as cgroups(7) names it.</summary>
internal static class CgroupController
{
    public const string Memory = "memory";
    public const string Cpu = "cpu";
    public const string Pids = "pids";
    public const string IO = "io";
    public const string Cpuset = "cpuset";

    /// <summary>All that limits can be set with later, too.</summary>
    public static readonly IReadOnlyList<string> All = [Memory, Cpu, Pids, IO];

    /// <summary>The controllers that these limits take.</summary>
    public static IEnumerable<string> Of(CgroupSpec limits)
    {
        if (limits.Memory is not null)
        {
            yield return Memory;
        }

        if (limits.Cpus is not null || limits.CpuShares is not null)
        {
            yield return Cpu;
        }

        if (limits.Processes is not null)
        {
            yield return Pids;
        }

        if (limits.IOWeight is not null)
        {
            yield return IO;
        }

        if (limits.Processors is not null || limits.MemoryNodes is not null)
        {
            yield return Cpuset;
        }
    }

    /// <summary>Its name in cgroup v1.</summary>
    public static string Version1(string controller) => controller == IO ? "blkio" : controller;

    /// <summary>The parameter that takes it.</summary>
    public static string Parameter(string controller) => controller switch
    {
        Memory => "-MemoryLimit",
        Cpu => "-CpuLimit",
        Pids => "-ProcessLimit",
        Cpuset => "A set of processors or memory nodes (linux.resources.cpu.cpus, mems)",
        _ => "-IOWeight",
    };
}

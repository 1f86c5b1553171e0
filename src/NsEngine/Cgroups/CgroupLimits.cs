using System;
using System.Globalization;
using System.IO;
using NsModule.Protocol;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Cgroups;

/// <summary>The files that limits are written to, in both versions of cgroups(7).</summary>
internal static class CgroupLimits
{
    private const int UsualWeight = 100;

    /// <exception cref="CgroupException">One is not there, or does not take the value.</exception>
    public static void Set(SessionCgroup cgroup, CgroupSpec limits)
    {
        if (limits.Memory is long memory)
        {
            SetMemory(cgroup, memory);
        }

        if (limits.Cpus is double cpus)
        {
            SetCpu(cgroup, (long)Math.Round(cpus * CgroupSpec.CpuPeriod));
        }

        if (limits.CpuShares is int shares)
        {
            SetCpuShares(cgroup, shares);
        }

        if (limits.Processors is string processors)
        {
            Write(cgroup, CgroupController.Cpuset, "cpuset.cpus", processors);
        }

        if (limits.MemoryNodes is string nodes)
        {
            Write(cgroup, CgroupController.Cpuset, "cpuset.mems", nodes);
        }

        if (limits.Processes is long processes)
        {
            Write(cgroup, CgroupController.Pids, "pids.max", processes == 0 ? "max" : Text(processes));
        }

        if (limits.IOWeight is int weight)
        {
            SetIOWeight(cgroup, weight == 0 ? UsualWeight : weight);
        }
    }

    private static void SetMemory(SessionCgroup cgroup, long memory)
    {
        const string Limit = "memory.limit_in_bytes";
        const string WithSwap = "memory.memsw.limit_in_bytes";
        if (cgroup.Find(Limit) is null)
        {
            Write(cgroup, CgroupController.Memory, "memory.max", memory == 0 ? "max" : Text(memory));
            WriteIfThere(cgroup, "memory.swap.max", memory == 0 ? "max" : "0");
            return;
        }

        // The limit with swap space may never be the smaller one: it goes first on the way up. It is the same, or
        // swap would make up for memory.
        string value = memory == 0 ? "-1" : Text(memory);
        bool up = memory == 0 || (long.TryParse(cgroup.Read(Limit), CultureInfo.InvariantCulture, out long now) && memory > now);
        if (up)
        {
            WriteIfThere(cgroup, WithSwap, value);
        }

        Write(cgroup, CgroupController.Memory, Limit, value);
        if (!up)
        {
            WriteIfThere(cgroup, WithSwap, value);
        }

        void WriteIfThere(SessionCgroup cgroup, string file, string text)
        {
            // Without swap accounting there is no such file.
            if (cgroup.Find(file) is not null)
            {
                Write(cgroup, CgroupController.Memory, file, text);
            }
        }
    }

    private static void SetCpu(SessionCgroup cgroup, long quota)
    {
        string period = Text(CgroupSpec.CpuPeriod);
        if (cgroup.Find("cpu.cfs_quota_us") is null)
        {
            Write(cgroup, CgroupController.Cpu, "cpu.max", $"{(quota == 0 ? "max" : Text(quota))} {period}");
            return;
        }

        Write(cgroup, CgroupController.Cpu, "cpu.cfs_period_us", period);
        Write(cgroup, CgroupController.Cpu, "cpu.cfs_quota_us", quota == 0 ? "-1" : Text(quota));
    }

    /// <summary>
    /// In version 2 a weight, from 1 to 10000, on the curve that the OCI runtimes use: the least, the usual 1024 and the most become the
    /// least, the usual 100 and the most.
    /// </summary>
    private static void SetCpuShares(SessionCgroup cgroup, int shares)
    {
        if (cgroup.Find("cpu.shares") is not null)
        {
            Write(cgroup, CgroupController.Cpu, "cpu.shares", Text(shares));
            return;
        }

        double power = Math.Log2(shares);
        Write(
            cgroup,
            CgroupController.Cpu,
            "cpu.weight",
            Text(Math.Clamp((long)Math.Ceiling(Math.Pow(10, (((power * power) + (125 * power)) / 612) - (7.0 / 34)) - 1e-6), 1, 10_000)));
    }

    /// <summary>The weight goes up to 10000 in io.weight alone: the others get the same share of their own range.</summary>
    private static void SetIOWeight(SessionCgroup cgroup, int weight)
    {
        const int Most = CgroupSpec.MaxIOWeight - 1;
        (string File, string Value)[] files =
        [
            ("io.weight", "default " + Text(weight)),
            ("io.bfq.weight", Text(1 + ((weight - 1L) * 999 / Most))),
            ("blkio.bfq.weight", Text(1 + ((weight - 1L) * 999 / Most))),
            ("blkio.weight", Text(10 + ((weight - 1L) * 990 / Most))),
        ];
        (string file, string value) = Array.Find(files, f => cgroup.Find(f.File) is not null);
        Write(cgroup, CgroupController.IO, file ?? "io.weight", value ?? "");
    }

    private static void Write(SessionCgroup cgroup, string controller, string file, string value)
    {
        string path = cgroup.Find(file) ?? throw new CgroupException(LaunchStep.CgroupLimit, ENOENT, controller, file);
        int error = cgroup.Files.Write(path, value);
        if (error != 0)
        {
            throw new CgroupException(LaunchStep.CgroupLimit, error, controller, $"{path} = {value}");
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

using System;
using System.Collections.Generic;
using System.Globalization;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Launching;

/// <summary>
/// Sets a command's limits as a process from outside, with the caller's privileges, while it waits for the go-ahead to execute.
/// </summary>
internal static unsafe class CommandResources
{
    private const string OomScoreFile = "/proc/self/oom_score_adj";

    /// <exception cref="LaunchException">One cannot be set.</exception>
    public static void Apply(int pid, ResourceSpec resources)
    {
        foreach (ResourceLimit limit in resources.Limits)
        {
            Sys.rlimit64 value = new() { rlim_cur = limit.Soft, rlim_max = limit.Hard };
            Check(LaunchStep.ResourceLimit, Sys.prlimit(pid, limit.Resource, &value, null), limit.ToString());
        }

        if (resources.Nice is int nice)
        {
            Check(LaunchStep.Nice, Sys.setpriority(Sys.PRIO_PROCESS, (uint)pid, nice), nice.ToString(CultureInfo.InvariantCulture));
        }

        if (resources.SchedulingPolicy is NsSchedulingPolicy policy)
        {
            int priority = 0;
            Check(LaunchStep.SchedulingPolicy, Sys.sched_setscheduler(pid, (int)policy, &priority), policy.ToString());
        }

        if (resources.CpuAffinity.Count > 0)
        {
            byte[] mask = Mask(resources.CpuAffinity);
            fixed (byte* p = mask)
            {
                Check(LaunchStep.CpuAffinity, Sys.sched_setaffinity(pid, (nuint)mask.Length, p), string.Join(',', resources.CpuAffinity));
            }
        }
    }

    /// <summary>
    /// Takes the score for the OOM killer on while a child is made, which inherits it: the child's own file may belong to another user, or
    /// lie in a /proc that is not there.
    /// </summary>
    /// <param name="score">The score; null to do nothing.</param>
    /// <returns>What <see cref="RestoreOomScore"/> puts back.</returns>
    /// <exception cref="LaunchException">The score may not be set.</exception>
    public static string? TakeOomScore(int? score)
    {
        if (score is not int wanted)
        {
            return null;
        }

        string before = System.IO.File.ReadAllText(OomScoreFile).Trim();
        WriteOomScore(wanted.ToString(CultureInfo.InvariantCulture));
        return before;
    }

    /// <summary>The supervisor's own score again.</summary>
    public static void RestoreOomScore(string? before)
    {
        if (before is not null)
        {
            WriteOomScore(before);
        }
    }

    private static void WriteOomScore(string score)
    {
        try
        {
            using FileDescriptor file = FileDescriptor.Open(OomScoreFile, O_WRONLY);
            byte[] text = CString.From(score);
            fixed (byte* p = text)
            {
                _ = NativeException.Check((int)write(file.Value, p, text.Length - 1), "write");
            }
        }
        catch (NativeException e)
        {
            throw new LaunchException(LaunchStep.OomScore, e.Errno, score);
        }
    }

    /// <summary>A cpu_set_t: whole 64-bit words.</summary>
    private static byte[] Mask(IReadOnlyList<int> processors)
    {
        int highest = 0;
        foreach (int n in processors)
        {
            highest = Math.Max(highest, n);
        }

        byte[] mask = new byte[((highest / 64) + 1) * 8];
        foreach (int n in processors)
        {
            mask[n / 8] |= (byte)(1 << (n % 8));
        }

        return mask;
    }

    private static void Check(LaunchStep step, int result, string detail) =>
        _ = result >= 0 ? result : throw new LaunchException(step, errno, detail);
}

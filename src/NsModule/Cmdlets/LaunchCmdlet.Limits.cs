using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Completers;
using NsModule.Specs;

namespace NsModule.Cmdlets;

/// <content>How much of the machine a session may use (cgroups(7)).</content>
public abstract partial class LaunchCmdlet
{
    /// <summary>
    /// Memory that all processes of the session may use together, in bytes (512MB) or as a text such as 512M; swap space does not count in
    /// addition. A process that wants more is killed.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ArgumentCompleter(typeof(MemoryLimitCompleter))]
    [ValidateNotNull]
    public object? MemoryLimit { get; set; }

    /// <summary>CPUs that all processes of the session may use together, such as 1.5.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public double? CpuLimit { get; set; }

    /// <summary>Processes and threads that the session may have at a time, its init among them.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public long? ProcessLimit { get; set; }

    /// <summary>The session's share of the disks when others want them too, 1 to 10000; 100 is usual.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public int? IOWeight { get; set; }

    private CgroupSpec ReadLimits() => LimitArguments.Read(MemoryLimit, CpuLimit, ProcessLimit, IOWeight);

    /// <summary>What joins a session gets into its cgroup.</summary>
    private void RefuseLimits()
    {
        if (!ReadLimits().IsEmpty)
        {
            throw new NsException(
                NsErrorId.ParameterNotForJoin,
                NsErrorKind.Argument,
                Join,
                "Limits cannot go with -Join: those of the session that is joined hold. Set-NsProcess changes them.");
        }
    }
}

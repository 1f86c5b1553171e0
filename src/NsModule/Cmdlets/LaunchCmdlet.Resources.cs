using System;
using System.Collections;
using System.Linq;
using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Completers;
using NsModule.Specs;

namespace NsModule.Cmdlets;

/// <content>Limits, priority, processors and clocks.</content>
public abstract partial class LaunchCmdlet
{
    /// <summary>
    /// Limits of setrlimit(2): a hashtable of names and values, such as <c>@{ nofile = 1024; core = '0:unlimited'; 'as' = 512MB }</c>.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ValidateNotNull]
    public IDictionary? ResourceLimit { get; set; }

    /// <summary>How the kernel's OOM killer sees the session, from -1000 (never killed) to 1000 (killed first).</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public int OomScoreAdjustment { get; set; }

    /// <summary>The nice value, from -20 (most favoured) to 19.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public int Nice { get; set; }

    /// <summary>
    /// When the command gets a processor: Other, the usual; Batch, a little later; Idle, only when nobody else wants one.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public NsSchedulingPolicy SchedulingPolicy { get; set; }

    /// <summary>The processors that the command may run on: numbers and ranges, such as <c>0,2</c> or <c>0-3</c>.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ArgumentCompleter(typeof(ProcessorCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? CpuAffinity { get; set; }

    /// <summary>
    /// By how much the session's monotonic clock differs from the host's: a time span, or seconds. Implies a Time namespace.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [Seconds]
    public TimeSpan MonotonicOffset { get; set; }

    /// <summary>
    /// By how much the time since boot, which uptime(1) shows, differs: a time span, or seconds. Implies a Time namespace.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [Seconds]
    public TimeSpan BoottimeOffset { get; set; }

    private ResourceSpec Resources() => new()
    {
        Limits = [.. (ResourceLimit ?? new Hashtable()).Cast<DictionaryEntry>()
            .Select(e => Specs.ResourceLimit.Parse(
                LanguagePrimitives.ConvertTo<string>(e.Key),
                BareValue.Text(e.Value)))
            .OrderBy(l => l.Resource)],
        OomScoreAdjustment = MyInvocation.BoundParameters.ContainsKey(nameof(OomScoreAdjustment)) ? OomScoreAdjustment : null,
        Nice = MyInvocation.BoundParameters.ContainsKey(nameof(Nice)) ? Nice : null,
        SchedulingPolicy = MyInvocation.BoundParameters.ContainsKey(nameof(SchedulingPolicy)) ? SchedulingPolicy : null,
        CpuAffinity = CpuAffinity is null ? [] : ProcessorList.Parse(CpuAffinity),
    };
}

using System;

namespace NsModule.Specs;

/// <summary>By how much the clocks of a time namespace differ from the host's (time_namespaces(7)).</summary>
/// <param name="Monotonic">CLOCK_MONOTONIC.</param>
/// <param name="Boottime">CLOCK_BOOTTIME, which uptime(1) shows.</param>
internal sealed record TimeOffsetSpec(TimeSpan Monotonic, TimeSpan Boottime)
{
    /// <summary>Whether they differ at all.</summary>
    public bool IsSet => Monotonic != TimeSpan.Zero || Boottime != TimeSpan.Zero;
}

using System;

namespace NsModule.Cgroups;

/// <summary>What a session uses, and has used. Null is what nobody knows.</summary>
/// <param name="Memory">Bytes of memory now.</param>
/// <param name="PeakMemory">The most it ever was.</param>
/// <param name="CpuTime">CPU time of all its processes since its start.</param>
/// <param name="Processes">How many processes there are now.</param>
/// <param name="OomKilled">Whether the kernel has killed one of them because memory was at its limit.</param>
internal readonly record struct SessionFigures(long? Memory, long? PeakMemory, TimeSpan? CpuTime, int? Processes, bool OomKilled);

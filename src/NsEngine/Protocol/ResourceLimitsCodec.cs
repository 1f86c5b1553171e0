using System;
using NsModule.Specs;

namespace NsModule.Protocol;

/// <summary><see cref="ResourceLimits"/> as part of a frame: what is left open is -1, or empty.</summary>
internal static class ResourceLimitsCodec
{
    public static WireWriter Limits(this WireWriter writer, ResourceLimits limits) => writer
        .Int64(limits.Memory ?? -1)
        .Int64(BitConverter.DoubleToInt64Bits(limits.Cpus ?? -1))
        .Int64(limits.Processes ?? -1)
        .Int32(limits.IOWeight ?? -1)
        .Int32(limits.CpuShares ?? -1)
        .String(limits.Processors ?? "")
        .String(limits.MemoryNodes ?? "");

    public static ResourceLimits Read(ref WireReader reader) => new()
    {
        Memory = NotNegative(reader.Int64()),
        Cpus = BitConverter.Int64BitsToDouble(reader.Int64()) is var cpus && cpus < 0 ? null : cpus,
        Processes = NotNegative(reader.Int64()),
        IOWeight = (int?)NotNegative(reader.Int32()),
        CpuShares = (int?)NotNegative(reader.Int32()),
        Processors = NotEmpty(reader.String()),
        MemoryNodes = NotEmpty(reader.String()),
    };

    private static string? NotEmpty(string text) => text.Length > 0 ? text : null;

    private static long? NotNegative(long value) => value < 0 ? null : value;
}

using System;
using System.Globalization;
using NsModule.Specs;
using NsModule.Text;

namespace NsModule.Arguments;

/// <summary>Reads limits as users write them.</summary>
internal static class LimitArguments
{
    /// <exception cref="NsException">The memory is no number of bytes.</exception>
    public static CgroupSpec Read(object? memory, double? cpus, long? processes, int? ioWeight) => new()
    {
        Memory = memory is null ? null : ReadMemory(BareValue.Of(memory)!),
        Cpus = cpus,
        Processes = processes,
        IOWeight = ioWeight,
    };

    /// <summary>A number of bytes, or one with a unit of 1024 as other programs take it: 512M, 512MB, 512MiB.</summary>
    private static long ReadMemory(object memory)
    {
        string text = BareValue.Text(memory);
        return ByteSize.TryParse(text, out ulong bytes) && bytes <= long.MaxValue
            ? (long)bytes
            : throw new NsException(
                NsErrorId.InvalidMemoryLimit,
                NsErrorKind.Argument,
                PrintableText.Of(text),
                $"-MemoryLimit {PrintableText.Of(text)}: it takes a number of bytes, such as 512MB or '512M'.");
    }
}

using System.Collections.Generic;

namespace NsModule.Specs;

/// <summary>A character device, as mknod(2) makes it.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Major">The driver.</param>
/// <param name="Minor">Which of the driver's devices.</param>
internal sealed record DeviceNumber(string Path, uint Major, uint Minor)
{
    /// <summary>What is written to it is gone.</summary>
    public static readonly DeviceNumber Null = new("/dev/null", 1, 3);

    /// <summary>The devices that every session has. They give access to nothing of the host's.</summary>
    public static readonly IReadOnlyList<DeviceNumber> Standard =
    [
        Null,
        new("/dev/zero", 1, 5),
        new("/dev/full", 1, 7),
        new("/dev/random", 1, 8),
        new("/dev/urandom", 1, 9),
        new("/dev/tty", 5, 0),
    ];

    /// <summary>The number as system calls take it (makedev(3)). Both parts of the standard devices fit into the lower 16 bits.</summary>
    public uint Encoded => (Major << 8) | Minor;
}

using System.Buffers.Binary;
using System.Net;

namespace NsModule.Agent.Network;

/// <summary>A range of IPv4 addresses: all that begin with the same bits.</summary>
/// <param name="First">An address in it, in the machine's byte order.</param>
/// <param name="PrefixLength">How many bits are the same, 1 to 32.</param>
internal readonly record struct AddressRange(uint First, int PrefixLength)
{
    public bool Overlaps(AddressRange other)
    {
        int common = PrefixLength < other.PrefixLength ? PrefixLength : other.PrefixLength;
        return (First ^ other.First) >> (32 - common) == 0;
    }

    /// <summary>An address in its usual form.</summary>
    public static string Text(uint address) => new IPAddress(BinaryPrimitives.ReverseEndianness(address)).ToString();

    /// <inheritdoc/>
    public override string ToString() => $"{Text(First)}/{PrefixLength}";
}

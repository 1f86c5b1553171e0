using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace NsModule.Agent.Network;

/// <summary>The four addresses of one session's private network, and the device on the host that has them.</summary>
/// <remarks>
/// The device's name says which addresses they are, and there can be one device of a name only: so two sessions never get
/// the same, without a lock, and without anything to be given back.
/// </remarks>
/// <param name="Index">Its number among all there can be.</param>
internal readonly record struct PrivateSubnet(int Index)
{
    /// <summary>All its bits but the last two are the network's.</summary>
    public const int PrefixLength = 30;

    /// <summary>The beginning of the devices' names.</summary>
    public const string NamePrefix = "nsm";

    /// <summary>
    /// Private addresses (RFC 1918) that other software rarely takes. The further ones are for hosts with a route over the first.
    /// </summary>
    public static readonly IReadOnlyList<AddressRange> Ranges = [new(0x0adb0000, 16), new(0xac1d0000, 16), new(0xc0a8db00, 24)];

    /// <summary>The host's device.</summary>
    public string DeviceName => NamePrefix + Index.ToString(CultureInfo.InvariantCulture);

    /// <summary>The host's address, the session's way out.</summary>
    public uint HostAddress => Network + 1;

    /// <summary>The session's address.</summary>
    public uint SessionAddress => Network + 2;

    private uint Network
    {
        get
        {
            uint rest = (uint)Index;
            foreach (AddressRange range in Ranges)
            {
                uint count = 1u << (PrefixLength - range.PrefixLength);
                if (rest < count)
                {
                    return range.First + (rest * 4);
                }

                rest -= count;
            }

            throw new System.ArgumentOutOfRangeException(nameof(Index));
        }
    }

    /// <summary>Those of which no address is on a route of the host, in order.</summary>
    public static IEnumerable<PrivateSubnet> Free(IEnumerable<AddressRange> routes)
    {
        AddressRange[] near = [.. routes.Where(r => Ranges.Any(r.Overlaps))];
        return Enumerable.Range(0, Ranges.Sum(r => 1 << (PrefixLength - r.PrefixLength)))
            .Select(i => new PrivateSubnet(i))
            .Where(s => !near.Any(new AddressRange(s.Network, PrefixLength).Overlaps));
    }
}

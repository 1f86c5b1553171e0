using System.Collections.Generic;
using NsModule.Specs;

namespace NsModule.Protocol;

/// <summary>A <see cref="NetworkSpec"/> in a frame.</summary>
internal static class NetworkSpecCodec
{
    public static WireWriter Network(this WireWriter writer, NetworkSpec network) => writer
        .Int32((int)network.Mode)
        .List(network.Ports, static (w, p) => w.String(p.HostAddress).Int32(p.HostPort).Int32(p.Port).Int32((int)p.Protocol));

    public static NetworkSpec Read(ref WireReader reader)
    {
        var mode = (NsNetworkMode)reader.Int32();
        int count = reader.Count(16);
        var ports = new List<NsPublishedPort>(count);
        for (int i = 0; i < count; i++)
        {
            ports.Add(new NsPublishedPort(reader.String(), (ushort)reader.Int32(), (ushort)reader.Int32(), (NsPortProtocol)reader.Int32()));
        }

        return new NetworkSpec { Mode = mode, Ports = ports };
    }
}

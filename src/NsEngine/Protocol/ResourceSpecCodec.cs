using System.Collections.Generic;
using System.IO;
using NsModule.Specs;

namespace NsModule.Protocol;

/// <summary>A <see cref="ResourceSpec"/> as a part of a frame.</summary>
internal static class ResourceSpecCodec
{
    public static WireWriter Resources(this WireWriter writer, ResourceSpec spec) => writer
        .List(spec.Limits, static (w, l) => w.Int32(l.Resource).Int64(unchecked((long)l.Soft)).Int64(unchecked((long)l.Hard)))
        .Optional(spec.OomScoreAdjustment)
        .Optional(spec.Nice)
        .List(spec.CpuAffinity, static (w, n) => w.Int32(n));

    public static ResourceSpec Read(ref WireReader reader)
    {
        var limits = new List<ResourceLimit>();
        for (int rest = reader.Count(20); rest > 0; rest--)
        {
            int resource = reader.Int32();
            limits.Add((uint)resource < (uint)ResourceLimit.Names.Count
                ? new ResourceLimit(resource, unchecked((ulong)reader.Int64()), unchecked((ulong)reader.Int64()))
                : throw new InvalidDataException("malformed frame"));
        }

        int? oomScoreAdjustment = Optional(ref reader);
        int? nice = Optional(ref reader);
        var processors = new List<int>();
        for (int rest = reader.Count(4); rest > 0; rest--)
        {
            processors.Add(reader.Int32());
        }

        return new ResourceSpec { Limits = limits, OomScoreAdjustment = oomScoreAdjustment, Nice = nice, CpuAffinity = processors };
    }

    private static WireWriter Optional(this WireWriter writer, int? value) => writer.Boolean(value is not null).Int32(value ?? 0);

    private static int? Optional(ref WireReader reader)
    {
        bool given = reader.Boolean();
        int value = reader.Int32();
        return given ? value : null;
    }
}

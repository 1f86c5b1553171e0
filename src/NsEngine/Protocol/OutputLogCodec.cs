using NsModule.Specs;

namespace NsModule.Protocol;

/// <summary>An <see cref="OutputLogSpec"/> within a frame.</summary>
internal static class OutputLogCodec
{
    public static WireWriter Log(this WireWriter writer, OutputLogSpec log) => writer.String(log.Path).Int32((int)log.Format).Int64(log.SizeLimit);

    public static OutputLogSpec ReadLog(ref WireReader reader) => new(reader.String(), (NsLogFormat)reader.Int32(), reader.Int64());
}

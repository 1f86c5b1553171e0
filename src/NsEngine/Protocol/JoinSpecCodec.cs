using System;
using System.IO;
using NsModule.Specs;

namespace NsModule.Protocol;

/// <summary>A <see cref="JoinSpec"/> as the bytes of its file.</summary>
internal static class JoinSpecCodec
{
    private static readonly JoinSpec s_blank = new();

    public static byte[] ToBytes(JoinSpec spec)
    {
        WireWriter writer = new WireWriter(default).Int32(SpecCodec.JoinVersion);
        var wire = new SpecWire(writer);
        _ = SpecCodec.Join(ref wire, spec);
        return writer.ToFrame()[WireWriter.HeaderLength..];
    }

    /// <summary>Reads a file; null for one of another version.</summary>
    /// <exception cref="InvalidDataException">It is malformed.</exception>
    public static JoinSpec? Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        if (reader.Int32() != SpecCodec.JoinVersion)
        {
            return null;
        }

        var wire = new SpecWire(reader);
        JoinSpec spec = SpecCodec.Join(ref wire, s_blank);
        wire.End();
        return spec;
    }
}

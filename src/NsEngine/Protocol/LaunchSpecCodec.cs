using System;
using System.IO;
using NsModule.Specs;

namespace NsModule.Protocol;

/// <summary>A <see cref="LaunchSpec"/> as a frame.</summary>
internal static class LaunchSpecCodec
{
    /// <summary>The longest accepted spec: argv and environment may be long, but the kernel's own limit is 6 MiB (execve(2)).</summary>
    public const int MaxPayload = 8 << 20;

    private static readonly LaunchSpec s_blank = new() { Id = "", Name = "" };

    public static byte[] ToFrame(LaunchSpec spec)
    {
        WireWriter writer = new WireWriter(FrameKind.Launch).Int32(SpecCodec.LaunchVersion);
        var wire = new SpecWire(writer);
        _ = SpecCodec.Launch(ref wire, spec);
        return writer.ToFrame();
    }

    /// <summary>Reads a launch; null for one of another version.</summary>
    /// <exception cref="InvalidDataException">It is malformed.</exception>
    public static LaunchSpec? Read(ReadOnlySpan<byte> payload)
    {
        var reader = new WireReader(payload);
        if (reader.Int32() != SpecCodec.LaunchVersion)
        {
            return null;
        }

        var wire = new SpecWire(reader);
        LaunchSpec spec = SpecCodec.Launch(ref wire, s_blank);
        wire.End();
        return spec;
    }
}

using System;
using NsModule.Specs;

namespace NsModule.Protocol;

/// <summary>A <see cref="JoinSpec"/> as the bytes of its file.</summary>
internal static class JoinSpecCodec
{
    /// <summary>
    /// The version of the file. Another one may tell of a restraint that this module cannot apply, so that there is no reading half of it.
    /// </summary>
    public const int Version = 1;

    public static byte[] ToBytes(JoinSpec spec) => new WireWriter(default)
        .Int32(Version)
        .Boolean(spec.DenySetgroups)
        .Identity(spec.Identity)
        .Privileges(spec.Privileges)
        .Resources(spec.Resources)
        .List(spec.Environment, static (w, s) => w.String(s))
        .ToFrame()[WireWriter.HeaderLength..];

    /// <summary>Reads a record; null for one of another version.</summary>
    /// <exception cref="System.IO.InvalidDataException">It is malformed.</exception>
    public static JoinSpec? Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new WireReader(bytes);
        if (reader.Int32() != Version)
        {
            return null;
        }

        var spec = new JoinSpec
        {
            DenySetgroups = reader.Boolean(),
            Identity = IdentitySpecCodec.Read(ref reader),
            Privileges = PrivilegeSpecCodec.Read(ref reader),
            Resources = ResourceSpecCodec.Read(ref reader),
            Environment = reader.Strings(),
        };
        reader.End();
        return spec;
    }
}

using NsModule.Specs;

namespace NsModule.Protocol;

/// <summary>A <see cref="PrivilegeSpec"/> as a part of a frame.</summary>
internal static class PrivilegeSpecCodec
{
    public static WireWriter Privileges(this WireWriter writer, PrivilegeSpec spec) => writer
        .Int64(unchecked((long)spec.Capabilities))
        .Int64(unchecked((long)spec.PermittedCapabilities))
        .Int64(unchecked((long)spec.AddedCapabilities))
        .Boolean(spec.NoNewPrivileges)
        .Boolean(spec.ClosedNetwork)
        .Bytes(spec.SeccompFilter.Span)
        .Int32(unchecked((int)spec.SeccompFlags));

    public static PrivilegeSpec Read(ref WireReader reader) => new()
    {
        Capabilities = unchecked((ulong)reader.Int64()),
        PermittedCapabilities = unchecked((ulong)reader.Int64()),
        AddedCapabilities = unchecked((ulong)reader.Int64()),
        NoNewPrivileges = reader.Boolean(),
        ClosedNetwork = reader.Boolean(),
        SeccompFilter = reader.Bytes().ToArray(),
        SeccompFlags = unchecked((uint)reader.Int32()),
    };
}

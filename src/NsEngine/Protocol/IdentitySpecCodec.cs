using NsModule.Specs;

namespace NsModule.Protocol;

/// <summary>An <see cref="IdentitySpec"/> as a part of a frame.</summary>
internal static class IdentitySpecCodec
{
    public static WireWriter Identity(this WireWriter writer, IdentitySpec spec) => writer
        .String(spec.User)
        .List(spec.SupplementaryGroups, static (w, s) => w.String(s))
        .Int32(spec.Umask)
        .List(spec.UserVariables, static (w, s) => w.String(s))
        .Boolean(spec.UidMapByHelper)
        .Boolean(spec.GidMapByHelper);

    public static IdentitySpec Read(ref WireReader reader) => new()
    {
        User = reader.String(),
        SupplementaryGroups = reader.Strings(),
        Umask = reader.Int32(),
        UserVariables = reader.Strings(),
        UidMapByHelper = reader.Boolean(),
        GidMapByHelper = reader.Boolean(),
    };
}

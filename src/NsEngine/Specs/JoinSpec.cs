using System.Collections.Generic;

namespace NsModule.Specs;

/// <summary>What a running session keeps of its launch for those who join it: a joined command is confined as the session is.</summary>
/// <remarks>Nothing else is kept: arguments, contents of files and environments of hooks may be secrets.</remarks>
internal sealed record JoinSpec
{
    /// <inheritdoc cref="LaunchSpec.DenySetgroups"/>
    public bool DenySetgroups { get; init; }

    /// <inheritdoc cref="LaunchSpec.Identity"/>
    public IdentitySpec Identity { get; init; } = new();

    /// <inheritdoc cref="LaunchSpec.Privileges"/>
    public PrivilegeSpec Privileges { get; init; } = new();

    /// <inheritdoc cref="LaunchSpec.Resources"/>
    public ResourceSpec Resources { get; init; } = new();

    /// <summary>The command's environment, where the session has a root of its own: what joins it begins with that.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>What is kept of a launch.</summary>
    public static JoinSpec Of(LaunchSpec spec) => new()
    {
        DenySetgroups = spec.DenySetgroups,
        Identity = spec.Identity,
        Privileges = spec.Privileges,
        Resources = spec.Resources,
        Environment = spec.FileSystem.HasRoot ? spec.Environment : [],
    };
}

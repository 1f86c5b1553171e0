using System;
using NsModule.Specs;

namespace NsModule.Seccomp;

/// <summary>The filter that -SeccompProfile asks for.</summary>
internal static class SeccompFilter
{
    public const string Default = nameof(Default);
    public const string Unconfined = nameof(Unconfined);

    /// <summary>
    /// The launch with the filter of a profile. The profile may ask which capabilities the launch keeps and whether it has a user
    /// namespace, so it is compiled when all that is settled.
    /// </summary>
    /// <param name="spec">The launch.</param>
    /// <param name="profile">Default, Unconfined, or the path of a file; null for Unconfined, which leaves the launch as it is.</param>
    /// <exception cref="NsException">The profile cannot be used.</exception>
    public static LaunchSpec AddTo(LaunchSpec spec, string? profile)
    {
        (ReadOnlyMemory<byte> code, uint flags) =
            Compile(profile, spec.Privileges.Capabilities, spec.Namespaces.HasFlag(NsNamespaceKind.User));
        return code.IsEmpty ? spec : spec with { Privileges = spec.Privileges with { SeccompFilter = code, SeccompFlags = flags } };
    }

    /// <param name="profile">Default, Unconfined, or the path of a file; null for Unconfined.</param>
    /// <param name="capabilities">What the command may have of capabilities.</param>
    /// <param name="inUserNamespace">Whether it has a user namespace.</param>
    /// <returns>The instructions and the flags; none for Unconfined.</returns>
    /// <exception cref="NsException">The profile cannot be used.</exception>
    public static (ReadOnlyMemory<byte> Code, uint Flags) Compile(string? profile, ulong capabilities, bool inUserNamespace)
    {
        if (profile is null || IsWord(profile, Unconfined))
        {
            return default;
        }

        var context = new SeccompContext(capabilities, inUserNamespace, Environment.OSVersion.Version);
        SeccompProfile read = IsWord(profile, Default)
            ? DefaultSeccompProfile.Create(context)
            : SeccompProfileReader.ReadFile(profile, context);
        return (SeccompCompiler.Compile(read), read.Flags);
    }

    /// <summary>Whether it is one of the words and not a path; a file of such a name is ./Default.</summary>
    public static bool IsWord(string profile) => IsWord(profile, Default) || IsWord(profile, Unconfined);

    private static bool IsWord(string profile, string word) => profile.Equals(word, StringComparison.OrdinalIgnoreCase);
}

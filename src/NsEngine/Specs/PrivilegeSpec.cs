using System;

namespace NsModule.Specs;

/// <summary>What the command may do: capabilities(7), no_new_privs, seccomp(2).</summary>
internal sealed record PrivilegeSpec
{
    /// <summary>The capabilities that the bounding set keeps, bit n for number n; all by default, which drops none.</summary>
    public ulong Capabilities { get; init; } = ulong.MaxValue;

    /// <summary>Of these, those that a command of root's may begin with: where no_new_privs is set, it stays at them.</summary>
    public ulong PermittedCapabilities { get; init; } = ulong.MaxValue;

    /// <summary>Those that were asked for by name: a user other than root gets them as ambient ones, and no others.</summary>
    public ulong AddedCapabilities { get; init; }

    /// <summary>No execve(2) gives more than there is: PR_SET_NO_NEW_PRIVS (prctl(2)).</summary>
    public bool NoNewPrivileges { get; init; }

    /// <summary>Instructions of a seccomp filter (struct sock_filter); empty for none.</summary>
    public ReadOnlyMemory<byte> SeccompFilter { get; init; }

    /// <summary>SECCOMP_FILTER_FLAG_* for it.</summary>
    public uint SeccompFlags { get; init; }

    /// <summary>No sockets of families that a network namespace does not keep in (<c>NetworkFilter</c>).</summary>
    public bool ClosedNetwork { get; init; }
}

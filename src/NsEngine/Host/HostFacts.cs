using System;
using System.Collections.Generic;
using NsModule.Cgroups;

namespace NsModule.Host;

/// <summary>What is known of a machine and a user: what <see cref="HostCapabilities"/> judges by.</summary>
internal sealed record HostFacts
{
    /// <summary>The user's id.</summary>
    public required uint UserId { get; init; }

    /// <summary>See <see cref="Native.ProcessPrivilege.IsAdministrator"/>.</summary>
    public required bool IsAdministrator { get; init; }

    /// <summary>The user's name; its number where it has none.</summary>
    public required string UserName { get; init; }

    /// <summary>What <c>ns-agent probe</c> tried, and the error number it got: 0 for success.</summary>
    public required IReadOnlyDictionary<string, int> Attempts { get; init; }

    /// <summary>The content of a file, trimmed; null where it is not there or may not be read.</summary>
    public required Func<string, string?> ReadFile { get; init; }

    /// <summary>Whether a program is in one of the standard folders.</summary>
    public required Func<string, bool> HasProgram { get; init; }

    /// <summary>Whether a shared library can be loaded.</summary>
    public required Func<string, bool> HasLibrary { get; init; }

    /// <summary>Whether a file may be written.</summary>
    public required Func<string, bool> MayWrite { get; init; }

    /// <summary>The cgroup file system.</summary>
    public required CgroupFiles CgroupFiles { get; init; }

    /// <summary>The cgroups that this process is in.</summary>
    public required IReadOnlyList<CgroupHierarchy> Hierarchies { get; init; }

    /// <summary>
    /// The cgroup that all units of the user's own systemd are below, as it says; null where it does not run, and for root.
    /// </summary>
    public required string? UserManagerCgroup { get; init; }

    /// <summary>The error number of pidfd_open(2) on the own process.</summary>
    public required int PidfdError { get; init; }
}

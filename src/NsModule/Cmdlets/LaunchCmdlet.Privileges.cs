using System.Management.Automation;
using NsModule.Completers;
using NsModule.Seccomp;

namespace NsModule.Cmdlets;

/// <content>What the command may do.</content>
public abstract partial class LaunchCmdlet
{
    /// <summary>
    /// Capabilities to keep besides the default ones: names with or without CAP_, or All. A user other than root gets these and no others.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ArgumentCompleter(typeof(CapabilityCompleter))]
    [ValidateNotNull]
    public string[]? AddCapability { get; set; }

    /// <summary>Capabilities to drop for good: names with or without CAP_, or All.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ArgumentCompleter(typeof(CapabilityCompleter))]
    [ValidateNotNull]
    public string[]? DropCapability { get; set; }

    /// <summary>
    /// Let setuid programs and those with capabilities of their own gain privileges, where no_new_privs is the
    /// default: with a user namespace.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public SwitchParameter AllowNewPrivileges { get; set; }

    /// <summary>
    /// The system calls that the command may make: Unconfined, Default, or a JSON file as docker and the OCI runtimes take it.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ArgumentCompleter(typeof(SeccompProfileCompleter))]
    [ValidateNotNullOrEmpty]
    public string? SeccompProfile { get; set; }

    private string? ResolveSeccompProfile() =>
        SeccompProfile is null || SeccompFilter.IsWord(SeccompProfile) ? SeccompProfile : ResolvePath(SeccompProfile);
}

using System;
using System.Management.Automation;
using NsModule.Completers;

namespace NsModule.Cmdlets;

/// <content>Whom the command runs as.</content>
public abstract partial class LaunchCmdlet
{
    /// <summary>
    /// Auto makes the id maps of this user's sub-ids (/etc/subuid, /etc/subgid): an ordinary user is root inside and has the sub-ids
    /// besides; the host's root is mapped to sub-ids altogether.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public NsSubIds SubId { get; set; }

    /// <summary>The user inside: a name, a number, and a group behind a colon; looked up in the session's root. Root by default.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ArgumentCompleter(typeof(UserCompleter))]
    [AllowEmptyString]
    public string? User { get; set; }

    /// <summary>Groups besides those that the user is in, by name or number.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ArgumentCompleter(typeof(UserCompleter))]
    [ValidateNotNull]
    public string[]? SupplementaryGroup { get; set; }

    /// <summary>The file mode creation mask, an octal number such as 022.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ValidateNotNull]
    public string? Umask { get; set; }
}

using System.Linq;
using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Specs;

namespace NsModule.Commands;

/// <summary>Describes a mount, for -Mount of the cmdlets that launch. Nothing is mounted yet.</summary>
[Cmdlet(VerbsCommon.New, "NsMount", HelpUri = HelpPages.Folder + "New-NsMount.md")]
[OutputType(typeof(NsMount))]
public sealed class NewNsMountCommand : NsCmdlet
{
    /// <summary>The path on the host.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Source { get; set; }

    /// <summary>The path in the session.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? Target { get; set; }

    /// <summary>What it is made of.</summary>
    [Parameter]
    public NsMountType Type { get; set; }

    /// <summary>The file's content: text, lines, or bytes.</summary>
    [Parameter]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public object? Content { get; set; }

    /// <summary>The directories that stay as they are, the uppermost first.</summary>
    [Parameter]
    public string[]? LowerPath { get; set; }

    /// <summary>The directory for the changes.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? UpperPath { get; set; }

    /// <summary>An empty directory beside it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WorkPath { get; set; }

    /// <summary>With all that is mounted below the source.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <summary>With the files' ids as those inside.</summary>
    [Parameter]
    public SwitchParameter IdMap { get; set; }

    /// <summary>The most it may hold, in bytes.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long Size { get; set; }

    /// <summary>Permissions, in octal digits.</summary>
    [Parameter]
    public string? Mode { get; set; }

    /// <summary>Further options of the file system.</summary>
    [Parameter]
    public string[]? Options { get; set; }

    /// <summary>Nothing below it can be written.</summary>
    [Parameter]
    public SwitchParameter ReadOnly { get; set; }

    /// <summary>Nothing below it can be executed.</summary>
    [Parameter]
    public SwitchParameter NoExec { get; set; }

    /// <summary>Set-user-id bits mean nothing below it.</summary>
    [Parameter]
    public SwitchParameter NoSuid { get; set; }

    /// <summary>Device files mean nothing below it.</summary>
    [Parameter]
    public SwitchParameter NoDev { get; set; }

    /// <summary>Whether later mounts pass between host and session.</summary>
    [Parameter]
    public NsMountPropagation Propagation { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Guard(() =>
    {
        // What was given, and nothing else: a switch that is left out means what is usual for the type.
        NsMount mount = MountArgument.FromTable(
            MyInvocation.BoundParameters
                .Where(p => MountArgument.Names.Contains(p.Key))
                .Select(p => (p.Key, p.Value is SwitchParameter on ? on.IsPresent : (object?)p.Value)),
            path => HostPath.Resolve(SessionState, path));
        FileSystemValidator.Validate(mount);
        WriteObject(mount);
    });
}

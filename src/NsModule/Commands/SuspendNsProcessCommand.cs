using System.Management.Automation;
using NsModule.Cmdlets;
using NsModule.Protocol;

namespace NsModule.Commands;

/// <summary>Stops everything in sessions where it is, until Resume-NsProcess. What was stopped already stays so afterwards.</summary>
[Cmdlet(VerbsLifecycle.Suspend, "NsProcess", SupportsShouldProcess = true, HelpUri = HelpPages.Folder + "Suspend-NsProcess.md")]
[OutputType(typeof(NsSession))]
public sealed class SuspendNsProcessCommand : RequestCmdlet
{
    /// <inheritdoc/>
    private protected override string Action => "Suspend";

    /// <inheritdoc/>
    private protected override WireWriter Request => new(FrameKind.Suspend);
}

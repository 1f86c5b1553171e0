using System.Management.Automation;
using NsModule.Cmdlets;
using NsModule.Protocol;

namespace NsModule.Commands;

/// <summary>Lets everything in suspended sessions go on. One that is not suspended is no error.</summary>
[Cmdlet(VerbsLifecycle.Resume, "NsProcess", SupportsShouldProcess = true, HelpUri = HelpPages.Folder + "Resume-NsProcess.md")]
[OutputType(typeof(NsSession))]
public sealed class ResumeNsProcessCommand : RequestCmdlet
{
    /// <inheritdoc/>
    private protected override string Action => "Resume";

    /// <inheritdoc/>
    private protected override WireWriter Request => new(FrameKind.Resume);
}

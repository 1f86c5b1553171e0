using System.Management.Automation;
using NsModule.Cmdlets;
using NsModule.Sessions;

namespace NsModule.Commands;

/// <summary>Removes the records of ended sessions.</summary>
[Cmdlet(VerbsCommon.Remove, "NsProcess", SupportsShouldProcess = true)]
public sealed class RemoveNsProcessCommand : ExitCmdlet
{
    /// <summary>Kill a session that still runs, then remove it.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing() => AwaitEnd(0, session => session.Delete());

    /// <inheritdoc/>
    private protected override void Take(NsSession session)
    {
        if (!session.Refresh().IsFinal && !Force)
        {
            throw SessionErrors.Running(session);
        }

        if (ShouldProcess($"{session.Name} ({session.Id})", "Remove"))
        {
            Watch(session).Stop(0, -1);
        }
    }
}

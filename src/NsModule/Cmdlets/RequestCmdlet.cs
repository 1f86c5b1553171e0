using System.Management.Automation;
using NsModule.Protocol;
using NsModule.Sessions;

namespace NsModule.Cmdlets;

/// <summary>What the cmdlets that have running sessions do something share.</summary>
public abstract class RequestCmdlet : SessionCmdlet
{
    /// <summary>Return the sessions.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>What is asked for, in a word for ShouldProcess.</summary>
    private protected abstract string Action { get; }

    /// <summary>The frame that asks for it.</summary>
    private protected abstract WireWriter Request { get; }

    /// <inheritdoc/>
    private protected override void Take(NsSession session)
    {
        if (!ShouldProcess($"{session.Name} ({session.Id})", Action))
        {
            return;
        }

        if (!session.Ask(Request, StopToken))
        {
            throw Refused(session);
        }

        if (PassThru)
        {
            WriteObject(session);
        }
    }

    /// <summary>Why the supervisor would say no.</summary>
    private protected virtual NsException Refused(NsSession session) => SessionErrors.Ended(session);
}

using System;
using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Completers;
using NsModule.Sessions;

namespace NsModule.Commands;

/// <summary>Ends sessions: asks the command, and kills everything in the session after a grace period.</summary>
[Cmdlet(VerbsLifecycle.Stop, "NsProcess", SupportsShouldProcess = true, HelpUri = HelpPages.Folder + "Stop-NsProcess.md")]
[OutputType(typeof(NsSession))]
public sealed class StopNsProcessCommand : ExitCmdlet
{
    private int _signal;

    /// <summary>Seconds that the command has to end by itself.</summary>
    [Parameter]
    [Alias("GracePeriod")]
    public double GracePeriodSec { get; set; } = StopDefaults.GraceSeconds;

    /// <summary>Kill at once, without asking.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>The signal that asks, by name or number, instead of TERM (and HUP, because interactive shells ignore TERM).</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SignalCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Signal { get; set; }

    /// <summary>Return the sessions.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private int GraceMilliseconds => Force ? -1 : (int)Math.Ceiling(GracePeriodSec * 1000);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Guard(() =>
        {
            _signal = Signal is null ? 0 : SignalArgument.Read(Signal);
            _ = SecondsArgument.Read("grace period", GracePeriodSec, int.MaxValue / 1000);
        });
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => AwaitEnd(GraceMilliseconds, session =>
    {
        if (PassThru)
        {
            WriteObject(session);
        }
    });

    /// <summary>All are asked before any is waited for: their grace periods run at the same time.</summary>
    private protected override void Take(NsSession session)
    {
        if (ShouldProcess($"{session.Name} ({session.Id})", "Stop"))
        {
            Watch(session).Stop(_signal, GraceMilliseconds);
        }
    }
}

using System;
using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Completers;
using NsModule.Sessions;

namespace NsModule.Commands;

/// <summary>Removes the records of ended sessions.</summary>
[Cmdlet(VerbsCommon.Remove, "NsProcess", SupportsShouldProcess = true, HelpUri = HelpPages.Folder + "Remove-NsProcess.md")]
public sealed class RemoveNsProcessCommand : ExitCmdlet
{
    private const string SessionSet = "Session";
    private const string EndedSet = "Ended";

    private DateTime _before = DateTime.MaxValue;

    /// <inheritdoc/>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = SessionSet)]
    [Alias("Id", "Name")]
    [SupportsWildcards]
    [SessionTransformation]
    [ArgumentCompleter(typeof(SessionCompleter))]
    [ValidateNotNullOrEmpty]
    public override object[] Session { get; set; } = [];

    /// <summary>Kill a session that still runs, then remove it.</summary>
    [Parameter(ParameterSetName = SessionSet)]
    public SwitchParameter Force { get; set; }

    /// <summary>All sessions that have ended, or were lost.</summary>
    [Parameter(Mandatory = true, ParameterSetName = EndedSet)]
    public SwitchParameter Ended { get; set; }

    /// <summary>Only those whose end is longer ago than this span of time, or was before this time.</summary>
    [Parameter(ParameterSetName = EndedSet)]
    [ValidateNotNull]
    public object? OlderThan { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _before = OlderThan is null ? DateTime.MaxValue : Guard(() => PastTimeArgument.Read("-OlderThan", OlderThan));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Ended)
        {
            Guard(RemoveEnded);
        }
        else
        {
            base.ProcessRecord();
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => AwaitEnd(0, session => session.Delete());

    private void RemoveEnded()
    {
        foreach (NsSession session in new SessionResolver(Store).All())
        {
            // One that was lost has no time of its end: it is as old as its start.
            SessionRecord record = session.Refresh();
            if (record.IsFinal && (record.ExitTime ?? record.StartTime).UtcDateTime < _before
                && ShouldProcess($"{session.Name} ({session.Id})", "Remove"))
            {
                Try(session.Delete);
            }
        }
    }

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

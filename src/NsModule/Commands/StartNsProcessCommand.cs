using System.Management.Automation;
using NsModule.Launching;
using NsModule.Sessions;

namespace NsModule.Commands;

/// <summary>Starts a command in its own namespaces, on its own terminal, and returns the session at once.</summary>
[Cmdlet(VerbsLifecycle.Start, "NsProcess", SupportsShouldProcess = true, DefaultParameterSetName = LaunchSet)]
[OutputType(typeof(NsSession))]
public sealed class StartNsProcessCommand : LaunchCmdlet
{
    /// <summary>Return the session only when it has ended. Ctrl+C ends the waiting, not the session.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public SwitchParameter Wait { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (!ShouldProcess(Target, Action))
        {
            return;
        }

        NsSession session = Guard(() =>
        {
            using LaunchedSession launched = Launch(attachFirst: false, default);
            launched.Commit();
            return launched.Session;
        });
        if (Wait)
        {
            Guard(() =>
            {
                using ExitWatch watch = ExitWatch.Open(session);
                _ = ExitWatch.WaitAny([watch], -1, StopToken);
            });
            WarnOfLog(session);
        }

        WriteObject(session);
    }
}

using System.Management.Automation;
using System.Threading;
using NsModule.Cmdlets;
using NsModule.Jobs;
using NsModule.Sessions;

namespace NsModule.Commands;

/// <summary>Starts a command in its own namespaces, on its own terminal, and returns the session at once.</summary>
[Cmdlet(
    VerbsLifecycle.Start, "NsProcess", SupportsShouldProcess = true, DefaultParameterSetName = LaunchSet,
    HelpUri = HelpPages.Folder + "Start-NsProcess.md")]
[OutputType(typeof(NsSession), typeof(NsJob))]
public sealed class StartNsProcessCommand : TerminalLaunchCmdlet
{
    /// <summary>Return the session only when it has ended. Ctrl+C ends the waiting, not the session.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public SwitchParameter Wait { get; set; }

    /// <summary>Return a job that follows the session: its output comes with Receive-Job, and Stop-Job ends it.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public SwitchParameter AsJob { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // One of many launches that fails is no reason to leave out the others.
        if (MyInvocation.ExpectingInput)
        {
            Try(Start);
        }
        else
        {
            Guard(Start);
        }
    }

    private void Start()
    {
        if (!ShouldLaunch())
        {
            return;
        }

        NsJob? job = null;
        NsSession session;
        using (LaunchedSession launched = Launch(attachFirst: AsJob))
        {
            session = launched.Session;
            session.RememberEnd();
            job = AsJob ? NsJob.Follow(session) : null;
            launched.Commit();
        }

        if (job is not null)
        {
            JobRepository.Add(job);
        }

        if (Wait && job is null)
        {
            Try(() => WriteStandardError(session, untilEnd: true));
        }

        if (Wait)
        {
            using ExitWatch watch = ExitWatch.Open(session);
            _ = ExitWatch.WaitAny([watch], -1, StopToken);
            WarnOfLog(session);
        }

        // With the session at its end the job has its last lines yet to read.
        _ = Wait && job is not null ? WaitHandle.WaitAny([job.Finished, StopToken.WaitHandle]) : 0;
        WriteObject((object?)job ?? session);
    }
}

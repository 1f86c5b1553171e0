using System.Management.Automation;
using NsModule.Completers;
using NsModule.Console;
using NsModule.Launching;
using NsModule.Protocol;

namespace NsModule.Commands;

/// <summary>Puts the user's terminal into a session: a new one, or one that runs.</summary>
[Cmdlet(VerbsCommon.Enter, "NsTerminal", SupportsShouldProcess = true, DefaultParameterSetName = LaunchSet)]
[OutputType(typeof(NsSession))]
public sealed class EnterNsTerminalCommand : LaunchCmdlet
{
    private const string SessionSet = "Session";

    /// <summary>The running session to attach to: the object, its id or the beginning of it, or its name.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = SessionSet)]
    [Alias("Id")]
    [ArgumentCompleter(typeof(SessionCompleter))]
    [ValidateNotNull]
    public object Session { get; set; } = null!;

    /// <summary>Return the session afterwards.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Guard(() => UserConsole.Require(Host));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        NsSession? session = null;
        try
        {
            session = ParameterSetName == SessionSet ? EnterRunning() : EnterNew();
        }
        catch (NsException e)
        {
            // The exit codes of a shell: 127, 126, and 125 for everything else that kept the command from running.
            SetLastExitCode(e.ExitCode);
            ThrowTerminatingError(ToErrorRecord(e));
        }
        catch (System.OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }

        if (PassThru && session is not null)
        {
            WriteObject(session);
        }
    }

    private NsSession? EnterNew()
    {
        if (!ShouldProcess(Target, Action))
        {
            return null;
        }

        using var console = UserConsole.Take();
        using LaunchedSession launched = Launch(attachFirst: true, console.Size);
        AttachOutcome outcome = console.Attach(launched.Session, StopToken);
        if (outcome != AttachOutcome.Refused)
        {
            launched.Commit();
        }

        Report(outcome, launched.Session);
        return launched.Session;
    }

    private NsSession? EnterRunning()
    {
        NsSession session = new SessionResolver(Store).One(Session);
        if (session.Refresh().IsFinal)
        {
            throw UserConsole.Ended(session);
        }

        if (!ShouldProcess(session.Name, "Attach the terminal"))
        {
            return null;
        }

        using var console = UserConsole.Take();
        Report(console.Attach(session, StopToken), session);
        return session;
    }

    private void Report(AttachOutcome outcome, NsSession session)
    {
        StopToken.ThrowIfCancellationRequested();
        if (!UserConsole.HasEnded(outcome, session))
        {
            WriteWarning($"Left session {session.Name}, which runs on. Come back with: Enter-NsTerminal -Session {session.Id}");
            return;
        }

        if (session.TimedOut)
        {
            WriteWarning($"Session {session.Name} was ended because its time was over (-TimeoutSec).");
        }

        SetLastExitCode(session.ExitCode ?? 0);
    }

    private void SetLastExitCode(int code) => SessionState.PSVariable.Set("global:LASTEXITCODE", code);
}

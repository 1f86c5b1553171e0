using System;
using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Completers;
using NsModule.Console;
using NsModule.Protocol;
using NsModule.Sessions;

namespace NsModule.Commands;

/// <summary>Puts the user's terminal into a session: a new one, or one that runs.</summary>
[Cmdlet(
    VerbsCommon.Enter, "NsTerminal", SupportsShouldProcess = true, DefaultParameterSetName = LaunchSet,
    HelpUri = HelpPages.Folder + "Enter-NsTerminal.md")]
[OutputType(typeof(NsSession))]
public sealed class EnterNsTerminalCommand : TerminalLaunchCmdlet
{
    private const string SessionSet = "Session";

    private string? _detachKeys;

    /// <summary>The running session to attach to: the object, its id or the beginning of it, or its name.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = SessionSet)]
    [Alias("Id")]
    [SessionTransformation]
    [ArgumentCompleter(typeof(SessionCompleter))]
    [ValidateNotNull]
    public object Session { get; set; } = null!;

    /// <summary>
    /// The keys that leave the session without ending it: <c>ctrl-p,ctrl-q</c>, <c>ctrl-\</c>, <c>''</c> for none. By default Ctrl+] three
    /// times within a second, or what $NsDetachKeys says.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(DetachKeysCompleter))]
    [AllowEmptyString]
    public string[]? DetachKeys { get; set; }

    /// <summary>Watch: what is typed is not passed on, and the window's size does not count.</summary>
    [Parameter(ParameterSetName = SessionSet)]
    public SwitchParameter ReadOnly { get; set; }

    /// <summary>Return the session afterwards.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Keep the record, and the output, of a new session whose end is seen here; as -PassThru does.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public SwitchParameter Keep { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Guard(() =>
        {
            UserConsole.Require(Host);
            ReadDetachKeys();
            RefuseContradiction();
        });
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
        catch (OperationCanceledException)
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
        if (!ShouldLaunch())
        {
            return null;
        }

        using var console = UserConsole.Take();
        using LaunchedSession launched = Launch(attachFirst: true, console.Size, UserConsole.Settings);
        launched.Session.RememberEnd();
        AttachOutcome outcome = console.Attach(launched.Session, _detachKeys, readOnly: false, StopToken);
        if (outcome is not (AttachOutcome.Refused or AttachOutcome.NotResponding))
        {
            launched.Commit();
        }

        if (Report(outcome, launched.Session))
        {
            RemoveUnlessKept(launched.Session);
        }

        return launched.Session;
    }

    /// <summary>Who typed exit has seen it all. What ended otherwise is there to be looked at.</summary>
    private void RemoveUnlessKept(NsSession session)
    {
        bool usual = session is { State: NsSessionState.Exited, TimedOut: false, OomKilled: false, HookError: null, OutputLogError: null }
            && session.OutputError is null;
        if (!usual || Keep || PassThru)
        {
            return;
        }

        try
        {
            session.Delete();
        }
        catch (NsException e) when (e.ErrorId == NsErrorId.StateDirectoryUnusable)
        {
            // The command has run, and its exit code is known: what stays of it is no failure of that.
            WriteWarning(e.Message);
        }
    }

    private void RefuseContradiction()
    {
        if (Keep && RemoveOnExit)
        {
            throw new NsException(
                NsErrorId.RetentionConflict,
                NsErrorKind.Argument,
                nameof(Keep),
                "-Keep and -RemoveOnExit contradict each other: the one keeps the record of the session after its end, the other does not. "
                + "Leave one out.");
        }
    }

    private NsSession? EnterRunning()
    {
        NsSession session = new SessionResolver(Store).One(Session);
        if (session.Refresh().IsFinal)
        {
            throw SessionErrors.Ended(session);
        }

        if (!session.HasTerminal)
        {
            throw SessionErrors.NoTerminal(session);
        }

        session.RequireSameVersion();
        if (!ShouldProcess(session.Name, "Attach the terminal"))
        {
            return null;
        }

        using var console = UserConsole.Take();
        _ = Report(console.Attach(session, _detachKeys, ReadOnly, StopToken), session);
        return session;
    }

    /// <summary>Takes the preference variable where the parameter is not given, and refuses what is no key.</summary>
    private void ReadDetachKeys()
    {
        // Unquoted, ctrl-p,ctrl-q is a list to PowerShell.
        string[]? keys = DetachKeys ?? LanguagePrimitives.ConvertTo<string[]?>(SessionState.PSVariable.GetValue("NsDetachKeys"));
        _detachKeys = keys is null ? null : string.Join(',', keys);
        try
        {
            _ = _detachKeys is null ? null : Terminal.DetachKeys.Parse(_detachKeys);
        }
        catch (FormatException e)
        {
            throw new NsException(NsErrorId.InvalidDetachKeys, NsErrorKind.Argument, _detachKeys, e.Message, e);
        }
    }

    /// <returns>Whether it has ended, and not just been left.</returns>
    private bool Report(AttachOutcome outcome, NsSession session)
    {
        StopToken.ThrowIfCancellationRequested();
        WarnOfLog(session);
        bool ended = UserConsole.HasEnded(outcome, session);
        if (ended && !session.Refresh().IsFinal)
        {
            // It could not be written down: the supervisor tells.
            using ExitWatch watch = ExitWatch.Open(session);
            _ = ExitWatch.WaitAny([watch], SessionEnd.SupervisorTimeoutMilliseconds, StopToken);
        }

        // Not before: the terminal was the session's, in raw mode.
        if (!ReadOnly)
        {
            Try(() => WriteStandardError(session, untilEnd: false));
        }

        if (!ended)
        {
            string message = $"Left session {session.Name}, which runs on. Come back with: Enter-NsTerminal -Session {session.Id}";
            if (outcome == AttachOutcome.Left)
            {
                WriteInformation(new HostInformationMessage { Message = message }, ["PSHOST"]);
            }
            else
            {
                WriteWarning(message);
            }

            return false;
        }

        if (session.TimedOut)
        {
            WriteWarning($"Session {session.Name} was ended because its time was over (-TimeoutSec).");
        }

        int code = session.ExitCode ?? 0;
        SetLastExitCode(code);
        if (code != 0)
        {
            // As with a native command: && and || go by it.
            new NativeCommandRuntime(this).Fail();
        }

        return true;
    }

    private void SetLastExitCode(int code) => SessionState.PSVariable.Set("global:LASTEXITCODE", code);
}

using System;
using System.Linq;
using System.Management.Automation;
using System.Threading;
using NsModule.Arguments;
using NsModule.Failures;
using NsModule.Launching;
using NsModule.Native;
using NsModule.Sessions;
using NsModule.Text;

namespace NsModule.Cmdlets;

/// <summary>What all cmdlets of the module share: the store, cancellation, errors.</summary>
public abstract class NsCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private SessionStore? _store;
    private string? _hookError;

    /// <summary>Cancelled when the pipeline is stopped (Ctrl+C).</summary>
    private protected CancellationToken StopToken => _stopping.Token;

    private protected SessionStore Store => _store ??= SessionStore.ForCurrentUser();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void BeginProcessing() => Guard(Platform.Check);

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopping.Cancel();

    /// <summary>Disposes what the cmdlet holds; PowerShell calls it however the pipeline ends.</summary>
    /// <param name="disposing">Always true.</param>
    protected virtual void Dispose(bool disposing) => _stopping.Dispose();

    /// <summary>Does something whose failure ends the statement.</summary>
    private protected void Guard(Action action) => Guard(() =>
    {
        action();
        return true;
    });

    /// <inheritdoc cref="Guard(Action)"/>
    private protected T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (NsException e)
        {
            ThrowTerminatingError(ToErrorRecord(e));
            throw;
        }
        catch (NativeException e)
        {
            ThrowTerminatingError(ToErrorRecord(LaunchErrors.Explain(e)));
            throw;
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>Does something whose failure concerns one object of many.</summary>
    private protected void Try(Action action)
    {
        try
        {
            action();
        }
        catch (NsException e)
        {
            WriteError(ToErrorRecord(e));
        }
        catch (NativeException e)
        {
            WriteError(ToErrorRecord(LaunchErrors.Explain(e)));
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>
    /// Does something with each of the sessions that the arguments mean; what fails with one is no reason to leave out the others.
    /// </summary>
    private protected void ForEachSession(object[] arguments, Action<NsSession> action)
    {
        var resolver = new SessionResolver(Store);
        foreach (object argument in arguments)
        {
            Try(() =>
            {
                foreach (NsSession session in resolver.Many(argument, allowWildcards: true))
                {
                    Try(() => action(session));
                }
            });
        }
    }

    /// <summary>Messages quote names that others may have chosen: no escape sequence in them may act on the user's terminal.</summary>
    private protected new void WriteVerbose(string text) => base.WriteVerbose(PrintableText.Of(text));

    /// <inheritdoc cref="WriteVerbose"/>
    private protected new void WriteWarning(string text) => base.WriteWarning(PrintableText.Of(text));

    /// <inheritdoc cref="WriteVerbose"/>
    private protected new bool ShouldProcess(string target, string action) =>
        base.ShouldProcess(PrintableText.Of(target), PrintableText.Of(action));

    /// <inheritdoc cref="WriteVerbose"/>
    private protected new bool ShouldProcess(string description, string question, string caption)
    {
        string[] lines = [.. description.Split('\n').Select(PrintableText.Of)];
        return base.ShouldProcess(string.Join('\n', lines), PrintableText.Of(question), caption);
    }

    /// <summary>Says once how a hook failed.</summary>
    private protected void WarnOfHook(NsSession session)
    {
        if (session.HookError is string error && error != _hookError)
        {
            _hookError = error;
            WriteWarning($"A hook of session {session.Name} ({session.Id}): {error}.");
        }
    }

    /// <summary>Says so where a session's log is not complete, or a hook failed.</summary>
    private protected void WarnOfLog(NsSession session)
    {
        WarnOfHook(session);
        WarnOfOutput(session);
        if (session.OutputLogError is string error)
        {
            WriteWarning($"The log of session {session.Name} ({session.Id}), {session.OutputLog}, ends before its output does: {error}.");
        }
    }

    /// <summary>Says so where the output of a session that has ended could not be kept.</summary>
    private protected void WarnOfOutput(NsSession session)
    {
        if (session.OutputError is string error)
        {
            WriteWarning($"The output of session {session.Name} ({session.Id}) is not complete: {error}.");
        }
    }

    internal static ErrorRecord ToErrorRecord(NsException e)
    {
        // CategoryInfo shows the target.
        var record = new ErrorRecord(e, e.ErrorId, CategoryOf(e.Kind), e.Target is string text ? PrintableText.Of(text) : e.Target);
        if (ErrorList.Of(e.ErrorId) is ErrorList.Entry entry)
        {
            record.ErrorDetails = new ErrorDetails(e.Message) { RecommendedAction = entry.Action };
        }

        return record;
    }

    /// <summary>PowerShell's word for a kind of failure.</summary>
    internal static ErrorCategory CategoryOf(NsErrorKind kind) => kind switch
    {
        NsErrorKind.Argument => ErrorCategory.InvalidArgument,
        NsErrorKind.NotFound => ErrorCategory.ObjectNotFound,
        NsErrorKind.Exists => ErrorCategory.ResourceExists,
        NsErrorKind.Permission => ErrorCategory.PermissionDenied,
        NsErrorKind.Security => ErrorCategory.SecurityError,
        NsErrorKind.Resource => ErrorCategory.ResourceUnavailable,
        NsErrorKind.State => ErrorCategory.InvalidOperation,
        NsErrorKind.Timeout => ErrorCategory.OperationTimeout,
        NsErrorKind.Write => ErrorCategory.WriteError,
        NsErrorKind.NotSupported => ErrorCategory.NotImplemented,
        NsErrorKind.Installation => ErrorCategory.NotInstalled,
        _ => ErrorCategory.NotSpecified,
    };
}

using System;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Threading;
using NsModule.Host.Hosting;

namespace NsModule.Host.Running;

/// <summary>Runs one command line after the other in the runspace, shows what it returns, and stops it on request.</summary>
internal sealed class CommandRunner(Runspace runspace, NsUserInterface ui)
{
    private readonly Lock _gate = new();
    private Pipeline? _running;

    internal Outcome Run(Command command)
    {
        using Pipeline pipeline = runspace.CreatePipeline();
        pipeline.Commands.Add(command);
        return Run(pipeline);
    }

    /// <summary>Runs a line that was typed, which <c>Get-History</c> remembers.</summary>
    internal Outcome RunLine(string line)
    {
        using Pipeline pipeline = runspace.CreatePipeline(line, addToHistory: true);
        return Run(pipeline);
    }

    /// <summary>Stops what is running, if anything is. For any thread; does not wait.</summary>
    internal void Stop()
    {
        lock (_gate)
        {
            _running?.StopAsync();
        }
    }

    private Outcome Run(Pipeline pipeline)
    {
        try
        {
            Show(pipeline);
            return OutcomeOf(pipeline);
        }
        catch (PipelineStoppedException)
        {
            return Outcome.Interrupted;
        }
        catch (InvalidPipelineStateException)
        {
            // Stopped before it began.
            return Outcome.Interrupted;
        }
        catch (IncompleteParseException exception)
        {
            // pwsh shows nothing here, as the error view has no lines to point at.
            ui.WriteErrorLine(exception.Message);
            return Outcome.Failed;
        }
        catch (Exception exception)
        {
            // Whatever a command dies of, the host does not.
            Report(exception);
            return Outcome.Failed;
        }
    }

    // A loop without commands in it stops without an exception.
    private Outcome OutcomeOf(Pipeline pipeline)
    {
        if (pipeline.PipelineStateInfo.State == PipelineState.Stopped)
        {
            return Outcome.Interrupted;
        }

        return runspace.SessionStateProxy.GetVariable("?") is true ? Outcome.Succeeded : Outcome.Failed;
    }

    // Out-Default gets errors among the objects, marked as errors, so that both appear in the order they came in.
    private void Show(Pipeline pipeline)
    {
        if (pipeline.Commands is [Command command])
        {
            command.MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        }

        pipeline.Commands.Add("Out-Default");
        lock (_gate)
        {
            _running = pipeline;
        }

        try
        {
            _ = pipeline.Invoke();
        }
        finally
        {
            lock (_gate)
            {
                _running = null;
            }
        }
    }

    // The engine gives an error that ended the line to the caller instead of its error stream. Out-Default can show it all the same,
    // but takes it for output.
    private void Report(Exception exception)
    {
        using Pipeline pipeline = runspace.CreatePipeline();
        _ = pipeline.Input.Write((exception as IContainsErrorRecord)?.ErrorRecord
            ?? new ErrorRecord(exception, "NsHost.CommandFailed", ErrorCategory.NotSpecified, targetObject: null));
        try
        {
            ui.ShowsErrorsOnly = true;
            Show(pipeline);
        }
        catch (RuntimeException)
        {
            ui.WriteErrorLine(exception.Message);
        }
        finally
        {
            ui.ShowsErrorsOnly = false;
        }
    }
}

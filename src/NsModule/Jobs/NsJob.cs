using System;
using System.Collections.Generic;
using System.Globalization;
using System.Management.Automation;
using System.Threading;
using NsModule.Cmdlets;
using NsModule.Failures;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;

namespace NsModule.Jobs;

/// <summary>A session as a job: its output line by line, its end as the job's.</summary>
/// <remarks>
/// Completed when the command has ended, whatever its exit code; Failed when the session was lost or its time was over; Stopped by
/// Stop-Job. The job only follows: the session outlives it, and the pwsh it is in.
/// </remarks>
public sealed class NsJob : Job
{
    private readonly CancellationTokenSource _leaving = new();
    private readonly Thread _thread;
    private volatile bool _isStopping;

    private NsJob(NsSession session)
        : base(session.Command, session.Name)
    {
        Session = session;
        PSJobTypeName = nameof(NsJob);
        SupervisorClient? client = Attach();
        _thread = new Thread(() => Run(client)) { IsBackground = true, Name = "NsModule job " + session.Id };
    }

    /// <summary>The session.</summary>
    public NsSession Session { get; }

    /// <summary>The command's exit status; null while it runs.</summary>
    public int? ExitCode => Session.ExitCode;

    /// <inheritdoc/>
    public override bool HasMoreData => Output.Count > 0 || Error.Count > 0;

    /// <inheritdoc/>
    public override string Location => Session.Hostname;

    /// <inheritdoc/>
    public override string StatusMessage => ExitCode is int code ? string.Create(CultureInfo.InvariantCulture, $"exit code {code}") : "";

    /// <summary>Ends the session as Stop-NsProcess does, and returns when it has ended.</summary>
    public override void StopJob()
    {
        if (Finished.WaitOne(0))
        {
            return;
        }

        _isStopping = true;
        SessionEnd.Stop(Session, 0, StopDefaults.GraceMilliseconds);
        _ = Finished.WaitOne();
    }

    /// <summary>Makes a job of a session; of one that awaits its first terminal, this is it.</summary>
    internal static NsJob Follow(NsSession session)
    {
        var job = new NsJob(session);
        job.SetJobState(JobState.Running);
        job._thread.Start();
        return job;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _leaving.Cancel();
            if (Thread.CurrentThread != _thread)
            {
                _thread.Join();
            }

            _leaving.Dispose();
            RemoveRecord();
        }

        base.Dispose(disposing);
    }

    /// <summary>Who removes a job has done with what it has put out: the session's record goes as well, if the session has ended.</summary>
    private void RemoveRecord()
    {
        try
        {
            if (Session.Refresh().IsFinal)
            {
                Session.Delete();
            }
        }
        catch (NsException)
        {
            // It goes with the next launch that finds it beyond $NsRetention.
        }
    }

    private void Run(SupervisorClient? client)
    {
        JobState state = JobState.Completed;
        try
        {
            Thread? errors = Session.HasSeparateError
                ? new Thread(ReadErrors) { IsBackground = true, Name = _thread.Name + " errors" }
                : null;
            errors?.Start();
            try
            {
                using (client)
                {
                    if (client is not null)
                    {
                        ReadOutput(client);
                    }
                }

                AwaitEnd();
            }
            finally
            {
                // It ends with the session, or when the job is removed.
                errors?.Join();
            }

            if (Session.TimedOut)
            {
                throw new NsException(
                    NsErrorId.SessionTimedOut,
                    NsErrorKind.Timeout,
                    Session,
                    $"Session {Session.Name} ({Session.Id}) was ended because its time was over (-TimeoutSec).");
            }

            _ = Session.State == NsSessionState.Lost ? throw SessionErrors.Lost(Session) : true;
        }
        catch (OperationCanceledException)
        {
            // The job is removed.
            return;
        }
        catch (Exception e) when (e is NsException or NativeException)
        {
            state = JobState.Failed;
            Error.Add(NsCmdlet.ToErrorRecord(e as NsException ?? LaunchErrors.Explain((NativeException)e)));
        }

        state = _isStopping ? JobState.Stopped : state;
        Output.Complete();
        SetJobState(state);
    }

    /// <summary>
    /// Attaches, so that the command writes no faster than we read and nothing is lost. With a launch that awaits it, from the first byte.
    /// </summary>
    private SupervisorClient? Attach()
    {
        SupervisorClient? client = SupervisorClient.TryOpen(Session, ClientRole.Collect, _leaving.Token);
        if (client is null || (client.Receive(out FrameKind kind, out _) == true && kind == FrameKind.Welcome))
        {
            return client;
        }

        client.Dispose();
        return null;
    }

    private void ReadOutput(SupervisorClient client)
    {
        var lines = new OutputLines(Session.Id, default, plain: true);
        long expected = 0;
        while (client.TryReceive(-1, out FrameKind kind, out ReadOnlySpan<byte> payload) == true
            && kind is FrameKind.OutputState or FrameKind.TimedOutput)
        {
            if (kind == FrameKind.TimedOutput)
            {
                var mark = OutputMark.Read(payload, out ReadOnlySpan<byte> output);
                if (mark.Position > expected)
                {
                    Warning.Add(new WarningRecord(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{mark.Position - expected} bytes of output of session {Session.Name} ({Session.Id}) "
                            + $"were overwritten before they could be read.")));
                }

                expected = mark.Position + output.Length;
                Add(lines.Feed(mark, output));
            }
        }

        Add(lines.End());

        void Add(IReadOnlyList<OutputLine> complete)
        {
            foreach (OutputLine line in complete)
            {
                Output.Add(new PSObject(line.Text));
            }
        }
    }

    private void ReadErrors()
    {
        try
        {
            using OutputReader reader = OutputReader.Open(Session, _leaving.Token, error: true);
            var lines = new TextLines();
            while (reader.Read(-1, out _, out ReadOnlySpan<byte> error) == true)
            {
                Add(lines.Feed(error));
            }

            Add(lines.End());
        }
        catch (Exception e) when (e is OperationCanceledException or NsException or NativeException)
        {
            // The job's other thread has met the same, and says so.
        }

        void Add(IReadOnlyList<string> complete)
        {
            foreach (string line in complete)
            {
                Error.Add(NativeCommandRuntime.Describe(line, Session));
            }
        }
    }

    private void AwaitEnd()
    {
        using ExitWatch watch = ExitWatch.Open(Session);
        while (!watch.Ended)
        {
            _ = ExitWatch.WaitAny([watch], -1, _leaving.Token);
        }
    }
}

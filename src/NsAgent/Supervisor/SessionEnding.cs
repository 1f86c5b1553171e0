using System;
using NsModule.Agent.Events;
using NsModule.Agent.Launching;
using NsModule.Agent.Output;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Specs;

namespace NsModule.Agent.Supervisor;

/// <summary>
/// What follows when the session's processes are gone: the end is written down, everybody is told, and the supervisor leaves.
/// </summary>
internal sealed class SessionEnding : IDisposable
{
    /// <summary>How often it is tried again to write down how the session ended, where that cannot be written.</summary>
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromSeconds(1);

    private readonly SessionStore _store;
    private readonly LaunchSpec _spec;
    private readonly EventLoop _loop;
    private readonly SessionClients _clients;
    private readonly KeptOutput _output;
    private readonly KeptOutput? _error;
    private readonly LiveRecord _record;
    private readonly SessionName? _name;
    private OneShotTimer? _retry;

    /// <param name="store">Where the session is kept.</param>
    /// <param name="spec">What was launched.</param>
    /// <param name="loop">Stopped when all is done.</param>
    /// <param name="clients">Who is told.</param>
    /// <param name="output">The output to be kept.</param>
    /// <param name="error">The standard error to be kept, where that is not in the output.</param>
    /// <param name="record">The session's record.</param>
    /// <param name="name">The session's name, which is free again when it has ended.</param>
    public SessionEnding(
        SessionStore store,
        LaunchSpec spec,
        EventLoop loop,
        SessionClients clients,
        KeptOutput output,
        KeptOutput? error,
        LiveRecord record,
        SessionName? name)
    {
        (_store, _spec, _loop, _clients) = (store, spec, loop, clients);
        (_output, _error, _record, _name) = (output, error, record, name);
    }

    /// <summary>The last frame for every client, once the command has ended and its output is complete.</summary>
    public byte[]? ExitFrame { get; private set; }

    /// <summary>Whether somebody knows of the session: its launcher has said so, or a terminal or a job has taken it.</summary>
    public bool IsCommitted { get; private set; }

    /// <summary>From now on the session outlives its launcher, and its end is told.</summary>
    public void Commit()
    {
        IsCommitted = true;
        Continue();
    }

    /// <summary>Everything in the session has ended, and its output is complete.</summary>
    /// <param name="record">What there is to be known of it.</param>
    /// <param name="exitCode">The command's exit status.</param>
    public void Begin(SessionRecord record, int exitCode)
    {
        _store.DeleteJoinSpec(_spec.Id);
        Save(record);
        ExitFrame = new WireWriter(FrameKind.Exited).Int32(exitCode).ToFrame();
        Continue();
        _clients.Pump();
        Continue();
    }

    /// <summary>Goes on as far as possible: the supervisor leaves when the end is written down and the last client has gone.</summary>
    public void Continue()
    {
        if (ExitFrame is null || !IsCommitted)
        {
            return;
        }

        if (_record.IsUnsaved)
        {
            RetrySoon();
            return;
        }

        _clients.StopListening();
        if (_clients.IsEmpty)
        {
            if (_spec.RemoveOnExit)
            {
                // Who waited has read the record before leaving.
                Remove();
            }

            _loop.Stop();
        }
    }

    /// <summary>The session's processes are gone, and nobody is to know of it any more.</summary>
    public void Vanish()
    {
        _loop.Stop();
        Remove();
    }

    public void Dispose() => _retry?.Dispose();

    /// <summary>
    /// The output is written before the record says that the session has ended: who reads that finds the output in its place.
    /// </summary>
    private void Save(SessionRecord record)
    {
        string? output = OutputFile.TryWrite(_store.OutputPath(_spec.Id), _output);
        string? error = _error is null ? null : OutputFile.TryWrite(_store.ErrorPath(_spec.Id), _error);
        _record.Change(record with { OutputError = output ?? (error is null ? null : "standard error: " + error) });
        if (!_record.IsUnsaved)
        {
            _name?.Dispose();
            if (!_spec.RemoveOnExit)
            {
                _store.MarkEnded(_spec.Id, DateTimeOffset.UtcNow);
            }
        }
    }

    /// <summary>
    /// Where the end cannot be written, on a file system that is read-only for one, we stay: whoever asks is told, and it is tried again.
    /// </summary>
    private void RetrySoon()
    {
        if (_retry is null)
        {
            _retry = new OneShotTimer(_loop, () =>
            {
                _retry!.Dispose();
                _retry = null;
                Save(_record.Value);
                Continue();
            });
            _retry.Start(s_retryInterval);
        }
    }

    private void Remove()
    {
        try
        {
            _store.Delete(_spec.Id);
        }
        catch (NsException)
        {
            // It stays, as it reads, or Lost: there is nobody to tell.
        }
    }
}

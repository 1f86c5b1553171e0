using System;
using System.Diagnostics;
using System.IO;
using System.IO.Pipes;
using System.Threading;
using NsModule.Failures;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Specs;

namespace NsModule.Launching;

/// <summary>The real spawner: starts <c>ns-agent supervise</c> and has it launch the session.</summary>
internal sealed class AgentSpawner : INsSpawner
{
    private static readonly TimeSpan s_abortTakesAtMost = TimeSpan.FromSeconds(10);

    private readonly SessionStore _store;

    public AgentSpawner(SessionStore store) => _store = store;

    /// <inheritdoc/>
    public LaunchedSession Spawn(LaunchSpec spec, CancellationToken cancellation)
    {
        _store.Prepare();
        Process process = Agent.Start(redirect: true, "supervise", Path.Combine(_store.Path, spec.Id));
        try
        {
            Stream input = process.StandardInput.BaseStream;
            Send(input, LaunchSpecCodec.ToFrame(spec));
            SessionRecord record = AwaitOutcome(process, spec, cancellation);

            // From here on only the way in is needed: its end without a commit ends the session.
            process.StandardOutput.Close();
            process.StandardError.Close();
            return new LaunchedSession(
                new NsSession(_store, record),
                commit: () =>
                {
                    Send(input, new WireWriter(FrameKind.Commit).ToFrame());
                    process.Dispose();
                    input.Dispose();
                },
                abort: () => Abort(process, spec.Id));
        }
        catch
        {
            Abort(process, spec.Id);
            throw;
        }
    }

    private static void Send(Stream stream, byte[] frame)
    {
        try
        {
            stream.Write(frame);
            stream.Flush();
        }
        catch (IOException)
        {
            // It has ended: what it said before that tells more than this.
        }
    }

    private static SessionRecord AwaitOutcome(Process process, LaunchSpec spec, CancellationToken cancellation)
    {
        var output = (PipeStream)process.StandardOutput.BaseStream;
        var decoder = new FrameDecoder();
        using var wakeup = new Wakeup(cancellation);
        while (true)
        {
            _ = wakeup.WaitAny([(int)output.SafePipeHandle.DangerousGetHandle()]);
            int count = output.Read(decoder.Free);
            if (count == 0)
            {
                string said = process.StandardError.ReadToEnd().Trim();
                throw Agent.ExplainSilence(process.WaitForExit(s_abortTakesAtMost) ? process.ExitCode : 0, said);
            }

            decoder.Advance(count);
            if (ReadOutcome(decoder, spec) is SessionRecord record)
            {
                return record;
            }
        }
    }

    /// <summary>Reads how the launch went; null while the answer is not there in full.</summary>
    /// <exception cref="NsException">The launch failed, or the answer is none that this version knows.</exception>
    internal static SessionRecord? ReadOutcome(FrameDecoder decoder, LaunchSpec spec)
    {
        try
        {
            return !decoder.TryRead(out FrameKind kind, out ReadOnlySpan<byte> payload) ? null : kind switch
            {
                FrameKind.Started => SessionRecord.FromJson(new WireReader(payload).Bytes().ToArray()),
                FrameKind.Failed => throw LaunchErrors.Explain(LaunchFailure.Read(payload), spec),
                _ => throw new InvalidDataException("not the outcome of a launch"),
            };
        }
        catch (InvalidDataException e)
        {
            throw Agent.ExplainAnswer(e);
        }
    }

    /// <summary>Ends the supervisor by closing its input, waits until it is gone, and removes what a killed one left.</summary>
    private void Abort(Process process, string id)
    {
        // Not the writer around it, which would flush once more, and throw where the program has ended already.
        process.StandardInput.BaseStream.Dispose();
        if (!process.WaitForExit(s_abortTakesAtMost))
        {
            process.Kill();
            process.WaitForExit();
        }

        process.Dispose();
        if (_store.Read(id) is not { IsFinal: true } record || record.State == NsSessionState.Lost)
        {
            _store.Delete(id);
        }
    }
}

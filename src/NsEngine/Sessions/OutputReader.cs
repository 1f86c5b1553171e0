using System;
using System.IO;
using System.Text;
using System.Threading;
using NsModule.Protocol;

namespace NsModule.Sessions;

/// <summary>
/// Reads a session's output, or its separate standard error, from the oldest that is kept: of one that runs from its supervisor, of one
/// that has ended from the file that it left.
/// </summary>
internal sealed class OutputReader : IDisposable
{
    private readonly NsSession _session;
    private readonly SupervisorClient? _client;
    private readonly FrameDecoder? _file;

    private OutputReader(NsSession session, OutputState state, SupervisorClient? client, FrameDecoder? file)
    {
        _session = session;
        State = state;
        Position = state.Start;
        _client = client;
        _file = file;
    }

    /// <summary>How the output stood when reading began.</summary>
    public OutputState State { get; }

    /// <summary>Position after what has been read.</summary>
    public long Position { get; private set; }

    /// <summary>Whether there is more of what was there when reading began.</summary>
    public bool HasKept => Position < State.End;

    /// <param name="session">The session.</param>
    /// <param name="cancellation">Ends waiting.</param>
    /// <param name="error">The standard error, in place of the output.</param>
    /// <param name="timeoutMilliseconds">How long the supervisor may take to answer; by default as long as it answers others.</param>
    /// <exception cref="NsException">
    /// The session has no terminal, or no separate standard error, was lost, cannot be reached, or its supervisor does not answer.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static OutputReader Open(
        NsSession session, CancellationToken cancellation, bool error = false, long? timeoutMilliseconds = null)
    {
        if (error && !session.HasSeparateError)
        {
            throw SessionErrors.NoSeparateError(session);
        }

        if (!session.HasTerminal)
        {
            throw SessionErrors.NoTerminal(session);
        }

        session.RequireSameVersion();
        ClientRole role = error ? ClientRole.ReadError : ClientRole.Read;
        if (!session.Refresh().IsFinal && SupervisorClient.TryOpen(session, role, cancellation) is SupervisorClient client)
        {
            bool open = false;
            try
            {
                bool? received;
                ReadOnlySpan<byte> payload;
                FrameKind kind;
                while ((received = timeoutMilliseconds is long timeout
                        ? client.TryReceive(timeout, out kind, out payload)
                        : client.Receive(out kind, out payload)) == true
                    && kind is FrameKind.Welcome or FrameKind.OutputState)
                {
                    if (kind == FrameKind.OutputState)
                    {
                        open = true;
                        return new OutputReader(session, OutputState.Read(payload), client, null);
                    }
                }

                _ = received == false ? throw SessionErrors.NotResponding(session) : true;
            }
            catch (InvalidDataException)
            {
            }
            finally
            {
                if (!open)
                {
                    client.Dispose();
                }
            }
        }

        // It has ended, perhaps just now.
        ThrowUnlessEnded(session);
        return OpenFile(session, error ? session.ErrorPath : session.OutputPath);
    }

    /// <summary>Waits for the next piece.</summary>
    /// <param name="timeoutMilliseconds">How long; -1 for as long as it takes, which is not long for what is kept already.</param>
    /// <param name="mark">
    /// Where it is in the stream and when it came. A gap to the piece before was overwritten before it could be read.
    /// </param>
    /// <param name="output">The bytes, valid until the next call.</param>
    /// <returns>Whether there is one; null at the end of the session.</returns>
    /// <exception cref="NsException">The session was lost, or its supervisor does not answer.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public bool? Read(long timeoutMilliseconds, out OutputMark mark, out ReadOnlySpan<byte> output)
    {
        mark = default;
        output = default;
        try
        {
            bool? received = Receive(timeoutMilliseconds, out FrameKind kind, out ReadOnlySpan<byte> payload);
            if (received == false)
            {
                return false;
            }

            if (received == true && kind == FrameKind.TimedOutput)
            {
                mark = OutputMark.Read(payload, out output);
                Position = mark.Position + output.Length;
                return true;
            }
        }
        catch (InvalidDataException)
        {
        }

        ThrowUnlessEnded(_session);
        return null;
    }

    /// <summary>Reads what is kept, whole, as text.</summary>
    /// <exception cref="NsException">The session was lost.</exception>
    public string ReadKept()
    {
        using var bytes = new MemoryStream();
        while (HasKept && Read(-1, out _, out ReadOnlySpan<byte> output) == true)
        {
            bytes.Write(output);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    /// <summary>
    /// Says where the next search is to go on, and waits until that is known. A session that has ended remembers nothing new.
    /// </summary>
    public void SaveSearchedTo(long position)
    {
        if (_client is not null
            && _client.TrySend(new WireWriter(FrameKind.SearchedTo).Int64(position).ToFrame())
            && _client.TrySend(new WireWriter(FrameKind.Confirm).ToFrame()))
        {
            while (_client.Receive(out FrameKind kind, out _) == true && kind is not (FrameKind.Confirm or FrameKind.Exited))
            {
            }
        }
    }

    public void Dispose() => _client?.Dispose();

    private static OutputReader OpenFile(NsSession session, string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There was no output, or no room for it.
            bytes = [];
        }

        var decoder = new FrameDecoder(capacity: bytes.Length + 1);
        bytes.CopyTo(decoder.Free);
        decoder.Advance(bytes.Length);
        var state = new OutputState(0, 0, 0, session.Record.TerminalSize);
        try
        {
            if (decoder.TryRead(out FrameKind kind, out ReadOnlySpan<byte> payload) && kind == FrameKind.OutputState)
            {
                state = OutputState.Read(payload);
            }
        }
        catch (InvalidDataException)
        {
        }

        return new OutputReader(session, state, null, decoder);
    }

    private static void ThrowUnlessEnded(NsSession session)
    {
        if (session.Refresh() is { IsFinal: false } or { State: NsSessionState.Lost })
        {
            throw SessionErrors.NoAnswer(session);
        }
    }

    private bool? Receive(long timeoutMilliseconds, out FrameKind kind, out ReadOnlySpan<byte> payload) =>
        _client is not null && timeoutMilliseconds < 0 && HasKept ? _client.Receive(out kind, out payload)
        : _client is not null ? _client.TryReceive(timeoutMilliseconds, out kind, out payload)
        : _file!.TryRead(out kind, out payload) ? true
        : null;
}

using System;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using NsModule.Protocol;
using NsModule.Terminal;

namespace NsModule.Sessions;

/// <summary>Types into a session, as fast as it takes it.</summary>
internal sealed class InputSender : IDisposable
{
    private const int MaxPiece = 16 * 1024;

    private readonly NsSession _session;
    private readonly SupervisorClient _client;

    /// <exception cref="NsException">The session has ended, or cannot be reached.</exception>
    public InputSender(NsSession session, CancellationToken cancellation)
    {
        _session = session.HasTerminal ? session : throw SessionErrors.NoTerminal(session);
        session.RequireSameVersion();
        _client = (session.Refresh().IsFinal ? null : SupervisorClient.TryOpen(session, ClientRole.Control, cancellation))
            ?? throw SessionErrors.NoAnswer(_session);
    }

    /// <exception cref="NsException">The session has ended, or its supervisor does not answer.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    /// <summary>Types what nobody is to read: no copy of it stays in the memory of this process.</summary>
    /// <inheritdoc cref="Text"/>
    public void Secret(SecureString secret)
    {
        nint unmanaged = Marshal.SecureStringToGlobalAllocUnicode(secret);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetMaxByteCount(secret.Length), pinned: true);
        try
        {
            int count;
            unsafe
            {
                count = Encoding.UTF8.GetBytes(new ReadOnlySpan<char>((void*)unmanaged, secret.Length), bytes);
            }

            Bytes(bytes.AsSpan(0, count));
        }
        finally
        {
            Marshal.ZeroFreeGlobalAllocUnicode(unmanaged);
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <inheritdoc cref="Text"/>
    public void Key(TerminalKey key)
    {
        if (key.CursorFinal != 0)
        {
            Frame(FrameKind.CursorKey, [key.CursorFinal]);
        }
        else
        {
            Bytes(key.Bytes);
        }
    }

    /// <summary>Waits until the supervisor has taken everything: it will reach the command before anything that is sent later.</summary>
    /// <inheritdoc cref="Text"/>
    public void Confirm()
    {
        bool? received = _client.TrySend(new WireWriter(FrameKind.Confirm).ToFrame()) ? true : null;
        FrameKind kind = default;
        while (received == true && kind is not (FrameKind.Confirm or FrameKind.Exited or FrameKind.Error))
        {
            received = _client.Receive(out kind, out _);
        }

        // A session that ends now may well do so because of what was typed: exit.
        if (kind is not (FrameKind.Confirm or FrameKind.Exited) && _session.Refresh().State != NsSessionState.Exited)
        {
            throw SessionErrors.NoAnswer(_session);
        }
    }

    public void Dispose() => _client.Dispose();

    private void Bytes(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> piece = bytes[..Math.Min(MaxPiece, bytes.Length)];
            Frame(FrameKind.Input, piece);
            bytes = bytes[piece.Length..];
        }
    }

    private void Frame(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[WireWriter.HeaderLength + payload.Length];
        WireWriter.WriteHeader(frame, kind, payload.Length);
        payload.CopyTo(frame.AsSpan(WireWriter.HeaderLength));
        bool sent = _client.TrySend(frame);

        // It may have been a secret.
        CryptographicOperations.ZeroMemory(frame);
        if (!sent)
        {
            throw SessionErrors.NoAnswer(_session);
        }
    }
}

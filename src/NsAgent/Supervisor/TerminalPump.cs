using System;
using NsModule.Agent.Events;
using NsModule.Agent.Launching;
using NsModule.Agent.Output;
using NsModule.Native;
using NsModule.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Supervisor;

/// <summary>Moves what is typed to the command's terminal, and what comes from there to the log and to where it is kept.</summary>
/// <remarks>
/// The command writes no faster than the fastest of those reads who work with it; with none attached, or only viewers, as fast as it likes.
/// A command whose readers have all stopped is slowed down, not stopped: it goes on, at a rate that costs next to nothing, and the readers
/// miss output.
/// </remarks>
internal sealed unsafe class TerminalPump : IDisposable
{
    /// <summary>
    /// When the command has ended, the rest is read at once, which is at most what the kernel holds of it. Room is left for that, so that
    /// the fastest reader does not miss it; in a small buffer half of it.
    /// </summary>
    private const int RoomForRest = 256 * 1024;

    /// <summary>How much is read before other events get their turn.</summary>
    private const int ReadSize = 64 * 1024;

    /// <summary>
    /// The kernel hands output out in pieces of up to 4 KiB. A whole one means that the command writes much, and that the next piece is
    /// there in microseconds: it is waited for this long, because passing on many pieces at once wakes the clients less often.
    /// </summary>
    private const int WholePiece = 4000;
    private const int NextPieceMilliseconds = 1;

    /// <summary>How long readers may stop the command, and how much of its output it then gets rid of how often.</summary>
    private static readonly TimeSpan s_heldBackAtMost = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_trickleInterval = TimeSpan.FromMilliseconds(100);
    private const int TrickleSize = 128 * 1024;

    private readonly EventLoop _loop;
    private readonly int _master;
    private readonly InputQueue _input;
    private readonly KeptOutput _output;
    private readonly TerminalModes _modes;
    private readonly SessionClients _clients;
    private readonly OutputLog? _log;
    private readonly LiveRecord _record;

    /// <summary>How far the fastest reader may lag behind before nothing more is read, in bytes.</summary>
    private readonly int _maxLag;
    private OneShotTimer? _trickle;
    private bool _heldBack;
    private bool _ended;

    /// <param name="loop">Where the terminal is watched.</param>
    /// <param name="master">Our side of it (pty(7)); -1 for none.</param>
    /// <param name="input">What is typed.</param>
    /// <param name="output">Where the output is kept.</param>
    /// <param name="modes">Follows the output.</param>
    /// <param name="clients">Who reads it.</param>
    /// <param name="log">Where all of it goes; null for nowhere.</param>
    /// <param name="record">Says how the log failed.</param>
    public TerminalPump(
        EventLoop loop,
        int master,
        InputQueue input,
        KeptOutput output,
        TerminalModes modes,
        SessionClients clients,
        OutputLog? log,
        LiveRecord record)
    {
        (_loop, _master, _input, _output, _modes, _clients, _log, _record) = (loop, master, input, output, modes, clients, log, record);
        _maxLag = output.Capacity - Math.Min(RoomForRest, output.Capacity / 2);
        _ended = master < 0;
        if (!_ended)
        {
            loop.Add(master, (int)EPOLLIN, OnReady);
        }
    }

    /// <summary>Whether the terminal that the session was launched for has yet to come: it is to see everything.</summary>
    public bool AwaitsReader { get; set; }

    /// <summary>Waits for what there is room for: for input while some is left, for output unless the readers lag behind.</summary>
    public void Watch()
    {
        if (_ended)
        {
            return;
        }

        long fastest = _clients.FastestPosition ?? (AwaitsReader ? 0 : long.MaxValue);
        bool room = _output.Bytes.End - fastest < _maxLag;
        if (!room && !_heldBack)
        {
            _trickle ??= new OneShotTimer(_loop, Trickle);
            _trickle.Start(s_heldBackAtMost);
        }

        _heldBack = !room;
        _loop.Modify(_master, (room ? (int)EPOLLIN : 0) | (_input.IsEmpty ? 0 : (int)EPOLLOUT));
    }

    /// <summary>
    /// The command has ended: reads what is left. The kernel has moved it to our side before it says that there is nothing.
    /// </summary>
    public void End()
    {
        _input.Clear();
        while (Read(ReadSize))
        {
        }

        _log?.End();
        NoteLogError();
        Stop();
    }

    public void Dispose() => _trickle?.Dispose();

    private void OnReady(uint events)
    {
        if ((events & (uint)EPOLLOUT) != 0)
        {
            bool wasFull = _input.IsFull;
            _input.Flush();
            if (wasFull && !_input.IsFull)
            {
                _clients.TakeFrames();
            }
        }

        if ((events & ~(uint)EPOLLOUT) != 0)
        {
            _ = Read(ReadSize);
            _clients.Pump();
        }

        Watch();
    }

    private void Trickle()
    {
        if (_heldBack && !_ended)
        {
            _ = Read(TrickleSize);
            _clients.Pump();
            _trickle!.Start(s_trickleInterval);
        }
    }

    /// <summary>Reads what is there, at most about <paramref name="limit"/> bytes; false when nothing is left.</summary>
    private bool Read(int limit)
    {
        long from = _output.Bytes.End;
        bool more = ReadPieces(limit);
        while (from < _output.Bytes.End && _log is not null)
        {
            ReadOnlySpan<byte> piece = _output.Bytes.Slice(from, _output.Capacity);
            _log.Write(piece);
            from += piece.Length;
        }

        NoteLogError();
        return more;
    }

    private bool ReadPieces(int limit)
    {
        for (int left = limit; left > 0;)
        {
            if (!_output.TryRead(_master, left, out ReadOnlySpan<byte> piece))
            {
                // EIO: the terminal was hung up; all that was written before has been read.
                Stop();
                return false;
            }

            if (piece.IsEmpty && (left > ReadSize - WholePiece || !MoreComesSoon()))
            {
                return false;
            }

            _modes.Feed(piece);
            left -= piece.Length;
        }

        return true;
    }

    private bool MoreComesSoon()
    {
        pollfd master = new() { fd = _master, events = (short)POLLIN };
        return Sys.poll(&master, 1, NextPieceMilliseconds) > 0 && (master.revents & POLLIN) != 0;
    }

    private void NoteLogError()
    {
        if (_log?.Error is string error && _record.Value.OutputLogError is null)
        {
            _record.Change(_record.Value with { OutputLogError = error });
        }
    }

    private void Stop()
    {
        _ended = true;
        _loop.Remove(_master);
    }
}

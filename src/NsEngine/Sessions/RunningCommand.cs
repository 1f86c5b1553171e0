using System;
using System.Collections.Generic;
using System.Threading;
using NsModule.Failures;
using NsModule.Native;
using NsModule.Protocol;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Sessions;

/// <summary>What <see cref="RunningCommand.Next"/> has found.</summary>
internal enum CommandEvent
{
    /// <summary>Nothing that anybody need hear of.</summary>
    None,

    /// <summary>There is output in <see cref="RunningCommand.Data"/>.</summary>
    Output,

    /// <summary>There is standard error in <see cref="RunningCommand.Data"/>.</summary>
    Error,

    /// <summary>The command has ended, and all that it put out was handed over.</summary>
    Ended,
}

/// <summary>
/// A command whose standard streams are pipes that this process holds. It lives no longer than this object, nor than this process.
/// </summary>
/// <remarks>
/// The kernel moves the data, straight between the command and this process, and holds back whoever is too fast. One
/// poll(2) is over everything, so nothing that the command leaves unread, or writes in any order, can stop both sides.
/// </remarks>
internal sealed unsafe class RunningCommand : IDisposable
{
    /// <summary>What a pipe holds (pipe(7)).</summary>
    private const int PieceSize = 64 * 1024;

    private readonly LaunchedSession _launched;
    private readonly SupervisorClient _client;
    private readonly Wakeup _wakeup;
    private readonly byte[] _buffer = new byte[PieceSize];
    private readonly pollfd[] _polls = new pollfd[5];
    private Pipe _output = null!;
    private Pipe _error = null!;
    private FileDescriptor _input = null!;
    private ReadOnlyMemory<byte> _pending;
    private bool _inputEnds;
    private bool _connected = true;
    private int _length;

    private RunningCommand(LaunchedSession launched, SupervisorClient client, CancellationToken cancellation)
    {
        _launched = launched;
        _client = client;
        _wakeup = new Wakeup(cancellation);
    }

    /// <summary>The session that the command is.</summary>
    public NsSession Session => _launched.Session;

    /// <summary>What was read last; valid until the next call of <see cref="Next"/>.</summary>
    public ReadOnlySpan<byte> Data => _buffer.AsSpan(0, _length);

    /// <summary>Whether there is input that the command has not taken yet.</summary>
    public bool HasPendingInput => !_pending.IsEmpty;

    /// <summary>The exit status; null until it is known, and where the supervisor was killed.</summary>
    public int? ExitCode => _client.ExitCode;

    /// <summary>Takes the streams of a command that was launched with pipes, and the responsibility for its end.</summary>
    /// <exception cref="NsException">The supervisor cannot be reached, or no descriptor is left.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static RunningCommand Open(LaunchedSession launched, CancellationToken cancellation)
    {
        RunningCommand? command = null;
        try
        {
            SupervisorClient client = SupervisorClient.TryOpen(
                launched.Session, ClientRole.Command, cancellation, SessionEnd.SupervisorTimeoutMilliseconds)
                ?? throw SessionErrors.Lost(launched.Session);
            command = new RunningCommand(launched, client, cancellation);
            command.ReceiveStreams();
            return command;
        }
        catch
        {
            command?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Gives the command input; to be called only without <see cref="HasPendingInput"/>. It is taken by <see cref="Next"/>.
    /// </summary>
    public void Write(ReadOnlyMemory<byte> input) => _pending = _input.Value >= 0 ? input : default;

    /// <summary>Says that there is no more input: the command sees its end when it has taken what is pending.</summary>
    public void EndInput()
    {
        _inputEnds = true;
        CloseDrainedInput();
    }

    /// <summary>Moves one piece of data in each direction.</summary>
    /// <param name="wait">Whether to wait until something can be moved.</param>
    /// <returns>What came.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public CommandEvent Next(bool wait)
    {
        if (!_connected && _output.AtEnd && _error.AtEnd)
        {
            return CommandEvent.Ended;
        }

        _polls[0] = Poll(_pending.IsEmpty ? -1 : _input.Value, POLLOUT);
        _polls[1] = Poll(_output.AtEnd ? -1 : _output.Descriptor.Value, POLLIN);
        _polls[2] = Poll(_error.AtEnd ? -1 : _error.Descriptor.Value, POLLIN);
        _polls[3] = Poll(_connected ? _client.Descriptor : -1, POLLIN);
        if (!_wakeup.Wait(_polls, wait ? -1 : 0))
        {
            return CommandEvent.None;
        }

        if (_polls[0].revents != 0)
        {
            WriteSome();
        }

        // Error first: a command says why before it gives up, and is seldom long about it.
        if (_polls[2].revents != 0 && Read(_error))
        {
            return CommandEvent.Error;
        }

        if (_polls[1].revents != 0 && Read(_output))
        {
            return CommandEvent.Output;
        }

        if (_polls[3].revents != 0)
        {
            ReadSocket();
        }

        return CommandEvent.None;
    }

    /// <summary>
    /// Ends the command, where it still runs, with all that is in its session, and waits until that is so. No record of it remains.
    /// </summary>
    public void Dispose()
    {
        _client.Dispose();
        _wakeup.Dispose();
        _launched.Dispose();
    }

    private static pollfd Poll(int fd, int events) => new() { fd = fd, events = (short)events };

    private void ReceiveStreams()
    {
        IReadOnlyList<FileDescriptor> received = _client.Received;
        while (received.Count == 0 && _connected)
        {
            if (_wakeup.WaitAny([_client.Descriptor], SessionEnd.SupervisorTimeoutMilliseconds) < 0)
            {
                throw SessionErrors.NotResponding(Session);
            }

            ReadSocket();
        }

        if (received.Count != 3)
        {
            throw received.Count > 0 || _connected
                ? LaunchErrors.Explain(new NativeException("recvmsg(SCM_RIGHTS)", EMFILE))
                : SessionErrors.Unreachable(Session);
        }

        _input = received[0];
        (_output, _error) = (new Pipe(received[1]), new Pipe(received[2]));
    }

    private void WriteSome()
    {
        int count;
        int error;
        fixed (byte* p = _pending.Span)
        {
            count = (int)write(_input.Value, p, _pending.Length);
            error = count < 0 ? errno : 0;
        }

        if (count > 0)
        {
            _pending = _pending[count..];
        }
        else if (error != EAGAIN && error != EINTR)
        {
            // EPIPE: the command reads no more. That is its affair.
            _pending = default;
            _input.Dispose();
        }

        CloseDrainedInput();
    }

    private void CloseDrainedInput()
    {
        if (_inputEnds && _pending.IsEmpty)
        {
            _input.Dispose();
        }
    }

    private bool Read(Pipe pipe)
    {
        int limit = (int)Math.Min(_buffer.Length, pipe.Left);
        int error;
        fixed (byte* p = _buffer)
        {
            _length = (int)read(pipe.Descriptor.Value, p, limit);
            error = _length < 0 ? errno : 0;
        }

        if (_length > 0)
        {
            pipe.Left -= _length;
            return true;
        }

        pipe.Left = error == EAGAIN || error == EINTR ? pipe.Left : 0;
        _length = 0;
        return false;
    }

    private void ReadSocket()
    {
        _connected = !_client.ReadEnd();
        if (!_connected && _output is not null)
        {
            // What it wrote is in the pipes now. A process that it left behind in a joined session may hold them open and write on:
            // that is no longer its output.
            _output.EndHere();
            _error.EndHere();
            _pending = default;
        }
    }

    /// <summary>A pipe that is read.</summary>
    private sealed class Pipe(FileDescriptor descriptor)
    {
        public FileDescriptor Descriptor { get; } = descriptor;

        /// <summary>How much more of it counts.</summary>
        public long Left { get; set; } = long.MaxValue;

        public bool AtEnd => Left == 0;

        /// <summary>Nothing that is written from now on counts.</summary>
        public void EndHere()
        {
            int unread = 0;
            _ = ioctl(Descriptor.Value, Sys.FIONREAD, &unread);
            Left = Math.Min(Left, unread);
        }
    }
}

using System;
using System.Collections.Generic;
using System.Text;
using NsModule.Agent.Init;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Launching;

/// <summary>
/// The supervisor's end of the socket to init and to the command before it executes: their reports come in, the go-ahead goes out.
/// </summary>
internal sealed unsafe class InitChannel : IDisposable
{
    private readonly FileDescriptor _ours;
    private readonly byte[] _said;

    private InitChannel(FileDescriptor ours, FileDescriptor theirs, int room) => (_ours, Theirs, _said) = (ours, theirs, new byte[room]);

    /// <summary>What a process said, and who it is.</summary>
    /// <param name="Report">The report.</param>
    /// <param name="Sender">Its pid as this PID namespace knows it (SCM_CREDENTIALS, unix(7)).</param>
    /// <param name="Descriptor">The descriptor that came with it; -1 for none.</param>
    /// <param name="Said">What a hook has written, where the report is about one.</param>
    public readonly record struct Message(Report Report, int Sender, int Descriptor, string Said);

    /// <summary>
    /// The other end, for the child. To be closed here once it is made: then the channel ends when the last process
    /// that has not executed yet is gone.
    /// </summary>
    public FileDescriptor Theirs { get; }

    /// <param name="room">For how much of what a hook has written; 0 without hooks.</param>
    /// <exception cref="LaunchException">There are no descriptors left.</exception>
    public static InitChannel Open(int room)
    {
        int* ends = stackalloc int[2];
        Check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
        var channel = new InitChannel(new FileDescriptor(ends[0]), new FileDescriptor(ends[1]), room);
        int on = 1;
        Check(setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(int)));
        return channel;
    }

    /// <summary>The next report; null at the end.</summary>
    public Message? Receive()
    {
        const int ControlLength = 128;
        Report report;
        iovec* vectors = stackalloc iovec[2];
        byte* control = stackalloc byte[ControlLength];
        msghdr message = default;
        long length;
        fixed (byte* said = _said)
        {
            vectors[0] = new iovec { iov_base = &report, iov_len = sizeof(Report) };
            vectors[1] = new iovec { iov_base = said, iov_len = _said.Length };
            message.msg_iov = vectors;
            message.msg_iovlen = 2;
            message.msg_control = control;
            do
            {
                message.msg_controllen = ControlLength;
                length = recvmsg(_ours.Value, &message, MSG_CMSG_CLOEXEC);
            }
            while (length < 0 && errno == EINTR);
        }

        if (length < sizeof(Report))
        {
            return null;
        }

        List<FileDescriptor> received = [];
        int sender = ControlMessages.Take(message, received);
        int descriptor = received.Count > 0 ? received[0].Release() : -1;
        received.ForEach(d => d.Dispose());
        return new Message(report, sender, descriptor, Encoding.UTF8.GetString(_said, 0, (int)length - sizeof(Report)).Trim());
    }

    /// <summary>Lets the process that waits go on.</summary>
    public void SendWord()
    {
        byte word = 1;
        _ = send(_ours.Value, &word, 1, MSG_NOSIGNAL);
    }

    public void Dispose()
    {
        _ours.Dispose();
        Theirs.Dispose();
    }

    private static void Check(int result) => _ = result >= 0 ? result : throw new LaunchException(LaunchStep.Descriptors, errno);
}

using System;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Launching;

/// <summary>A command's standard streams, both ends: the terminal's slave side, or pipes (pipe(7)).</summary>
internal sealed class CommandStreams : IDisposable
{
    private readonly FileDescriptor[] _owned;

    private CommandStreams(
        int input,
        int output,
        int error,
        FileDescriptor? toInput,
        FileDescriptor? fromOutput,
        FileDescriptor? fromError,
        params FileDescriptor[] owned)
    {
        (Input, Output, Error) = (input, output, error);
        (ToInput, FromOutput, FromError) = (toInput, fromOutput, fromError);
        _owned = owned;
    }

    /// <summary>What becomes the command's descriptor 0.</summary>
    public int Input { get; }

    /// <summary>What becomes its descriptor 1.</summary>
    public int Output { get; }

    /// <summary>What becomes its descriptor 2.</summary>
    public int Error { get; }

    /// <summary>Our end of its input, where that is a pipe.</summary>
    public FileDescriptor? ToInput { get; }

    /// <summary>Our end of its output, where that is a pipe.</summary>
    public FileDescriptor? FromOutput { get; }

    /// <summary>Our end of its error, where that is a pipe.</summary>
    public FileDescriptor? FromError { get; }

    /// <exception cref="LaunchException">There are no descriptors left.</exception>
    /// <param name="kind">What is wanted.</param>
    /// <param name="slave">The terminal's slave side; -1 where there is none, or init opens it.</param>
    public static CommandStreams Open(StandardStreams kind, int slave)
    {
        if (kind == StandardStreams.Terminal)
        {
            return new CommandStreams(slave, slave, slave, null, null, null);
        }

        (FileDescriptor fromError, FileDescriptor error) = Pipe();
        if (kind == StandardStreams.TerminalAndError)
        {
            MakeNonBlocking(fromError);
            return new CommandStreams(slave, slave, error.Value, null, null, fromError, error);
        }

        (FileDescriptor input, FileDescriptor toInput) = Pipe();
        (FileDescriptor fromOutput, FileDescriptor output) = Pipe();
        foreach (FileDescriptor ours in (FileDescriptor[])[toInput, fromOutput, fromError])
        {
            MakeNonBlocking(ours);
        }

        return new CommandStreams(input.Value, output.Value, error.Value, toInput, fromOutput, fromError, input, output, error);
    }

    /// <summary>
    /// Makes the user that the command runs as the owner of its streams, so that it may open them again
    /// (/dev/stderr, proc(5)). The group stays.
    /// </summary>
    /// <returns>Whether it may be done; errno says why not.</returns>
    public bool TryGiveTo(uint owner) =>
        Array.TrueForAll(
            [Input, Output, Error],
            stream => stream < 0 || fchown(stream, (uid_t)owner, unchecked((gid_t)uint.MaxValue)) == 0);

    /// <summary>Closes the command's ends of pipes: while we hold one, nobody sees its end.</summary>
    public void CloseTheirs() => Array.ForEach(_owned, d => d.Dispose());

    /// <summary>Closes our ends.</summary>
    public void CloseOurs()
    {
        ToInput?.Dispose();
        FromOutput?.Dispose();
        FromError?.Dispose();
    }

    public void Dispose()
    {
        CloseTheirs();
        CloseOurs();
    }

    /// <summary>Ours only: the command's end is a description of its own, and programs expect it to block.</summary>
    private static void MakeNonBlocking(FileDescriptor end) => _ = fcntl(end.Value, F_SETFL, O_NONBLOCK);

    private static unsafe (FileDescriptor Read, FileDescriptor Write) Pipe()
    {
        int* ends = stackalloc int[2];
        return pipe2(ends, O_CLOEXEC) == 0
            ? (new FileDescriptor(ends[0]), new FileDescriptor(ends[1]))
            : throw new LaunchException(LaunchStep.Streams, errno);
    }
}

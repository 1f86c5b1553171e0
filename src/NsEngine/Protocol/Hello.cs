using System;

namespace NsModule.Protocol;

/// <summary>What a client wants of the supervisor.</summary>
internal enum ClientRole
{
    /// <summary>Output, and input from its terminal.</summary>
    Attach = 0,

    /// <summary>To command (stop, type) and to hear of the end; no output.</summary>
    Control = 1,

    /// <summary>Output with its times, from the oldest that is kept, for as long as the reader stays.</summary>
    Read = 2,

    /// <summary>The command's standard streams, where they are pipes: the first who asks gets them.</summary>
    Command = 3,

    /// <summary>As <see cref="Read"/>, but the standard error, where that is not the terminal.</summary>
    ReadError = 4,

    /// <summary>As <see cref="Read"/>, but the command writes no faster than it is read: a job, which is to have everything.</summary>
    Collect = 5,
}

/// <summary>A client's first frame.</summary>
/// <param name="Role">What it wants.</param>
/// <param name="Size">Its terminal's size; default where it has none.</param>
/// <param name="ReadOnly">It watches: its input is refused and its size does not count.</param>
internal readonly record struct Hello(ClientRole Role, NsTerminalSize Size, bool ReadOnly = false)
{
    /// <summary>
    /// The version of the protocol between supervisor and clients: both ends come from one module folder, but a session may outlive an
    /// update of it. A session's record has it, too.
    /// </summary>
    public const int Version = 1;

    public byte[] ToFrame() =>
        new WireWriter(FrameKind.Hello).Int32(Version).Int32((int)Role).Int32(Size.Columns).Int32(Size.Rows).Boolean(ReadOnly).ToFrame();

    /// <summary>Reads a hello; null for one of another version, unless it is from who comes to command.</summary>
    /// <remarks>
    /// A hello of <see cref="ClientRole.Control"/>, <see cref="FrameKind.Stop"/> and <see cref="FrameKind.Exited"/> are the same in all
    /// versions: each version of the module can stop, and wait for, the sessions of any other.
    /// </remarks>
    public static Hello? Read(ReadOnlySpan<byte> payload)
    {
        var reader = new WireReader(payload);
        if (reader.Int32() == Version)
        {
            return new Hello((ClientRole)reader.Int32(), ReadSize(ref reader), reader.Boolean());
        }

        return !reader.AtEnd && (ClientRole)reader.Int32() == ClientRole.Control ? new Hello(ClientRole.Control, default) : null;
    }

    /// <summary>Columns and rows, as they stand in a hello and in a resize frame. Out of range becomes 0: unknown.</summary>
    public static NsTerminalSize ReadSize(ref WireReader reader)
    {
        int columns = reader.Int32();
        int rows = reader.Int32();
        return columns is > 0 and <= ushort.MaxValue && rows is > 0 and <= ushort.MaxValue
            ? new NsTerminalSize((ushort)columns, (ushort)rows)
            : default;
    }
}

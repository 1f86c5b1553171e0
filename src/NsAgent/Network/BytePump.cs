using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>
/// One direction of a connection: what comes from one socket goes to another, through a buffer of a fixed size; its end, too.
/// </summary>
internal sealed unsafe class BytePump
{
    private const int Capacity = 32 * 1024;

    private readonly int _from;
    private readonly int _to;
    private readonly byte[] _buffer = new byte[Capacity];
    private int _start;
    private int _end;
    private bool _ended;

    public BytePump(int from, int to)
    {
        _from = from;
        _to = to;
    }

    /// <summary>Reading could go on.</summary>
    public bool WantsInput => !_ended && _start == _end;

    /// <summary>There is something to write.</summary>
    public bool WantsOutput => _start < _end;

    /// <summary>All has been passed on, and the end.</summary>
    public bool IsDone { get; private set; }

    /// <summary>One of the two sockets has failed.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Moves what can be moved now.</summary>
    public void Move()
    {
        while (!IsDone && !IsBroken && (_start < _end ? Write() : Read()))
        {
        }
    }

    private bool Read()
    {
        if (_ended)
        {
            _ = shutdown(_to, SHUT_WR);
            IsDone = true;
            return false;
        }

        int count;
        fixed (byte* p = _buffer)
        {
            count = (int)recv(_from, p, _buffer.Length, 0);
        }

        if (count < 0)
        {
            IsBroken = errno != EAGAIN && errno != EINTR;
            return false;
        }

        (_start, _end, _ended) = (0, count, count == 0);
        return true;
    }

    private bool Write()
    {
        int count;
        fixed (byte* p = _buffer)
        {
            count = (int)send(_to, p + _start, _end - _start, MSG_NOSIGNAL);
        }

        if (count < 0)
        {
            IsBroken = errno != EAGAIN && errno != EINTR;
            return false;
        }

        _start += count;
        return true;
    }
}

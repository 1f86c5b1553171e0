using System;

namespace NsModule.Sessions;

/// <summary>One look at /proc for all sessions of a listing, which are asked for their figures one after the other.</summary>
/// <remarks>
/// It is taken anew when it is older than four times what it took: so looking never takes more than a fifth of the time, on a machine with
/// ten processes and on one with ten thousand.
/// </remarks>
internal sealed class SharedProcesses
{
    /// <summary>How many times as long as it took to take it a look holds.</summary>
    private const int HoldsTimesItsDuration = 4;

    private readonly Func<SessionProcesses> _read;
    private readonly TimeProvider _clock;
    private readonly object _lock = new();
    private SessionProcesses? _last;
    private long _lastAt;
    private TimeSpan _took;

    public SharedProcesses()
        : this(SessionProcesses.Read, TimeProvider.System)
    {
    }

    /// <param name="read">Looks at all processes.</param>
    /// <param name="clock">How old a look is.</param>
    internal SharedProcesses(Func<SessionProcesses> read, TimeProvider clock) => (_read, _clock) = (read, clock);

    /// <summary>The processes now, or a moment ago.</summary>
    public SessionProcesses Now()
    {
        lock (_lock)
        {
            if (_last is null || _clock.GetElapsedTime(_lastAt) > _took * HoldsTimesItsDuration)
            {
                long before = _clock.GetTimestamp();
                _last = _read();
                _lastAt = _clock.GetTimestamp();
                _took = _clock.GetElapsedTime(before, _lastAt);
            }

            return _last;
        }
    }
}

using System;

namespace NsModule.Native;

/// <summary>When a wait has to be over, by a clock that nobody sets; or never.</summary>
internal readonly record struct TimeLimit
{
    private readonly long? _end;

    private TimeLimit(long? end) => _end = end;

    /// <summary>What is left in milliseconds: 0 where it has passed, -1 for no limit.</summary>
    public long Left => _end is long end ? Math.Max(0, end - Environment.TickCount64) : -1;

    /// <summary>The same as poll(2) takes it, which may have to be asked again.</summary>
    public int PollTimeout => (int)Math.Min(Left, int.MaxValue);

    /// <summary>Whether nothing is left.</summary>
    public bool HasPassed => Left == 0;

    /// <summary>A limit in so many milliseconds from now; none for a negative number.</summary>
    public static TimeLimit In(long milliseconds) => new(milliseconds < 0 ? null : Environment.TickCount64 + milliseconds);

    /// <summary>A limit in so many seconds from now; none for a negative number.</summary>
    public static TimeLimit InSeconds(double seconds) => In(seconds < 0 ? -1 : (long)(seconds * 1000));

    /// <summary>So many milliseconds, or what is left where that is less.</summary>
    public long Within(long milliseconds) => Left is var left && left >= 0 ? Math.Min(milliseconds, left) : milliseconds;
}

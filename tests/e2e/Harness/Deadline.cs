using System;

namespace NsModule.EndToEndTests.Harness;

/// <summary>How long a test waits for what must happen: long enough for any machine, so only what never happens fails by it.</summary>
internal sealed class Deadline
{
    private const long TimeoutMilliseconds = 60_000;

    /// <summary>A program that shows something for ever, such as a bell each second, gets nowhere all the same.</summary>
    private const long AtMostMilliseconds = 300_000;

    private readonly long _last = Environment.TickCount64 + AtMostMilliseconds;
    private long _end = Environment.TickCount64 + TimeoutMilliseconds;

    /// <summary>The time left, as poll(2) takes it.</summary>
    public int Left => (int)Math.Max(0, Math.Min(_end, _last) - Environment.TickCount64);

    public bool HasPassed => Left == 0;

    /// <summary>Something went forward.</summary>
    public void Extend() => _end = Environment.TickCount64 + TimeoutMilliseconds;
}

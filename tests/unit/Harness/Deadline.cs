using System;

namespace NsModule.UnitTests.Harness;

/// <summary>How long a test waits for what must happen: long enough for any machine, so only what never happens fails by it.</summary>
internal readonly struct Deadline
{
    private const long Milliseconds = 60_000;

    private readonly long _end = Environment.TickCount64 + Milliseconds;

    public Deadline()
    {
    }

    /// <summary>The time left, as poll(2) takes it.</summary>
    public int Left => (int)Math.Max(0, _end - Environment.TickCount64);

    public bool HasPassed => Left == 0;
}

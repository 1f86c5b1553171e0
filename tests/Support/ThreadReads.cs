using System;
using System.Globalization;
using System.IO;
using System.Linq;

namespace NsModule.Testing;

/// <summary>Counts read(2) and its like that this thread makes (proc_pid_io(5)): what something costs, without a clock.</summary>
internal static class ThreadReads
{
    private const int Tries = 10;

    /// <summary>
    /// How many an action takes. Now and then the runtime reads for itself, when it compiles, so the least of some tries counts.
    /// </summary>
    /// <param name="prepare">Done before each try, and not counted.</param>
    /// <param name="action">What is counted.</param>
    public static long Least(Action prepare, Action action) => Enumerable.Range(0, Tries).Min(_ =>
    {
        prepare();
        long before = Count();
        action();
        return Count() - before;
    });

    private static long Count() => long.Parse(
        File.ReadLines("/proc/thread-self/io").First(l => l.StartsWith("syscr: ", StringComparison.Ordinal))[7..],
        CultureInfo.InvariantCulture);
}

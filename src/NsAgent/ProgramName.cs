using System;
using NsModule.Native;
using static Tmds.Linux.LibC;

namespace NsModule.Agent;

/// <summary>The name that ps(1) shows: the program's, not that of the descriptor it was executed from.</summary>
internal static unsafe class ProgramName
{
    public static void Set()
    {
        ReadOnlySpan<byte> name = "ns-agent\0"u8;
        fixed (byte* p = name)
        {
            _ = Sys.prctl(Sys.PR_SET_NAME, (nuint)p, 0, 0, 0);
        }

        if (ProcStat.TryRead(getpid()) is not ProcStat stat)
        {
            return;
        }

        var arguments = new Span<byte>((byte*)stat.ArgumentsStart, (int)(stat.ArgumentsEnd - stat.ArgumentsStart));
        int first = arguments.IndexOf((byte)0) + 1;
        if (first > name.Length && arguments.StartsWith("/proc/self/fd/"u8))
        {
            Span<byte> rest = arguments[first..];
            name.CopyTo(arguments);
            rest.CopyTo(arguments[name.Length..]);
            arguments[(name.Length + rest.Length)..].Clear();
        }
    }
}

using System;
using System.Globalization;
using System.IO;
using NsModule.Native;

namespace NsModule.Agent;

/// <summary>The name that ps(1) shows: the program's, not that of the descriptor it was executed from.</summary>
internal static unsafe class ProgramName
{
    /// <summary>Fields of /proc/PID/stat (proc(5)), counted from 1, after the name's closing parenthesis, which ends field 2.</summary>
    private const int ArgStart = 48 - 3;
    private const int ArgEnd = 49 - 3;

    public static void Set()
    {
        ReadOnlySpan<byte> name = "ns-agent\0"u8;
        fixed (byte* p = name)
        {
            _ = Sys.prctl(Sys.PR_SET_NAME, (nuint)p, 0, 0, 0);
        }

        string stat = File.ReadAllText("/proc/self/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        byte* start = (byte*)nuint.Parse(fields[ArgStart], CultureInfo.InvariantCulture);
        byte* end = (byte*)nuint.Parse(fields[ArgEnd], CultureInfo.InvariantCulture);
        var arguments = new Span<byte>(start, (int)(end - start));
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

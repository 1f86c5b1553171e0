using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using NsModule.Bench.Measuring;
using NsModule.Bench.Running;
using NsModule.Launching;
using NsModule.Native;

namespace NsModule.Bench.Benchmarks;

/// <summary>One keystroke until its echo is on the user's screen; <c>cat</c> on a raw terminal echoes, as a line editor would.</summary>
internal sealed class EchoBenchmark : IBenchmark
{
    private const string Ours = "NsModule attach";
    private const string Bare = "bare PTY";
    private const string Script = "script";
    private const string Command = "stty raw -echo; echo ready; exec cat";

    public string Name => "echo";

    public void Run(int? rounds)
    {
        Report.Heading("Echo of a keystroke");
        using var engine = new Engine();
        using var bare = new BenchPty();
        using var ours = new BenchPty();
        using var scripts = new BenchPty();
        NsSession session = engine.Start("/bin/sh", "-c", Command);
        var processes = new List<Process>
        {
            Spawn.Start(bare.Slave.Value, bare.Slave.Value, bare.Slave.Value, "/bin/sh", "-c", Command),
            Spawn.Start(
                ours.Slave.Value,
                ours.Slave.Value,
                2,
                Agent.Path,
                "attach",
                session.SocketPath,
                Environment.ProcessId.ToString(CultureInfo.InvariantCulture)),
        };
        var contenders = new List<Contender> { new(Bare, () => Keystroke(bare)), new(Ours, () => Keystroke(ours)) };
        string? script = Spawn.Find("script");
        if (script is not null)
        {
            processes.Add(Spawn.Start(scripts.Slave.Value, scripts.Slave.Value, 2, script, "-qc", Command, "/dev/null"));
            contenders.Add(new Contender(Script, () => Keystroke(scripts)));
        }

        try
        {
            foreach (BenchPty pty in script is null ? (BenchPty[])[bare, ours] : [bare, ours, scripts])
            {
                Descriptors.ReadUntil(pty.Master.Value, "ready"u8);
            }

            // What else was on its way ("\n") is there by now or comes with the first echoes of the warm-up.
            Dictionary<string, Samples> results = Interleaved.Run(contenders, rounds ?? 5000, warmUp: 200);
            Report.Table("µs", results, Bare, script is null ? [Script] : []);
            Report.Target("ours - bare PTY", results[Ours].Median - results[Bare].Median, 100, " µs");
        }
        finally
        {
            engine.Kill([session]);
            foreach (Process process in processes)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
                process.Dispose();
            }
        }
    }

    private static double Keystroke(BenchPty pty)
    {
        Span<byte> screen = stackalloc byte[256];
        long start = Stopwatch.GetTimestamp();
        Descriptors.Write(pty.Master.Value, "x"u8);
        int count;
        do
        {
            count = Descriptors.Read(pty.Master.Value, screen);
        }
        while (count > 0 && !screen[..count].Contains((byte)'x'));
        return count > 0 ? Stopwatch.GetElapsedTime(start).TotalMicroseconds : throw new BenchmarkException("A terminal ended.");
    }
}

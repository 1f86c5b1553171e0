using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Text;
using NsModule.Bench.Measuring;
using NsModule.Bench.Running;
using NsModule.Launching;
using NsModule.Native;

namespace NsModule.Bench.Benchmarks;

/// <summary><c>cat</c> of 200 MB of text lines on a terminal, shown to /dev/null.</summary>
internal sealed class ThroughputBenchmark : IBenchmark
{
    private const string Ours = "NsModule attach";
    private const string Bare = "bare loop";
    private const string Script = "script";
    private const int LineLength = 80;
    private const int Lines = 200_000_000 / LineLength;

    public string Name => "throughput";

    public void Run(int? rounds)
    {
        Report.Heading("200 MB of cat through the terminal into /dev/null");
        string file = Path.Combine("/dev/shm", string.Create(CultureInfo.InvariantCulture, $"nsbench-{Environment.ProcessId}.txt"));
        using var engine = new Engine();
        using FileDescriptor none = Descriptors.Null();
        try
        {
            WriteLines(file);
            var contenders = new List<Contender>
            {
                new(Ours, () => Speed(() => Attach(engine, file, none))),
                new(Bare, () => Speed(() => ReadMaster(file))),
            };
            string? script = Spawn.Find("script");
            if (script is not null)
            {
                contenders.Add(new Contender(
                    Script,
                    () => Speed(() => Spawn.Time(none.Value, script, "-qec", $"cat {file}", "/dev/null"))));
            }

            Dictionary<string, Samples> results = Interleaved.Run(contenders, rounds ?? 5, warmUp: 1);
            Report.Table("MB/s", results, Bare, script is null ? [Script] : []);
            Report.Target("ours / bare loop", results[Ours].Median / results[Bare].Median, 0.9, atLeast: true);
            if (results.TryGetValue(Script, out Samples? samples))
            {
                Report.Target("ours / script", results[Ours].Median / samples.Median, 1.0, atLeast: true);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>What Enter-NsTerminal does once the session runs: <c>ns-agent attach</c> as a child, to the session's end.</summary>
    private static double Attach(Engine engine, string file, FileDescriptor none)
    {
        // The command waits for a line, so that nothing is shown before somebody looks.
        NsSession session = engine.Start("/bin/sh", "-c", "read go; exec cat \"$0\"", file);
        (FileDescriptor input, FileDescriptor keyboard) = Descriptors.Pipe();
        using (input)
        using (keyboard)
        {
            long start = Stopwatch.GetTimestamp();
            Process attach = Spawn.Start(
                input.Value,
                none.Value,
                2,
                Agent.Path,
                "attach",
                session.SocketPath,
                Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            Descriptors.Write(keyboard.Value, "\n"u8);
            Spawn.AwaitSuccess(attach);
            double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            engine.Clean(session);
            return elapsed;
        }
    }

    /// <summary>The least that anything on a PTY can do: read the master, 64 KiB at a time, and drop it.</summary>
    private static double ReadMaster(string file)
    {
        using var pty = new BenchPty();
        long expected = (long)Lines * (LineLength + 1);
        byte[] buffer = new byte[64 * 1024];
        long start = Stopwatch.GetTimestamp();
        Process cat = Spawn.Start(pty.Slave.Value, pty.Slave.Value, 2, "/bin/cat", file);
        for (long done = 0; done < expected;)
        {
            done += Descriptors.Read(pty.Master.Value, buffer);
        }

        Spawn.AwaitSuccess(cat);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>Megabytes of the file in a second.</summary>
    private static double Speed(Func<double> milliseconds) => Lines * (double)LineLength / 1000 / milliseconds();

    private static void WriteLines(string file)
    {
        using var writer = new StreamWriter(file, append: false, Encoding.ASCII, bufferSize: 1 << 20);
        for (int i = 0; i < Lines; i++)
        {
            writer.Write(i.ToString("D10", CultureInfo.InvariantCulture));
            writer.Write(" the quick brown fox jumps over the lazy dog and looks back at it,\n".PadLeft(LineLength - 10, '.'));
        }
    }
}

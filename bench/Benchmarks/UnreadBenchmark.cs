using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;
using NsModule.Bench.Measuring;
using NsModule.Bench.Running;
using NsModule.Launching;

namespace NsModule.Bench.Benchmarks;

/// <summary>A command that writes without end, while the one terminal that is attached reads nothing.</summary>
internal sealed class UnreadBenchmark : IBenchmark
{
    /// <summary>Ticks a second of the times in /proc/PID/stat (sysconf(3), _SC_CLK_TCK), on all Linux machines.</summary>
    private const double TicksPerSecond = 100;

    private static readonly TimeSpan s_watched = TimeSpan.FromSeconds(10);

    public string Name => "unread";

    public void Run(int? rounds)
    {
        Report.Heading("`yes`, and a terminal that nobody reads");
        using var engine = new Engine();
        using var terminal = new BenchPty();
        NsSession session = engine.Start("/bin/sh", "-c", "echo ready; read go; exec yes");
        try
        {
            using Process attach = Spawn.Start(
                terminal.Slave.Value,
                terminal.Slave.Value,
                2,
                Agent.Path,
                "attach",
                session.SocketPath,
                Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            Descriptors.ReadUntil(terminal.Master.Value, "ready"u8);
            Descriptors.Write(terminal.Master.Value, "\n"u8);

            // The first moment fills what there is between the two.
            Thread.Sleep(1000);
            int[] processes = [session.SupervisorProcessId, session.ProcessId, attach.Id];
            double before = Seconds(processes);
            var clock = Stopwatch.StartNew();
            Thread.Sleep(s_watched);
            double used = Seconds(processes) - before;
            Report.Target("CPU of supervisor, `yes` and attach", 100 * used / clock.Elapsed.TotalSeconds, 5, " %");
            attach.Kill();
            attach.WaitForExit();
        }
        finally
        {
            engine.Kill([session]);
        }
    }

    /// <summary>User and system time (fields 14 and 15 of proc_pid_stat(5)).</summary>
    private static double Seconds(int[] processes)
    {
        double ticks = 0;
        foreach (int pid in processes)
        {
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            ticks += long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        }

        return ticks / TicksPerSecond;
    }
}

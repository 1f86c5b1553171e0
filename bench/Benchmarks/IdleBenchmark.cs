using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using NsModule.Bench.Measuring;
using NsModule.Bench.Running;
using NsModule.Launching;

namespace NsModule.Bench.Benchmarks;

/// <summary>What a hundred idle sessions take: memory, and wake-ups.</summary>
internal sealed class IdleBenchmark : IBenchmark
{
    private const int Sessions = 100;
    private static readonly TimeSpan s_watched = TimeSpan.FromSeconds(10);

    public string Name => "idle";

    public void Run(int? rounds)
    {
        Report.Heading(string.Create(CultureInfo.InvariantCulture, $"{Sessions} idle sessions"));
        using var engine = new Engine();
        using var terminal = new BenchPty();
        var sessions = new List<NsSession>();
        try
        {
            for (int i = 0; i < Sessions; i++)
            {
                sessions.Add(engine.Start("/bin/sh", "-c", "echo ready; exec sleep 100000"));
            }

            // One of them is on somebody's screen.
            using Process attach = Spawn.Start(
                terminal.Slave.Value,
                terminal.Slave.Value,
                2,
                Agent.Path,
                "attach",
                sessions[0].SocketPath,
                Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            Descriptors.ReadUntil(terminal.Master.Value, "ready"u8);
            int[] supervisors = [.. sessions.Select(s => s.SupervisorProcessId)];
            int[] inits = [.. sessions.Select(s => s.InitProcessId)];

            Report.Text("| KiB a session | supervisor | init | both |");
            Report.Text("|---|---:|---:|---:|");
            double both = 0;
            foreach (string field in (string[])["Rss", "Pss", "Pss_Anon", "Pss_File", "Private_Dirty"])
            {
                (double supervisor, double init) = (Memory(supervisors, field), Memory(inits, field));
                Report.Text(
                    string.Create(CultureInfo.InvariantCulture, $"| {field} | {supervisor:F0} | {init:F0} | {supervisor + init:F0} |"));
                both = field == "Pss" ? supervisor + init : both;
            }

            Report.Text("");
            Report.Target("PSS of supervisor and init", both / 1024, 4, " MB");

            int[] watched = [.. supervisors, .. inits, attach.Id];
            long before = watched.Sum(Switches);
            Thread.Sleep(s_watched);
            long wakeUps = watched.Sum(Switches) - before;
            Report.Target(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"context switches of {watched.Length} processes (all sessions, one attached terminal) in {s_watched.TotalSeconds} s"),
                wakeUps,
                0);
            attach.Kill();
            attach.WaitForExit();
        }
        finally
        {
            engine.Kill(sessions);
        }
    }

    /// <summary>The mean of a field of /proc/PID/smaps_rollup (proc_pid_smaps(5)), in KiB.</summary>
    private static double Memory(int[] pids, string field) => pids.Average(pid => Field($"/proc/{pid}/smaps_rollup", field));

    /// <summary>How often the threads of a process went to sleep or were put to (proc_pid_status(5)).</summary>
    private static long Switches(int pid) => Directory.EnumerateDirectories($"/proc/{pid}/task")
        .Sum(task => Field(task + "/status", "voluntary_ctxt_switches") + Field(task + "/status", "nonvoluntary_ctxt_switches"));

    private static long Field(string file, string name) => long.Parse(
        File.ReadLines(file)
            .First(l => l.StartsWith(name + ":", StringComparison.Ordinal))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}

using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Terminal;

/// <summary>Full-screen programs in a session draw what they draw outside, also after a resize.</summary>
public sealed class ScreenTests
{
    /// <summary>Where in the kernel a program is that waits for a key (proc_pid_wchan(5)).</summary>
    private static readonly string[] s_waits = ["wait_woken", "n_tty_read", "do_select", "poll_schedule_timeout"];

    private static readonly string s_wide = new string('w', 100) + new string('x', 20);

    [Theory]
    [ForEachPerson("vi -u NONE -N text")]
    [ForEachPerson("less text")]
    public void A_file_fills_the_screen_at_both_sizes(Person person, string command)
    {
        using var workspace = new Workspace(person);
        _ = workspace.Write("text", string.Join('\n', Enumerable.Range(1, 200).Select(i => i == 2 ? s_wide : $"line {i}")) + "\n");
        using var sessions = new OwnSessions(workspace);
        using TmuxScreen screen = Enter(workspace, sessions.Name);

        screen.Type(command);

        // The long line takes two rows of 80 columns, and one of 120. The last row is the program's own.
        string[] small = ["line 1", s_wide[..80], s_wide[80..], .. Enumerable.Range(3, 20).Select(i => $"line {i}")];
        string[] large = ["line 1", s_wide, .. Enumerable.Range(3, 37).Select(i => $"line {i}")];
        screen.WaitUntil(rows => rows.Length == 24 && Trim(rows[..23]).SequenceEqual(small), "the text at 80 by 24");
        AwaitReader(command);
        screen.Resize(120, 40);
        screen.WaitUntil(rows => rows.Length == 40 && Trim(rows[..39]).SequenceEqual(large), "the text at 120 by 40");
        AwaitReader(command);
        screen.Resize(80, 24);
        screen.WaitUntil(rows => rows.Length == 24 && Trim(rows[..23]).SequenceEqual(small), "the text at 80 by 24 again");
    }

    [Theory, ForEachPerson]
    public void Top_lists_the_processes_of_the_namespace_over_the_whole_width(Person person)
    {
        using var workspace = new Workspace(person);
        using var sessions = new OwnSessions(workspace);
        using TmuxScreen screen = Enter(workspace, sessions.Name);

        screen.Type("top");

        screen.WaitUntil(rows => rows.Length == 24 && ShowsProcesses(rows, 80), "top at 80 by 24");
        screen.Resize(120, 40);
        screen.WaitUntil(rows => rows.Length == 40 && ShowsProcesses(rows, 120), "top at 120 by 40");
        screen.Press("q");
        screen.WaitUntil(rows => rows.Any(r => r.StartsWith(Workspace.Prompt, StringComparison.Ordinal)), "the prompt after top");
    }

    /// <summary>
    /// Waits until the program sleeps: less looks for a new size before it prompts, and one that comes between that and
    /// its read waits for the next key.
    /// </summary>
    private static void AwaitReader(string command)
    {
        int[] programs = [.. ProcessWatch.Find(p => ProcessWatch.ArgumentsOf(p).SequenceEqual(command.Split(' ')))];
        Assert.NotEmpty(programs);
        var deadline = new Deadline();
        while (!programs.All(Reads))
        {
            Assert.False(deadline.HasPassed, $"{command} does not wait for a key.");
            Thread.Yield();
        }
    }

    /// <summary>Whether the process is in a read of its terminal, or in a wait for one.</summary>
    private static bool Reads(int pid) =>
        File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/wchan")) is string where
            && s_waits.Any(w => where.StartsWith(w, StringComparison.Ordinal));

    private static TmuxScreen Enter(Workspace workspace, string name)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/tmux"), "tmux is not installed.");
        var screen = new TmuxScreen(workspace, Product.PwshWith("Enter-NsTerminal -Hostname demo -Name " + name), 80, 24);
        screen.WaitUntil(rows => rows.Any(r => r.StartsWith(Workspace.Prompt, StringComparison.Ordinal)), "the first prompt");
        return screen;
    }

    private static string[] Trim(string[] rows) => [.. rows.Select(r => r.TrimEnd())];

    /// <summary>The heading of the list is as wide as the screen, and below it are three processes and nothing.</summary>
    private static bool ShowsProcesses(string[] rows, int columns)
    {
        int heading = Array.FindIndex(rows, r => r.Contains(" PID USER", StringComparison.Ordinal));
        return heading > 0
            && rows[0].StartsWith("top - ", StringComparison.Ordinal)
            && rows[heading].Length == columns
            && rows[(heading + 1)..]
                .Select(r => r.Trim().Split(' ')[^1])
                .Where(name => name.Length > 0)
                .Order()
                .SequenceEqual(["bash", "ns-agent", "top"]);
    }
}

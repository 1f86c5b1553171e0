using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using NsModule.EndToEndTests.Harness;
using NsModule.Testing;
using Xunit;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>-OutputLog: all output on disk, whoever looks on, and no way to make it write anywhere else.</summary>
public sealed class OutputLogTests
{
    [Theory, ForEachPerson]
    public void It_holds_all_output_and_nothing_that_was_only_typed(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            "Enter-NsTerminal sh -Name NAME -Keep -OutputLog out.log -ArgumentList '-c', 'stty -echo; printf ready; read secret;"
                + " seq 1 100000'");
        _ = pwsh.Terminal.Expect("ready");
        pwsh.Terminal.Send("password\r");
        pwsh.Terminal.ExpectExit(0);

        string log = File.ReadAllText(workspace.PathOf("out.log"));
        Assert.Equal("ready" + string.Concat(Enumerable.Range(1, 100_000).Select(i => $"{i}\r\n")), log);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(workspace.PathOf("out.log")));
        Assert.Equal((workspace.PathOf("out.log"), null), (pwsh.Record.OutputLog, pwsh.Record.OutputLogError));
    }

    [Theory, ForEachPerson]
    public void It_is_added_to(Person person)
    {
        using var workspace = new Workspace(person);
        _ = workspace.Write("out.log", "before\n");
        Start(workspace, "-OutputLog out.log echo after");
        Assert.Equal("before\nafter\r\n", File.ReadAllText(workspace.PathOf("out.log")));
    }

    [Theory, ForEachPerson]
    public void Beyond_the_limit_it_becomes_the_older_file(Person person)
    {
        using var workspace = new Workspace(person);
        Start(workspace, "-OutputLog ~/out.log -LogSizeLimit 100KB seq 1 100000");

        string older = File.ReadAllText(workspace.PathOf("out.log.1"));
        string newer = File.ReadAllText(workspace.PathOf("out.log"));
        Assert.InRange(older.Length, 100 * 1024 - 10, 100 * 1024);
        Assert.InRange(newer.Length, 1, 100 * 1024);
        int first = int.Parse(older[..older.IndexOf('\r', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
        Assert.Equal(string.Concat(Enumerable.Range(first, 100_001 - first).Select(i => $"{i}\r\n")), older + newer);
    }

    [Theory, ForEachPerson]
    public void A_recording_has_the_output_and_the_sizes(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            "Enter-NsTerminal sh -Name NAME -OutputLog out.cast -LogFormat Asciicast -ArgumentList '-c', 'trap \"echo resized;"
                + " exit 0\" WINCH; printf \"ready \\303\"; sleep 1000 & wait'");
        _ = pwsh.Terminal.Expect("ready");
        pwsh.Terminal.Pty.Size = new NsTerminalSize(101, 42);
        pwsh.Terminal.ExpectExit(0);

        string[] lines = File.ReadAllLines(workspace.PathOf("out.cast"));
        JsonElement header = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal(
            (2, 80, 24, "xterm-256color"),
            (
                header.GetProperty("version").GetInt32(),
                header.GetProperty("width").GetInt32(),
                header.GetProperty("height").GetInt32(),
                header.GetProperty("env").GetProperty("TERM").GetString()));
        JsonElement[] events = [.. lines.Skip(1).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(["101x42"], events.Where(e => e[1].GetString() == "r").Select(e => e[2].GetString()));
        Assert.Equal("ready \uFFFDresized\r\n", string.Concat(events.Where(e => e[1].GetString() == "o").Select(e => e[2].GetString())));
    }

    [Theory]
    [ForEachPerson("ln -s victim log", "OutputLogIsLink")]
    [ForEachPerson("ln -s missing log", "OutputLogIsLink")]
    [ForEachPerson("ln victim log", "OutputLogIsLink")]
    [ForEachPerson("mkfifo log; sleep 1000 <>log & echo $! >reader", "OutputLogNotAFile")]
    [ForEachPerson("mkfifo log", "OutputLogNotAFile")]
    [ForEachPerson("mkdir log", "OutputLogNotAFile")]
    [ForEachPerson(":", "OutputLogDirectoryNotFound", "missing/log")]
    [ForEachPerson(":", "OutputLogNotAFile", "/dev/null")]
    [ForEachPerson("echo x >log", "OutputLogExists", "log -LogFormat Asciicast")]
    [ForEachPerson(":", "OutputLogRequired", "", "-LogFormat Raw")]
    [ForEachPerson(":", "InvalidLogSizeLimit", "log", "-LogSizeLimit -1")]
    public void What_must_not_be_written_is_refused(Person person, string before, string errorId, string log = "log", string more = "")
    {
        using var workspace = new Workspace(person);
        _ = workspace.Write("victim", "untouched");
        string[] command = [.. workspace.RunAs, "sh", "-c", before];
        using Process shell = Process.Start(new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = workspace.Directory })!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
        try
        {
            string parameters = log.Length > 0 ? $"-OutputLog {log} {more}" : more;
            using PwshTerminal pwsh = PwshTerminal.Run(
                workspace,
                $"try {{ Start-NsProcess -Name NAME {parameters} -- touch ran }} catch {{ \"[$($_.FullyQualifiedErrorId)]\" }}");
            _ = pwsh.Terminal.Expect($"[{errorId},");
            Assert.Equal(0, pwsh.Terminal.WaitForExit());

            Assert.Equal("untouched", File.ReadAllText(workspace.PathOf("victim")));
            Assert.False(File.Exists(workspace.PathOf("missing")));
            Assert.False(File.Exists(workspace.PathOf("ran")));
            if (Directory.Exists(workspace.StorePath) && person != Person.Root)
            {
                string[] left = Directory.GetFileSystemEntries(workspace.StorePath, "*", SearchOption.AllDirectories);
                Assert.DoesNotContain(left, e => Path.GetFileName(e) is not ("names" or "ended" or "scanned"));
            }
        }
        finally
        {
            if (File.Exists(workspace.PathOf("reader")))
            {
                using var reader = Process.GetProcessById(
                    int.Parse(File.ReadAllText(workspace.PathOf("reader")), CultureInfo.InvariantCulture));
                reader.Kill();
            }
        }
    }

    [Theory, ForEachPerson]
    public void A_failed_launch_leaves_none(Person person)
    {
        using var workspace = new Workspace(person);
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            "try { Start-NsProcess -Name NAME -OutputLog out.cast -LogFormat Asciicast /no/such/command } catch {"
                + " \"[$($_.FullyQualifiedErrorId)]\" }");
        _ = pwsh.Terminal.Expect("[CommandNotFound,");
        Assert.Equal(0, pwsh.Terminal.WaitForExit());
        Assert.False(File.Exists(workspace.PathOf("out.cast")));
    }

    [Fact]
    public void A_full_disk_ends_the_log_and_not_the_session()
    {
        using var disk = new DetachedTmpfs("64k");
        string path = Path.Combine(
            disk.Path.Replace("self", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal),
            "log");
        using var workspace = new Workspace(Person.Root);
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            $"Start-NsProcess -Name NAME -OutputLog {path} -Wait -- sh -c 'seq 1 100000; exit 5' | ForEach-Object ExitCode");
        _ = pwsh.Terminal.Expect("ends before its output does: write: ENOSPC: ");
        _ = pwsh.Terminal.Expect("5\r\n");
        Assert.Equal(0, pwsh.Terminal.WaitForExit());
        Assert.Contains("ENOSPC", pwsh.Record.OutputLogError, StringComparison.Ordinal);
        Assert.StartsWith(
            File.ReadAllText(path)[..1000],
            string.Concat(Enumerable.Range(1, 1000).Select(i => $"{i}\r\n")),
            StringComparison.Ordinal);
    }

    private static void Start(Workspace workspace, string parameters)
    {
        using PwshTerminal pwsh = PwshTerminal.Run(workspace, $"$null = Start-NsProcess -Name NAME -Wait {parameters}");
        Assert.Equal(0, pwsh.Terminal.WaitForExit());
    }
}

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.Native;
using NsModule.Sessions;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Harness;

/// <summary>The PowerShell host program at a terminal, with a session of its own that is gone when the test is over.</summary>
internal sealed class HostProgram : IDisposable
{
    private readonly bool _ownsWorkspace;

    private HostProgram(Workspace workspace, string name, Func<HostProgram, IEnumerable<string>> command, string before, NsTerminalSize size, bool ownsWorkspace, IEnumerable<string>? wrapper = null)
    {
        Workspace = workspace;
        Name = name;
        _ownsWorkspace = ownsWorkspace;
        Terminal = new TerminalDriver(workspace, command(this), before, size, wrapper);
    }

    public Workspace Workspace { get; }

    /// <summary>The session's name, unique.</summary>
    public string Name { get; }

    public TerminalDriver Terminal { get; }

    /// <summary>What is known of the session.</summary>
    public SessionRecord Record => OwnRecords().Single();

    /// <summary>The process of <c>ns-agent attach</c>.</summary>
    public int AttachId => ProcessWatch.Find(pid => ProcessWatch.ArgumentsOf(pid) is [_, "attach", string socket, ..] && socket == Store.SocketPath(Record.Id)).Single();

    private SessionStore Store => new(Workspace.StorePath);

    /// <summary>A session with bash in it, at its first prompt.</summary>
    public static HostProgram Enter(Person person, string parameters = "-Hostname demo", NsTerminalSize size = default)
    {
        HostProgram host = Run(person, $"Enter-NsTerminal -Name NAME {parameters}", size: size);
        _ = host.Terminal.Expect(Workspace.Prompt);
        return host;
    }

    /// <summary>Runs a PowerShell command line, in which NAME stands for the session's name.</summary>
    public static HostProgram Run(Person person, string line, string before = ":", NsTerminalSize size = default) =>
        Start(person, host => Command(host.Expand(line)), before, size);

    /// <summary>Runs a PowerShell command line in a workspace that the test has prepared.</summary>
    public static HostProgram Run(Workspace workspace, string line) =>
        new(workspace, NewName(), host => Command(host.Expand(line)), ":", default, ownsWorkspace: false);

    /// <summary>Runs a shell script on the terminal, in which <c>"$@"</c> is the host program with a PowerShell command line.</summary>
    public static HostProgram RunInShell(Person person, string script, string line) =>
        Start(person, host => ["/bin/sh", "-c", script, "sh", .. Command(host.Expand(line))], ":", default);

    /// <summary>Runs a PowerShell command line under another program, which runs as the tests' own user.</summary>
    public static HostProgram RunUnder(Person person, IEnumerable<string> wrapper, string line) =>
        new(new Workspace(person), NewName(), host => Command(host.Expand(line)), ":", default, ownsWorkspace: true, wrapper);

    /// <summary>Runs a command in the session's bash.</summary>
    /// <returns>What it showed, with the line ends of a file, and its exit status.</returns>
    public (string Output, int Status) Do(string command)
    {
        // Cut in two, so that the line as it is typed does not look like what it shows.
        Terminal.Send($" echo '[be''gin]'; {command}; echo \"[sta\"\"tus $?]\"\r");
        _ = Terminal.Expect("[begin]\r\n");
        string output = Terminal.Expect("[status ").Replace("\r\n", "\n", StringComparison.Ordinal);
        int status = int.Parse(Terminal.Expect("]"), System.Globalization.CultureInfo.InvariantCulture);
        _ = Terminal.Expect(Workspace.Prompt);
        return (output, status);
    }

    /// <summary>Leaves bash, and returns the exit code of the host program.</summary>
    public int Leave(string command = "exit")
    {
        Terminal.Send(command + "\r");
        return Terminal.WaitForExit();
    }

    public void Dispose()
    {
        Terminal.Dispose();
        foreach (SessionRecord record in OwnRecords())
        {
            // Init ends with its supervisor, and the namespace with its init.
            using ProcessWatch? init = record.Supervisor.IsAlive ? ProcessWatch.TryOpen(record.InitPid) : null;
            using (FileDescriptor? supervisor = record.Supervisor.OpenPidfd())
            {
                if (supervisor is not null)
                {
                    _ = Sys.pidfd_send_signal(supervisor.Value, SIGKILL);
                    init?.WaitForEnd();
                }
            }

            Store.Delete(record.Id);
        }

        if (_ownsWorkspace)
        {
            Workspace.Dispose();
        }
    }

    private static string NewName() => "test-" + Guid.NewGuid().ToString("N");

    private static HostProgram Start(Person person, Func<HostProgram, IEnumerable<string>> command, string before, NsTerminalSize size)
    {
        var workspace = new Workspace(person);
        return new HostProgram(workspace, NewName(), command, before, size, ownsWorkspace: true);
    }

    private static string[] Command(string line) => [Product.Host, "-Command", line];

    private string Expand(string line) => line.Replace("NAME", Name, StringComparison.Ordinal);

    private IEnumerable<SessionRecord> OwnRecords() => Directory.Exists(Workspace.StorePath)
        ? [.. Directory.EnumerateDirectories(Workspace.StorePath).Select(d => Store.Read(Path.GetFileName(d))).OfType<SessionRecord>().Where(r => r.Name == Name)]
        : [];
}

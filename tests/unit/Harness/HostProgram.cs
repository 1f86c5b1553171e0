using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NsModule.Sessions;

namespace NsModule.UnitTests.Harness;

/// <summary>The PowerShell host program at a terminal, with a session of its own that is gone when the test is over.</summary>
/// <remarks>In its PowerShell command lines NAME stands for the session's name.</remarks>
internal sealed class HostProgram : IDisposable
{
    private readonly OwnSessions _sessions;
    private bool _ownsWorkspace = true;

    private HostProgram(Workspace workspace, Func<string[], IEnumerable<string>> command, string line, string before = ":", NsTerminalSize size = default, IEnumerable<string>? wrapper = null)
    {
        Workspace = workspace;
        _sessions = new OwnSessions(workspace);
        string[] host = [Product.Host, "-Command", line.Replace("NAME", _sessions.Name, StringComparison.Ordinal)];
        Terminal = new TerminalDriver(workspace, command(host), before, size, wrapper);
    }

    public Workspace Workspace { get; }

    /// <summary>The session's name, unique.</summary>
    public string Name => _sessions.Name;

    public TerminalDriver Terminal { get; }

    /// <summary>What is known of the session.</summary>
    public SessionRecord Record => _sessions.Record;

    /// <summary>The process of <c>ns-agent attach</c>.</summary>
    public int AttachId => ProcessWatch.Find(pid => ProcessWatch.ArgumentsOf(pid) is [_, "attach", string socket, ..] && socket == _sessions.SocketPath).Single();

    /// <summary>A session with bash in it, at its first prompt.</summary>
    public static HostProgram Enter(Person person, string parameters = "-Hostname demo", NsTerminalSize size = default)
    {
        HostProgram host = Run(person, $"Enter-NsTerminal -Name NAME {parameters}", size: size);
        _ = host.Terminal.Expect(Workspace.Prompt);
        return host;
    }

    /// <summary>Runs a PowerShell command line.</summary>
    public static HostProgram Run(Person person, string line, string before = ":", NsTerminalSize size = default) =>
        new(new Workspace(person), host => host, line, before, size);

    /// <summary>Runs a PowerShell command line in a workspace that is the test's, and stays.</summary>
    public static HostProgram Run(Workspace workspace, string line, string before = ":") => new(workspace, host => host, line, before) { _ownsWorkspace = false };

    /// <summary>Runs a shell script on the terminal, in which <c>"$@"</c> is the host program with a PowerShell command line.</summary>
    public static HostProgram RunInShell(Person person, string script, string line) =>
        new(new Workspace(person), host => ["/bin/sh", "-c", script, "sh", .. host], line);

    /// <summary>The same, in a workspace that is the test's, and stays.</summary>
    public static HostProgram RunUnder(Workspace workspace, IEnumerable<string> wrapper, string line) =>
        new(workspace, host => host, line, wrapper: wrapper) { _ownsWorkspace = false };

    /// <summary>Runs a PowerShell command line under another program, which runs as the tests' own user.</summary>
    public static HostProgram RunUnder(Person person, IEnumerable<string> wrapper, string line) =>
        new(new Workspace(person), host => host, line, wrapper: wrapper);

    /// <summary>Runs a command in the session's bash.</summary>
    /// <returns>What it showed, with the line ends of a file, and its exit status.</returns>
    public (string Output, int Status) Do(string command)
    {
        // Cut in two, so that the line as it is typed does not look like what it shows.
        Terminal.Send($" echo '[be''gin]'; {command}; echo \"[sta\"\"tus $?]\"\r");
        _ = Terminal.Expect("[begin]\r\n");
        string output = Terminal.Expect("[status ").Replace("\r\n", "\n", StringComparison.Ordinal);
        int status = int.Parse(Terminal.Expect("]"), CultureInfo.InvariantCulture);
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
        _sessions.Dispose();
        if (_ownsWorkspace)
        {
            Workspace.Dispose();
        }
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NsModule.Sessions;

namespace NsModule.EndToEndTests.Harness;

/// <summary>pwsh at a terminal, with a session of its own that is gone when the test is over.</summary>
/// <remarks>In its PowerShell command lines NAME stands for the session's name.</remarks>
internal sealed class PwshTerminal : IDisposable
{
    private readonly OwnSessions _sessions;
    private bool _ownsWorkspace = true;

    private PwshTerminal(
        Workspace workspace,
        Func<string[], IEnumerable<string>> command,
        string line,
        string before = ":",
        NsTerminalSize size = default,
        IEnumerable<string>? wrapper = null)
    {
        Workspace = workspace;
        _sessions = new OwnSessions(workspace);
        string[] pwsh = Product.PwshWith(line.Replace("NAME", _sessions.Name, StringComparison.Ordinal));
        Terminal = new TerminalDriver(workspace, command(pwsh), before, size, wrapper);
    }

    public Workspace Workspace { get; }

    /// <summary>The session's name, unique.</summary>
    public string Name => _sessions.Name;

    public TerminalDriver Terminal { get; }

    /// <summary>What is known of the session.</summary>
    public SessionRecord Record => _sessions.Record;

    /// <summary>The process of <c>ns-agent attach</c>.</summary>
    public int AttachId => ProcessWatch.Find(
        pid => ProcessWatch.ArgumentsOf(pid) is [_, "attach", string socket, ..] && socket == _sessions.SocketPath).Single();

    /// <summary>A session with bash in it, at its first prompt.</summary>
    public static PwshTerminal Enter(Person person, string parameters = "-Hostname demo", NsTerminalSize size = default)
    {
        PwshTerminal pwsh = Run(person, $"Enter-NsTerminal -Name NAME {parameters}", size: size);
        _ = pwsh.Terminal.Expect(Workspace.Prompt);
        return pwsh;
    }

    /// <summary>Runs a PowerShell command line.</summary>
    public static PwshTerminal Run(Person person, string line, string before = ":", NsTerminalSize size = default) =>
        new(new Workspace(person), pwsh => pwsh, line, before, size);

    /// <summary>Runs a PowerShell command line in a workspace that is the test's, and stays.</summary>
    public static PwshTerminal Run(Workspace workspace, string line, string before = ":") =>
        new(workspace, pwsh => pwsh, line, before) { _ownsWorkspace = false };

    /// <summary>Runs a shell script on the terminal, in which <c>"$@"</c> is pwsh with a PowerShell command line.</summary>
    public static PwshTerminal RunInShell(Person person, string script, string line) =>
        new(new Workspace(person), pwsh => ["/bin/sh", "-c", script, "sh", .. pwsh], line);

    /// <summary>The same, in a workspace that is the test's, and stays.</summary>
    public static PwshTerminal RunUnder(Workspace workspace, IEnumerable<string> wrapper, string line) =>
        new(workspace, pwsh => pwsh, line, wrapper: wrapper) { _ownsWorkspace = false };

    /// <summary>Runs a PowerShell command line under another program, which runs as the tests' own user.</summary>
    public static PwshTerminal RunUnder(Person person, IEnumerable<string> wrapper, string line) =>
        new(new Workspace(person), pwsh => pwsh, line, wrapper: wrapper);

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

    /// <summary>Leaves bash, and returns the exit code of pwsh.</summary>
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

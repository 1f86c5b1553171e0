using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Xunit.Sdk;

namespace NsModule.EndToEndTests.Harness;

/// <summary>What a person sees: a program on tmux's terminal, driven through tmux's control mode (tmux(1), CONTROL MODE).</summary>
internal sealed class TmuxScreen : IDisposable
{
    private readonly Process _tmux;
    private string[] _shown = [];

    public TmuxScreen(Workspace workspace, IEnumerable<string> command, int columns, int rows)
    {
        string settings = workspace.Write("tmux.conf", "set -g status off\nset -g default-terminal screen-256color\n");
        string[] arguments =
        [
            .. workspace.RunAs, "tmux", "-S", workspace.PathOf("tmux"), "-f", settings, "-C",
            "new-session", "-x", $"{columns}", "-y", $"{rows}", "--", .. command,
        ];
        var start = new ProcessStartInfo("env")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workspace.Directory,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        workspace.GiveEnvironment(start);

        _tmux = Process.Start(start)!;
        _ = ReadAnswer();
    }

    /// <summary>Types a line.</summary>
    public void Type(string line)
    {
        _ = Do($"send-keys -l \"{line}\"");
        _ = Do("send-keys Enter");
    }

    /// <summary>Types one key by its tmux name.</summary>
    public void Press(string key) => _ = Do("send-keys " + key);

    public void Resize(int columns, int rows) => _ = Do($"refresh-client -C {columns}x{rows}");

    /// <summary>Waits until the screen, one string for each row, is as it should be.</summary>
    public void WaitUntil(Func<string[], bool> condition, string expectation)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        try
        {
            while (true)
            {
                _shown = Do("capture-pane -p -N");
                if (condition(_shown))
                {
                    return;
                }

                while (!ReadLine(deadline.Token).StartsWith("%output", StringComparison.Ordinal))
                {
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new XunitException($"The screen never was so: {expectation}. It is:\n{string.Join('\n', _shown)}");
        }
    }

    public void Dispose()
    {
        if (!_tmux.HasExited)
        {
            // The server ends, and hangs up its terminals.
            _tmux.StandardInput.WriteLine("kill-server");
            _tmux.WaitForExit();
        }

        _tmux.Dispose();
    }

    private string[] Do(string command)
    {
        _tmux.StandardInput.WriteLine(command);
        return ReadAnswer();
    }

    private string[] ReadAnswer()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!ReadLine(deadline.Token).StartsWith("%begin ", StringComparison.Ordinal))
        {
        }

        var lines = new List<string>();
        for (string line = ReadLine(deadline.Token); !line.StartsWith("%end ", StringComparison.Ordinal); line = ReadLine(deadline.Token))
        {
            if (line.StartsWith("%error ", StringComparison.Ordinal))
            {
                throw new XunitException(string.Join('\n', lines));
            }

            lines.Add(line);
        }

        return [.. lines];
    }

    private string ReadLine(CancellationToken deadline) =>
        _tmux.StandardOutput.ReadLineAsync(deadline).AsTask().GetAwaiter().GetResult()
            ?? throw new EndOfStreamException("tmux ended: " + _tmux.StandardError.ReadToEnd());
}

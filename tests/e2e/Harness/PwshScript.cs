using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using NsModule.Testing;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Harness;

/// <summary>
/// Scripts in a pwsh without a terminal, as an ordinary user or under limits, with a copy of the module that a test may damage.
/// </summary>
public sealed class PwshScript : IDisposable
{
    private const string Uid = "1000";

    private readonly ScratchDirectory _directory = new();
    private bool _prepared;

    /// <summary>The directory that is the user's XDG_RUNTIME_DIR; <c>nsmodule</c> in it holds the sessions.</summary>
    public string RuntimeDirectory => _directory["user/run"];

    /// <summary>The copy of the agent.</summary>
    public string Agent
    {
        get
        {
            Prepare();
            return Directory.EnumerateFiles(_directory["NsModule/runtimes"], "ns-agent", SearchOption.AllDirectories).Single();
        }
    }

    /// <summary>Runs a script as the user.</summary>
    /// <param name="script">
    /// What it prints, one string a line, is the result; <c>failure { ... }</c> prints the ErrorId and the category of what fails.
    /// </param>
    /// <param name="outside">A command line of sh around it; <c>"$@"</c> runs the program as the user.</param>
    public string[] Run(string script, string outside = "exec \"$@\"") =>
        Start(script, ["sh", "-e", "-c", outside, "sh", "setpriv", "--reuid", Uid, "--regid", Uid, "--clear-groups"]);

    /// <summary>
    /// Runs a script as root of a user namespace that the user has made, in which <paramref name="inside"/> was done first.
    /// </summary>
    public string[] RunInUserNamespace(string script, string inside) =>
        Start(
            script,
            [
                "setpriv", "--reuid", Uid, "--regid", Uid, "--clear-groups", "unshare", "-U", "-r", "sh", "-e", "-c",
                inside + "; exec \"$@\"", "sh",
            ]);

    /// <summary>Runs a script as root, in a mount namespace of its own.</summary>
    public string[] RunAsRoot(string script, string inside) =>
        Start(script, ["unshare", "-m", "sh", "-e", "-c", inside + "; exec \"$@\"", "sh"]);

    /// <inheritdoc/>
    public void Dispose() => _directory.Dispose();

    /// <summary>Makes the copy, for the first test that needs it: a fixture whose constructor skips would fail its tests.</summary>
    private void Prepare()
    {
        Assert.SkipUnless(geteuid() == 0, "Becoming another user takes root.");
        if (_prepared)
        {
            return;
        }

        _prepared = true;
        _ = Execute(["cp", "-r", Product.ModuleFolder, _directory["NsModule"]], []);
        Directory.CreateDirectory(_directory["user/run"]);
        _ = Execute(["chmod", "-R", "a+rX", _directory.Path], []);
        _ = Execute(["chown", "-R", $"{Uid}:{Uid}", _directory["user"]], []);
        _ = Execute(["chmod", "-R", "0700", _directory["user"]], []);
    }

    private string[] Start(string script, string[] wrapper)
    {
        Prepare();
        string head =
            $$"""
            Import-Module '{{_directory["NsModule"]}}'
            function say { [Console]::Out.WriteLine("$args") }
            function failure([scriptblock] $block) {
                try { $null = & $block } catch { return "$($_.FullyQualifiedErrorId.Split(',')[0]) $($_.CategoryInfo.Category)" }
                'no error'
            }
            function left {
                $store = "$env:XDG_RUNTIME_DIR/nsmodule"
                if (-not [System.IO.Directory]::Exists($store)) { return 0 }
                # What the store has for itself counts by what is in it.
                $own = 'names', 'ended', 'scanned'
                $entries = [System.IO.Directory]::EnumerateFileSystemEntries($store) |
                    Where-Object { [System.IO.Path]::GetFileName($_) -notin $own }
                $indexed = 'names', 'ended' | ForEach-Object { "$store/$_" } | Where-Object { [System.IO.Directory]::Exists($_) } |
                    ForEach-Object { [System.IO.Directory]::EnumerateFileSystemEntries($_) } |
                    Where-Object { -not [System.IO.Directory]::Exists("$store/$([System.IO.Path]::GetFileName($_))") }
                @($entries).Count + @($indexed).Count
            }
            $ErrorActionPreference = 'Stop'

            """;
        string file = _directory["script.ps1"];
        File.WriteAllText(file, head + script);
        File.SetUnixFileMode(file, (UnixFileMode)0x1a4);
        return Execute(
            [.. wrapper, .. Product.Pwsh, "-NonInteractive", "-File", file],
            new Dictionary<string, string> { ["HOME"] = _directory["user"], ["XDG_RUNTIME_DIR"] = RuntimeDirectory, ["NO_COLOR"] = "1" });
    }

    private static string[] Execute(string[] command, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(
            process.ExitCode == 0 && errors.Result.Length == 0,
            $"{string.Join(' ', command)} ended with {process.ExitCode}:\n{output}{errors.Result}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using NsModule.EndToEndTests.Harness;

namespace NsModule.PesterTests.Runner;

/// <summary>One run of the suite, in a pwsh of its own.</summary>
internal static class PesterRun
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    /// <summary>Runs it, and tells the results of each test file when it has been run.</summary>
    /// <param name="person">As whom.</param>
    /// <param name="stop">Ends it.</param>
    public static async IAsyncEnumerable<PesterResult> As(Person person, [EnumeratorCancellation] CancellationToken stop)
    {
        using var workspace = new Workspace(person);
        string results = workspace.Write("results.jsonl", "");
        using Process pwsh = Start(workspace, results);
        using CancellationTokenRegistration kill = stop.Register(() => pwsh.Kill(entireProcessTree: true));

        var output = new StringBuilder();
        Task told = Task.WhenAll(Collect(pwsh.StandardOutput, output), Collect(pwsh.StandardError, output));
        Task ended = pwsh.WaitForExitAsync(CancellationToken.None);
        using var reader = new StreamReader(new FileStream(
            results,
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete));
        bool complete = false;
        bool last;
        do
        {
            last = ended.IsCompleted;
            while (await reader.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) is string line)
            {
                PesterResult result = JsonSerializer.Deserialize<PesterResult>(line)!;
                complete |= result.Done;
                if (!result.Done)
                {
                    yield return result;
                }
            }

            _ = await Task.WhenAny(ended, Task.Delay(s_look, CancellationToken.None)).ConfigureAwait(false);
        }
        while (!last);

        await told.ConfigureAwait(false);
        if (!complete)
        {
            yield return new PesterResult(
                "Invoke-Tests.ps1",
                $"ends as {person}",
                "Failed",
                0,
                $"pwsh ended with {pwsh.ExitCode} before the suite did:\n{output}",
                false);
        }
    }

    private static Process Start(Workspace workspace, string results)
    {
        string[] command =
        [
            .. workspace.RunAs, .. Product.Pwsh, "-NonInteractive", "-File",
            Path.Combine(Product.Readable("SuitePath"), "Invoke-Tests.ps1"),
            "-PesterPath", Product.Readable("PesterPath"), "-ModulePath", Product.ModuleFolder,
            "-HelpPath", Product.Readable("HelpPath"), "-ResultPath", results,
        ];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workspace.Directory,
        };
        workspace.GiveEnvironment(start);

        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    private static async Task Collect(StreamReader reader, StringBuilder output)
    {
        while (await reader.ReadLineAsync().ConfigureAwait(false) is string line)
        {
            lock (output)
            {
                _ = output.AppendLine(line);
            }
        }
    }
}

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Text.RegularExpressions;
using NsModule.Cmdlets;
using NsModule.Commands;
using NsModule.Native;
using Xunit;

namespace NsModule.EndToEndTests.Harness;

/// <summary>A runspace with the module's cmdlets; removes at the end every session that was started in it.</summary>
/// <remarks>They come from this program's own assemblies, as the objects that they return are to be of types that the tests know.</remarks>
public sealed class Shell : IDisposable
{
    private readonly Runspace _runspace;
    private readonly HashSet<string> _sessions = [];

    /// <summary>The assembly with the cmdlets, for Import-Module in further runspaces of this process.</summary>
    public static string CmdletsPath => typeof(StartNsProcessCommand).Assembly.Location;

    /// <summary>Opens it, in the root directory.</summary>
    public Shell()
    {
        var state = InitialSessionState.CreateDefault2();
        state.ImportPSModule([CmdletsPath]);
        state.Types.Add(TypeDescriptions.All().Select(t => new SessionStateTypeEntry(t, isRemove: false)));
        state.Formats.Add(new SessionStateFormatEntry(Path.Combine(Product.ModuleFolder, "NsModule.Format.ps1xml")));
        state.ThreadOptions = PSThreadOptions.UseNewThread;
        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.Open();
        Location = "/";
    }

    /// <summary>PowerShell's current location.</summary>
    public string Location
    {
        get => _runspace.SessionStateProxy.Path.CurrentLocation.Path;
        set => _runspace.SessionStateProxy.Path.SetLocation(value);
    }

    /// <summary>A name that no other session has.</summary>
    public static string NewName() => "t" + Guid.NewGuid().ToString("N");

    /// <summary>A pipeline that was not started yet.</summary>
    public PowerShell Pipeline(string script, params object?[] arguments)
    {
        var pipeline = PowerShell.Create(_runspace);
        pipeline.AddScript(script);
        foreach (object? argument in arguments)
        {
            pipeline.AddArgument(argument);
        }

        return pipeline;
    }

    /// <summary>Runs a script, whose <c>$args</c> are the arguments, to its end without an error.</summary>
    public IReadOnlyList<PSObject> Run(string script, params object?[] arguments)
    {
        using PowerShell pipeline = Pipeline(script, arguments);
        PSObject[] output = [.. pipeline.Invoke()];
        Track(output);
        Assert.Empty(pipeline.Streams.Error);
        return output;
    }

    /// <summary>The one session that a script returns.</summary>
    public NsSession Session(string script, params object?[] arguments) =>
        Assert.IsType<NsSession>(Assert.Single(Run(script, arguments)).BaseObject);

    /// <summary>Runs a script that fails once, with this error, and returns what it put out all the same.</summary>
    public IReadOnlyList<PSObject> Fails(string errorId, ErrorCategory category, string script, params object?[] arguments)
    {
        using PowerShell pipeline = Pipeline(script, arguments);
        var output = new PSDataCollection<PSObject>();
        ErrorRecord error;
        try
        {
            pipeline.Invoke(null, output);
            error = Assert.Single(pipeline.Streams.Error);
        }
        catch (RuntimeException e)
        {
            error = e.ErrorRecord;
        }

        Track(output);
        Assert.Equal((errorId, category), (error.FullyQualifiedErrorId.Split(',')[0], error.CategoryInfo.Category));
        return [.. output];
    }

    /// <summary>A launch that fails with this error and leaves no process and no file, however far it came.</summary>
    /// <returns>Whether it came as far as starting anything.</returns>
    public bool LaunchFails(string errorId, ErrorCategory category, string launch, params object?[] arguments)
    {
        string[] story =
        [
            .. Fails(errorId, category, $"$VerbosePreference = 'Continue'; {launch} 4>&1", arguments).Select(o => o.ToString()),
        ];
        string[] ids =
        [
            .. story.Select(line => Regex.Match(line, @"as session ([0-9a-f]{12}) ")).Where(m => m.Success).Select(m => m.Groups[1].Value),
        ];
        Assert.All(ids, NothingIsLeftOf);
        return ids.Length > 0;
    }

    /// <summary>No process and no file belongs to a session with this id.</summary>
    public static void NothingIsLeftOf(string id)
    {
        Assert.False(Directory.Exists(Path.Combine("/run/nsmodule", id)));
        NoProcessOf(id);
    }

    /// <summary>No process of a session with this id is there: its supervisor and its init have the id in their command lines.</summary>
    /// <remarks>The supervisor says that a session has ended before it ends itself, hence its last moment is waited for.</remarks>
    public static void NoProcessOf(string id)
    {
        foreach (int pid in Processes().Where(p => p.Line.Contains(id, StringComparison.Ordinal)).Select(p => p.Pid))
        {
            var identity = ProcessIdentity.Of(pid);
            using FileDescriptor? process = identity.OpenPidfd();
            using var wakeup = new Wakeup(TestContext.Current.CancellationToken);
            Assert.True(process is null || wakeup.WaitAny([process.Value], 10_000) >= 0, $"Process {pid} of session {id} is still there.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        using (PowerShell removal = Pipeline("$args | Remove-NsProcess -Force -ErrorAction Ignore", [.. _sessions]))
        {
            removal.Invoke();
        }

        _runspace.Dispose();
    }

    /// <summary>Remembers a session that is to be removed at the end.</summary>
    public void Track(string id) => _sessions.Add(id);

    private void Track(IEnumerable<PSObject> output) =>
        _sessions.UnionWith(output.Select(o => o?.BaseObject).OfType<NsSession>().Select(s => s.Id));

    private static IEnumerable<(int Pid, string Line)> Processes()
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            {
                continue;
            }

            string line;
            try
            {
                line = File.ReadAllText(Path.Combine(directory, "cmdline"));
            }
            catch (IOException)
            {
                // It ended while we looked.
                continue;
            }

            yield return (pid, line);
        }
    }
}

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Xml.Linq;
using NsModule.EndToEndTests.Harness;
using NsModule.Testing;
using Xunit;

namespace NsModule.EndToEndTests.Cmdlets;

/// <summary>The package for Install-PSResource, made of the built module.</summary>
public sealed class PackageTests(PackageTests.Package package) : IClassFixture<PackageTests.Package>
{
    /// <summary>Installed into an empty home, of which PowerShell then finds the module by its name.</summary>
    [Theory]
    [ForEachPerson]
    internal void It_is_installed_and_runs_commands(Person person)
    {
        using var workspace = new Workspace(person);
        string[] lines = Run(
            workspace,
            $$"""
            $ErrorActionPreference = 'Stop'
            Register-PSResourceRepository -Name Folder -Uri '{{package.Folder}}' -Trusted
            Install-PSResource NsModule -Repository Folder
            $module = Get-Module NsModule -ListAvailable
            "in the home: $($module.ModuleBase.StartsWith("$HOME/"))"
            $executable = [System.IO.UnixFileMode]'UserExecute, GroupExecute, OtherExecute'
            $agents = Get-ChildItem $module.ModuleBase -Recurse -Filter ns-agent
            "may be executed: $(@($agents | Where-Object { $_.UnixFileMode -band $executable }).Count)"
            "in a session: $(Invoke-NsCommand -Hostname inside uname '-n')"
            $session = Start-NsProcess sh '-c' 'test -t 0 && echo on a terminal' -Wait -Network None
            "its output: $(Receive-NsOutput $session)"
            $session | Remove-NsProcess
            "imported from there: $((Get-Module NsModule).ModuleBase -eq $module.ModuleBase)"
            (Get-Help Invoke-NsCommand).Synopsis -eq 'Invoke-NsCommand' ? 'no help' : 'help'
            """);
        Assert.Equal(
            [
                "in the home: True", "may be executed: 0", "in a session: inside", "its output: on a terminal",
                "imported from there: True", "help",
            ],
            lines);
    }

    [Fact]
    public void It_says_what_a_gallery_shows()
    {
        using ZipArchive archive = ZipFile.OpenRead(Directory.EnumerateFiles(package.Folder, "*.nupkg").Single());
        Assert.Contains(archive.Entries, e => e.FullName == "LICENSE");
        using Stream specification = archive.GetEntry("NsModule.nuspec")!.Open();
        var said = XDocument.Load(specification).Root!.Elements().Single().Elements().ToDictionary(e => e.Name.LocalName, e => e.Value);
        Assert.Equal("https://licenses.nuget.org/MIT", said["licenseUrl"]);
        Assert.Equal(Package.ProjectUri, said["projectUrl"]);
        Assert.StartsWith(Package.ProjectUri + "/", said["iconUrl"], StringComparison.Ordinal);
        Assert.NotNull(archive.GetEntry(said["icon"]));
        Assert.StartsWith("### ", said["releaseNotes"], StringComparison.Ordinal);
        Assert.Contains("Linux", said["tags"].Split(' '));
    }

    private static string[] Run(Workspace workspace, string script) => Run(
        [.. workspace.RunAs, .. Product.Pwsh, "-NonInteractive", "-File", workspace.Write("script.ps1", script)],
        workspace.GiveEnvironment);

    private static string[] Run(IReadOnlyList<string> command, Action<ProcessStartInfo> prepare)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        prepare(start);
        using Process process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.GetAwaiter().GetResult());
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>A folder with the package in it, that everybody may read.</summary>
    public sealed class Package : IDisposable
    {
        /// <summary>What the package gives for it.</summary>
        public const string ProjectUri = "https://project.example/NsModule";

        private readonly ScratchDirectory _directory = new();

        /// <summary>Makes it.</summary>
        public Package()
        {
            Folder = _directory["repository"];
            string module = _directory["NsModule"];
            _ = Run(["cp", "-r", Product.ModuleFolder, module], _ => { });
            _ = Run(
                [
                    .. Product.Pwsh, "-NonInteractive", "-File", Product.Metadata("PackageScript"),
                    "-Path", module, "-DestinationPath", Folder, "-ProjectUri", ProjectUri,
                ],
                _ => { });
            _ = Run(["chmod", "-R", "a+rX", _directory.Path], _ => { });
        }

        /// <summary>What Register-PSResourceRepository takes.</summary>
        public string Folder { get; }

        /// <inheritdoc/>
        public void Dispose() => _directory.Dispose();
    }
}

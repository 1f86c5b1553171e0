using System;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Isolation;

/// <summary>Which variables of the caller's reach a command in a root of its own, whose programs are somebody else's.</summary>
public sealed class EnvironmentTests
{
    /// <summary>A caller with a secret, and <c>Show</c>, which says all that a command was given, in order.</summary>
    private const string Caller =
        """
        $env:SECRET = 'told'; $env:LC_TIME = 'C'; $env:TZ = 'UTC'; $env:PATH = '/bin:/usr/bin'
        function Show([string] $case, [hashtable] $parameters) {
            $variables = [string[]]((Invoke-NsCommand @parameters cat /proc/self/environ) -split "`0" | Where-Object { $_ })
            [Array]::Sort($variables, [StringComparer]::Ordinal)
            "[$case $($variables -join ' ')]"
        }

        """;

    private const string Usual = "LANG=C.UTF-8 LC_TIME=C PATH=/bin:/usr/bin TERM=xterm-256color";

    [Theory, ForEachPerson]
    public void A_root_is_told_a_short_list_unless_all_is_asked_for(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        using PwshTerminal pwsh = Run(workspace, $$"""
            Show usual @{ RootPath = '{{root.Path}}' }
            Show added @{ RootPath = '{{root.Path}}'; Environment = @{ TZ = $null; A = 1 } }
            Show cleared @{ RootPath = '{{root.Path}}'; ClearEnvironment = $true }
            Show all @{ RootPath = '{{root.Path}}'; InheritEnvironment = $true }
            Show host @{ }
            try { Start-NsProcess true -InheritEnvironment -ClearEnvironment } catch { "[error $($_.FullyQualifiedErrorId)]" }
            """);

        Assert.Equal($"HOME=/root {Usual} TZ=UTC", Value(pwsh, "usual"));
        Assert.Equal($"A=1 HOME=/root {Usual}", Value(pwsh, "added"));
        Assert.Equal("HOME=/root", Value(pwsh, "cleared"));
        string[] all = Value(pwsh, "all").Split(' ');
        Assert.All((string[])["SECRET=told", "HOME=/root"], v => Assert.Contains(v, all));
        string[] without = Value(pwsh, "host").Split(' ');
        Assert.All((string[])["SECRET=told", "HOME=" + workspace.Directory], v => Assert.Contains(v, without));
        Assert.Equal("EnvironmentConflict,NsModule.Commands.StartNsProcessCommand", Value(pwsh, "error"));
    }

    [Theory, ForEachPerson]
    public void A_bundle_says_all_of_it_unless_the_callers_is_asked_for(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        string map = $$"""[ { "containerID": 0, "hostID": {{workspace.Uid}}, "size": 1 } ]""";
        string user = person == Person.Root ? "]" : $$""", { "type": "user" } ], "uidMappings": {{map}}, "gidMappings": {{map}}""";
        _ = workspace.Write("config.json", $$"""
            {
                "ociVersion": "1.2.0", "root": { "path": "{{root.Path}}" },
                "process": { "args": [ "sh" ], "cwd": "/", "user": { "uid": 0, "gid": 0 }, "env": [ "PATH=/bin", "TZ=Z", "HOME=" ] },
                "mounts": [ { "destination": "/proc", "type": "proc", "source": "proc" } ],
                "linux": { "namespaces": [ { "type": "pid" }, { "type": "mount" }{{user}} }
            }
            """);
        using PwshTerminal pwsh = Run(workspace, $$"""
            Show usual @{ Bundle = '{{workspace.Directory}}' }
            Show all @{ Bundle = '{{workspace.Directory}}'; InheritEnvironment = $true }
            $s = Start-NsProcess -Name NAME -Bundle {{workspace.Directory}} -Environment @{ A = 1 } sleep 1000
            Show joined @{ Join = $s }
            Stop-NsProcess $s -Confirm:$false
            """);

        Assert.Equal("HOME=/root PATH=/bin TZ=Z", Value(pwsh, "usual"));
        string[] all = Value(pwsh, "all").Split(' ');
        Assert.All((string[])["SECRET=told", "LC_TIME=C", "HOME=/root", "PATH=/bin", "TZ=Z"], v => Assert.Contains(v, all));
        Assert.Equal("A=1 HOME=/root PATH=/bin TZ=Z", Value(pwsh, "joined"));
    }

    [Theory, ForEachPerson]
    public void Who_joins_a_root_is_told_what_its_session_was(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        using PwshTerminal pwsh = Run(workspace, $$"""
            $s = Start-NsProcess -Name NAME -RootPath {{root.Path}} -Environment @{ A = 1; HOME = '/mine'; TZ = 'Z' } sleep 1000
            Show joined @{ Join = $s }
            $j = Start-NsProcess -Name NAME-joined -Join $s -Environment @{ B = 2 } sleep 1000
            Show again @{ Join = $j; Environment = @{ A = $null; TZ = 'Y' } }
            Show emptied @{ Join = $s; Environment = @{ HOME = '' } }
            Show user @{ Join = $s; User = 'root' }
            Show cleared @{ Join = $s; ClearEnvironment = $true }
            Show all @{ Join = $s; InheritEnvironment = $true }
            $j, $s | Stop-NsProcess -Confirm:$false
            "[kept $(grep -l /mine -r {{workspace.StorePath}}/$($s.Id))]"
            Remove-NsProcess $j
            """);

        Assert.Equal($"A=1 HOME=/mine {Usual} TZ=Z", Value(pwsh, "joined"));
        Assert.Equal($"HOME=/mine {Usual} TZ=Y", Value(pwsh, "again"));
        Assert.Equal($"A=1 HOME=/root {Usual} TZ=Z", Value(pwsh, "emptied"));
        Assert.Equal(
            "A=1 HOME=/root LANG=C.UTF-8 LC_TIME=C LOGNAME=root PATH=/bin:/usr/bin SHELL=/bin/sh TERM=xterm-256color TZ=Z USER=root",
            Value(pwsh, "user"));
        Assert.Equal("HOME=/root", Value(pwsh, "cleared"));
        string[] all = Value(pwsh, "all").Split(' ');
        Assert.All((string[])["SECRET=told", "HOME=/root", "TZ=UTC"], v => Assert.Contains(v, all));
        Assert.DoesNotContain("A=1", all);
        Assert.Equal("", Value(pwsh, "kept"));
    }

    private static PwshTerminal Run(Workspace workspace, string line) => PwshTerminal.Run(workspace, Caller + line);

    private static string Value(PwshTerminal pwsh, string name)
    {
        _ = pwsh.Terminal.Expect($"[{name} ");
        return pwsh.Terminal.Expect("]\r\n").Replace("\r\n", "", StringComparison.Ordinal);
    }
}

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Security;

/// <summary>A session with a root that sees the host's processes has their root, and so the host's.</summary>
public sealed class HostProcessTests
{
    /// <summary>By /proc/PID/root of a process with no more capabilities than its own.</summary>
    [Theory, ForEachPerson]
    public void A_root_without_a_pid_namespace_is_refused_and_the_switch_named(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            $"try {{ Start-NsProcess -Name NAME -RootPath {root.Path} -Namespace Mount,Uts,Ipc sleep 1000 }} catch {{"
                + " \"[$($_.FullyQualifiedErrorId.Split(',')[0])] $_\" }");
        pwsh.Terminal.ExpectExit(0);

        string said = pwsh.Terminal.OutputText.Replace("\r\n", "", StringComparison.Ordinal);
        Assert.StartsWith("[NamespaceRequired] ", said, StringComparison.Ordinal);
        Assert.Contains("-ShareHostProcess", said, StringComparison.Ordinal);
    }

    [Theory, ForEachPerson]
    public void The_switch_keeps_the_host_s_processes_in_sight(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        string seen = FormattableString.Invariant($"[ -d /proc/{Environment.ProcessId} ] && echo seen");

        Assert.Equal("seen\n", root.Run(seen, "-Namespace Mount,Uts,Ipc -ShareHostProcess"));
        Assert.Equal("not\n", root.Run(seen + " || echo not", "-ShareHostProcess"));
    }

    /// <summary>What the switch allows, for root: the reason for the refusal.</summary>
    [Fact]
    public void With_the_switch_the_host_s_root_is_one_process_away()
    {
        Assert.SkipUnless(
            Tmds.Linux.LibC.geteuid() == 0,
            "An ordinary user's session cannot look into the host's processes: its user namespace is below theirs.");
        using var workspace = new Workspace(Person.Root);
        var root = new RootDirectory(workspace);
        string file = workspace.Write("host", "host\n");
        using var bystander = Process.Start("setpriv", ["--inh-caps=-all", "--bounding-set=-all", "sleep", "1000"]);
        try
        {
            Assert.Equal(
                "host\n",
                root.Run(
                    FormattableString.Invariant($"cat /proc/{bystander.Id}/root{file}"),
                    "-Namespace Mount,Uts,Ipc -ShareHostProcess"));
        }
        finally
        {
            bystander.Kill();
            bystander.WaitForExit();
        }
    }

    [Theory, ForEachPerson]
    public void A_bundle_without_a_pid_namespace_runs_with_a_warning(Person person)
    {
        using var workspace = new Workspace(person);
        _ = new RootDirectory(workspace);
        using Stream stream = typeof(HostProcessTests).Assembly.GetManifestResourceStream(workspace.Uid == 0
            ? "Bundles/runc.json"
            : "Bundles/runc-rootless.json")!;
        JsonNode config = JsonNode.Parse(stream)!;
        config["root"]!["path"] = "root";
        JsonArray namespaces = config["linux"]!["namespaces"]!.AsArray();
        _ = namespaces.Remove(namespaces.Single(n => n!["type"]!.GetValue<string>() == "pid"));
        if (workspace.Uid != 0)
        {
            // The kernel mounts no /proc of a PID namespace that is not the user namespace's.
            JsonNode proc = config["mounts"]!.AsArray().Single(m => m!["destination"]!.GetValue<string>() == "/proc")!;
            (proc["type"], proc["source"], proc["options"]) = ("bind", "/proc", new JsonArray("rbind"));
            foreach (string map in (string[])["uidMappings", "gidMappings"])
            {
                config["linux"]![map]![0]!["hostID"] = workspace.Uid;
            }
        }

        _ = workspace.Write("config.json", config.ToJsonString());
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            $"Enter-NsTerminal -Name NAME -Bundle {workspace.Directory} sh -ArgumentList '-c', "
                + FormattableString.Invariant($"'[ -d /proc/{Environment.ProcessId} ] && echo seen'"));
        pwsh.Terminal.ExpectExit(0);

        Assert.Contains("WARNING: The bundle has no pid namespace", pwsh.Terminal.OutputText, StringComparison.Ordinal);
        Assert.EndsWith("seen\r\n", pwsh.Terminal.OutputText, StringComparison.Ordinal);
    }
}

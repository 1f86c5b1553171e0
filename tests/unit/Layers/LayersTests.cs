using System;
using NsModule.Agent.Events;
using NsModule.Cmdlets;
using NsModule.Specs;
using Xunit;

namespace NsModule.UnitTests.Layers;

/// <summary>
/// The folders of a project stand in layers: each may use those below it, none beside it and none above. So a folder can be read
/// with no more than what is below it, and there are no circles. docs/architecture.md draws the same.
/// </summary>
public sealed class LayersTests
{
    private static readonly Project s_engine = new(typeof(NsException).Assembly, "NsEngine", "NsModule");
    private static readonly Project s_agent = new(typeof(EventLoop).Assembly, "NsAgent", "NsModule.Agent");
    private static readonly Project s_module = new(typeof(NsCmdlet).Assembly, "NsModule", "NsModule");

    private static readonly Layer[] s_engineLayers =
    [
        new("they answer questions of the cmdlets, and nothing in the engine asks them", "Bundles", "Host"),
        new("they begin sessions and describe the machine around them: a running session knows of neither", "Launching", "Namespaces"),
        new("a session outlives its launch: reading, waiting for and ending it takes no launcher", "Sessions"),
        new("a failure is explained alike whether a launch or a session meets it", "Failures"),
        new("a cgroup is known by its directories: it needs neither the store nor a session", "Cgroups"),
        new("each speaks one language of others, and knows of no session", "Protocol", "Seccomp", "Systemd", "Terminal"),
        new("a launch is data: whoever compiles, sends or carries it out knows it, not the other way round", "Specs"),
        new("all is made of these", "", "Native", "Text"),
    ];

    private static readonly Layer[] s_agentLayers =
    [
        new("the program chooses a role", ""),
        new("a role is a process of its own: they share code, and never call each other", "Attach", "Probe", "Supervisor"),
        new("the command is started before anybody is served: what starts it knows of no client", "Launching"),
        new("each prepares one part of a session by itself, and the launch puts them together", "Joining", "Mounts", "Network", "Output"),
        new("users and maps are found out about by files and helper programs, whatever for", "Users"),
        new("another program is started in the same way whoever needs it", "Processes"),
        new("init may make system calls only, and the event loop calls whom it is told: neither reaches into the rest", "Events", "Init"),
    ];

    private static readonly Layer[] s_moduleLayers =
    [
        new("PowerShell alone calls a cmdlet", "Commands"),
        new("they lend what PowerShell has, its jobs and its console, to cmdlets", "Console", "Jobs"),
        new("what cmdlets share stands once, and knows none of them", "Cmdlets"),
        new("completion runs without a cmdlet", "Completers"),
        new("an argument means the same to every cmdlet", "Arguments"),
    ];

    [Fact]
    public void The_engines_folders_use_lower_ones() => s_engine.Check(s_engineLayers);

    [Fact]
    public void The_agents_folders_use_lower_ones() => s_agent.Check(s_agentLayers);

    [Fact]
    public void The_modules_folders_use_lower_ones() => s_module.Check(s_moduleLayers);

    /// <summary>Two folders that change places are a dependency upwards, and its reason is said.</summary>
    [Fact]
    public void A_dependency_upwards_is_found()
    {
        Layer[] turned = [.. s_engineLayers[..^2], s_engineLayers[^1], s_engineLayers[^2]];
        Exception found = Assert.ThrowsAny<Exception>(() => s_engine.Check(turned));
        Assert.Contains(s_engineLayers[^2].Reason, found.Message, StringComparison.Ordinal);
        Assert.Contains(typeof(LaunchSpec).FullName!, found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_layer_is_found() => Assert.ThrowsAny<Exception>(() => s_engine.Check(s_engineLayers[1..]));

    [Fact]
    public void Namespaces_follow_folders()
    {
        s_engine.CheckNamespaces();
        s_agent.CheckNamespaces();
        s_module.CheckNamespaces();
    }
}

using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Reflection;
using NsModule.Cmdlets;
using NsModule.EndToEndTests.Harness;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Cmdlets;

/// <summary>What every cmdlet that takes sessions has in common: how they are named, and that each is dealt with by itself.</summary>
public sealed class SessionArgumentTests : IClassFixture<Shell>
{
    /// <summary>What a cmdlet needs besides sessions in order to do something.</summary>
    private static readonly Dictionary<string, string> s_more = new()
    {
        ["Resize-NsTerminal"] = "-Columns 90 -Rows 30",
        ["Send-NsInput"] = "-Line",
        ["Set-NsProcess"] = "-ProcessLimit 100",
        ["Wait-NsOutput"] = "-Pattern ready -TimeoutSec 0",
        ["Wait-NsProcess"] = "-TimeoutSec 0",
    };

    private readonly Shell _shell;

    public SessionArgumentTests(Shell shell)
    {
        Assert.SkipUnless(geteuid() == 0, "These launches take root.");
        _shell = shell;
    }

    public static TheoryData<string> CmdletsThatTakeSessions => [.. typeof(NsCmdlet).Assembly.GetExportedTypes()
        .Where(t => t.GetProperty("Session")?.PropertyType == typeof(object[]) && !t.IsAbstract)
        .Select(t => t.GetCustomAttribute<CmdletAttribute>()!)
        .Select(c => $"{c.VerbName}-{c.NounName}")];

    [Theory, MemberData(nameof(CmdletsThatTakeSessions))]
    public void A_name_that_looks_like_a_number_is_taken_as_it_was_typed(string cmdlet)
    {
        string number = $"{Random.Shared.Next(100_000, 1_000_000)}e3";
        _ = _shell.Session("Start-NsProcess /bin/sleep 1000 -Name $args[0]", number);

        // It may say that such a session cannot have that done to it, but not that there is none.
        Assert.Empty(_shell.Run($$"""
            $problems = @()
            $null = {{cmdlet}} {{number}} {{s_more.GetValueOrDefault(cmdlet)}} -ErrorAction SilentlyContinue -ErrorVariable problems
            @($problems.FullyQualifiedErrorId) -like 'SessionNotFound*'
            """));
    }

    /// <summary>
    /// The pattern means two sessions, of which the older has ended: where that is an error, the other is dealt with all the same.
    /// </summary>
    [Theory]
    [InlineData("Get-NsNamespace", "SessionEnded", "-Kind Pid")]
    [InlineData("Resize-NsTerminal", "SessionEnded", "-Columns 90 -Rows 30 -PassThru")]
    [InlineData("Resume-NsProcess", "SessionEnded", "-PassThru")]
    [InlineData("Suspend-NsProcess", "SessionEnded", "-PassThru")]
    [InlineData("Wait-NsOutput", "OutputNotFound", "-Pattern ready")]
    public void One_that_has_ended_keeps_no_other_of_a_pattern_back(string cmdlet, string errorId, string parameters)
    {
        string name = Shell.NewName();
        _ = _shell.Session("Start-NsProcess /bin/true -Wait -Name $args[0]", name + "-1");
        _ = _shell.Session("Start-NsProcess /bin/sh '-c' 'echo ready; exec sleep 1000' -Name $args[0]", name + "-2");
        IReadOnlyList<PSObject> output = _shell.Fails(errorId, ErrorCategory.InvalidOperation, $"{cmdlet} {name}-* {parameters}");
        _ = Assert.Single(output);
    }

    [Fact]
    public void One_that_runs_keeps_no_other_of_a_pattern_from_being_removed()
    {
        string name = Shell.NewName();
        NsSession running = _shell.Session("Start-NsProcess /bin/sleep 1000 -Name $args[0]", name + "-1");
        _ = _shell.Session("Start-NsProcess /bin/true -Wait -Name $args[0]", name + "-2");
        _ = _shell.Fails(NsErrorId.SessionRunning, ErrorCategory.InvalidOperation, $"Remove-NsProcess {name}-*");
        Assert.Equal([running.Id], _shell.Run($"(Get-NsProcess {name}-*).Id").Select(o => o.ToString()));
    }
}

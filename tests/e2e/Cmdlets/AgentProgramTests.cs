using System;
using System.IO;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Cmdlets;

/// <summary>A module folder in which the agent is not as it should be.</summary>
public sealed class AgentProgramTests(PwshScript pwsh) : IClassFixture<PwshScript>
{
    private const string Launch = "say (failure { Start-NsProcess /bin/true }); say (left)";

    [Fact]
    public void Each_thing_that_can_be_wrong_with_the_agent_has_its_own_error()
    {
        string agent = pwsh.Agent;
        byte[] program = File.ReadAllBytes(agent);
        File.SetUnixFileMode(agent, UnixFileMode.None);
        Assert.Equal(["AgentNotExecutable NotInstalled", "0"], pwsh.Run(Launch));

        File.Delete(agent);
        Assert.Equal(["AgentNotFound NotInstalled", "0"], pwsh.Run(Launch));

        string own = Path.GetDirectoryName(Path.GetDirectoryName(agent))!;
        string other = Path.Combine(Path.GetDirectoryName(own)!, "linux-other");
        Directory.Move(own, other);
        Assert.Equal(
            ["AgentNotFound: True"],
            pwsh.Run(
                """
                try { Start-NsProcess /bin/true }
                catch { say "$($_.FullyQualifiedErrorId.Split(',')[0]): $("$_" -like 'This package of the module has no program for *')" }
                """));
        Directory.Move(other, own);

        Replace(agent, "#!/bin/sh\nexit 3\n"u8.ToArray());
        Assert.Equal(["AgentFailed NotInstalled", "0"], pwsh.Run(Launch));

        Replace(agent, program[..1000]);
        Assert.Equal(["AgentFailed NotInstalled", "0"], pwsh.Run(Launch));

        Replace(agent, program);
        Assert.Equal(
            ["no error", "1"],
            pwsh.Run("say (failure { Start-NsProcess /bin/true -Wait }); say (left); Get-NsProcess | Remove-NsProcess"));
    }

    /// <summary>What Install-PSResource makes of a package: no file in it may be executed.</summary>
    [Fact]
    public void Without_its_permission_to_be_executed_it_runs_all_the_same()
    {
        File.SetUnixFileMode(pwsh.Agent, (UnixFileMode)0x1a4);
        try
        {
            Assert.Equal(["no error", "0"], pwsh.Run("say (failure { Start-NsProcess /bin/true -Wait -RemoveOnExit }); say (left)"));
            Assert.Contains(
                pwsh.Run("Enter-NsTerminal sh -ArgumentList '-c', 'test -t 0 && echo on a terminal'", "exec script -qec \"$*\" /dev/null"),
                l => l.TrimEnd().EndsWith("on a terminal", StringComparison.Ordinal));
        }
        finally
        {
            File.SetUnixFileMode(pwsh.Agent, (UnixFileMode)0x1ed);
        }
    }

    private static void Replace(string path, byte[] bytes)
    {
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
        File.SetUnixFileMode(path, (UnixFileMode)0x1ed);
    }
}

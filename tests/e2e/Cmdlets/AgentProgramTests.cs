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
        File.SetUnixFileMode(agent, (UnixFileMode)0x1a4);
        Assert.Equal(["AgentNotExecutable NotInstalled", "0"], pwsh.Run(Launch));

        File.Delete(agent);
        Assert.Equal(["AgentNotFound NotInstalled", "0"], pwsh.Run(Launch));

        Replace(agent, "#!/bin/sh\nexit 3\n"u8.ToArray());
        Assert.Equal(["AgentFailed NotInstalled", "0"], pwsh.Run(Launch));

        Replace(agent, program[..1000]);
        Assert.Equal(["AgentFailed NotInstalled", "0"], pwsh.Run(Launch));

        Replace(agent, program);
        Assert.Equal(["no error", "1"], pwsh.Run("say (failure { Start-NsProcess /bin/true -Wait }); say (left); Get-NsProcess | Remove-NsProcess"));
    }

    private static void Replace(string path, byte[] bytes)
    {
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
        File.SetUnixFileMode(path, (UnixFileMode)0x1ed);
    }
}

using System;
using NsModule.UnitTests.Harness;
using Xunit;

namespace NsModule.UnitTests.EndToEnd;

/// <summary>What Test-NsHost says is what launching does.</summary>
public sealed class HostTests
{
    [Theory, ForEachPerson]
    public void A_machine_where_sessions_start_supports_their_namespaces(Person person)
    {
        using HostProgram host = HostProgram.Run(person, "$null = Start-NsProcess -Name NAME -Namespace Pid,Mount,Uts,Ipc,User,Net,Cgroup,Time -Wait true; Test-NsHost *Namespace,IdMap,ProcInUserNamespace,PseudoTerminal -Quiet");

        _ = host.Terminal.Expect("True\r\n");
        Assert.Equal(0, host.Terminal.WaitForExit());
    }

    [Fact]
    public void A_covered_proc_is_found_out()
    {
        Assert.SkipUnless(Tmds.Linux.LibC.geteuid() == 0, "Covering takes root.");
        using HostProgram host = HostProgram.RunUnder(Person.Root, ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none /proc/sys && exec \"$@\"", "sh"], "Test-NsHost ProcInUserNamespace | ForEach-Object { $_.Supported; $_.Reason }");

        _ = host.Terminal.Expect("False\r\n");
        Assert.Contains("covered", host.Terminal.Expect("\r\n"), StringComparison.Ordinal);
    }
}
